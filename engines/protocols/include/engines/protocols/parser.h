#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/address.h"
#include "engines/memory/memory_pool.h"
#include "engines/protocols/dns_records.h"
#include "engines/protocols/file_digests.h"
#include "engines/protocols/seen_dns.h"
#include "engines/protocols/smb_records.h"
#include "engines/protocols/transaction.h"
#include "rules/ips/protocol.h"

namespace sekisho::engines {

using rules::Protocol;

/// A file that crosses a conversation: named bytes with a beginning and an end. Owned by its
/// parser.
struct FileView {
  std::uint32_t id = 0;  // within the conversation, from 0
  std::span<const std::uint8_t> name;
  Direction direction = Direction::to_client;
  std::uint64_t size = 0;               // so far
  std::span<const std::uint8_t> fresh;  // bytes not reported before: what digests are made of
  BodyView body;                        // for patterns: unpacked bytes, with those before
  bool complete = false;
  bool gaps = false;                             // bytes are missing
  bool truncated = false;                        // ended early, or over the depth
  const FileDigests::Values* digests = nullptr;  // set by the conversation once it is complete
};

/// A conversation that this one announced.
struct Expectation {
  IpAddress address;  // of the end that will listen; unspecified (::): the announcing end's own
  std::uint16_t port = 0;
  Protocol protocol = Protocol::ftp_data;
  Direction from = Direction::to_server;  // who will connect, seen from this conversation
  std::uint32_t tag = 0;                  // the announcing parser's own
  /// ftp_data: what will cross it. Unknown (empty command) when only the port is; a further
  /// announcement of the same address and port replaces the former.
  struct Transfer {
    static constexpr std::size_t kMaxName = 255;
    std::string_view command;  // "RETR", "STOR", ...: static
    std::array<std::uint8_t, kMaxName> name{};
    std::uint8_t name_size = 0;
  } transfer;
};

/// What a parser tells while it reads. Implemented by the conversation, which drives engines and
/// records; a call may look into `transaction` but not keep it.
class ProtocolEvents {
 public:
  virtual ~ProtocolEvents() = default;
  /// transaction.stage(direction) moved on: fields up to that stage are final.
  virtual void stage_reached(Transaction& transaction, Direction direction) noexcept = 0;
  /// transaction.body(field, direction) has `fresh` bytes more, or is complete.
  virtual void body_grew(Transaction& transaction, rules::Field field,
                         Direction direction) noexcept = 0;
  virtual void file_grew(Transaction& transaction, const FileView& file) noexcept = 0;
  /// An EVE record of type `event_type` ("http", "dns", "tls", ...) is due, written by
  /// transaction.write_record(kind).
  virtual void record_due(Transaction& transaction, std::string_view event_type, std::uint8_t kind,
                          Direction direction) noexcept = 0;
  /// Both directions are over; the transaction is gone after the call.
  virtual void ended(Transaction& transaction) noexcept = 0;
  virtual void expect(const Expectation& expectation) noexcept = 0;
  /// Somebody hears of messages of DNS: without it dns_message() is not called.
  virtual bool wants_dns_messages() const noexcept { return false; }
  /// Before the message's stages are reached.
  virtual void dns_message(const SeenDns&) noexcept {}
  /// Rules look at frames: without it nobody hears of them.
  virtual bool wants_frames() const noexcept { return false; }
  /// A piece of the conversation as it was sent, complete: a field of stage kFrameStage.
  virtual void frame(rules::Field, Direction, std::span<const std::uint8_t>) noexcept {}
  /// Up to `count` bytes of the stream that end at `end`, which is in or right behind the bytes
  /// that are being consumed; fewer when they are not at hand any more.
  virtual std::span<const std::uint8_t> bytes_before(const std::uint8_t*,
                                                     std::uint64_t) const noexcept {
    return {};
  }
};

enum class ParseStatus : std::uint8_t {
  ok,
  failed,   // not this protocol, or beyond repair: no further bytes are wanted
  enough,   // all that can be known is known (an encrypted rest): the flow may settle
  upgraded  // what follows is another conversation (STARTTLS, CONNECT, Upgrade): recognise again
};

/// Reads one conversation. Bounded state, no allocation but from the pool, never throws. Whatever
/// the bytes are, it neither reads beyond them nor loops: bad input ends as an oddity or `failed`.
class Parser {
 public:
  virtual ~Parser() = default;
  /// The conversation was announced by another: called once, before its first bytes are given.
  virtual void announced(const Expectation&) noexcept {}
  /// The next bytes of one direction: any number of stream bytes, or one whole datagram. Keeps what
  /// it needs of them. After upgraded, consumed() of them were its own.
  virtual ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                              ProtocolEvents& events) noexcept = 0;
  virtual std::size_t consumed() const noexcept { return 0; }
  /// After upgraded: what it must be, or unknown.
  virtual Protocol next_protocol() const noexcept { return Protocol::unknown; }
  /// After upgraded: the request of the old protocol that the new one answers (h2c). Lent as long
  /// as this parser lives.
  struct OpenRequest {
    std::span<const std::uint8_t> method, uri, host;  // empty: there is none
  };
  virtual OpenRequest open_request() const noexcept { return {}; }
  /// This conversation was `protocol` before (STARTTLS, Upgrade): told before the first bytes.
  virtual void upgraded_from(Protocol protocol, const OpenRequest& request) noexcept;
  /// What this conversation turned out to carry: doh2 within http2. unknown: just its protocol.
  virtual Protocol became() const noexcept { return Protocol::unknown; }
  /// `count` bytes are missing (lost, or never captured). False: cannot go on.
  virtual bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept;
  /// This direction ended (FIN, RST, timeout).
  virtual void end(Direction direction, ProtocolEvents& events) noexcept = 0;
  /// Transactions still open, for rules that look at all of them when a packet comes.
  virtual Transaction* current(Direction direction) noexcept = 0;
};

/// What a probe says about the first bytes of one direction.
enum class Likeness : std::uint8_t {
  no,
  maybe,  // more bytes may tell
  yes,
  reversed  // yes, but the server sent them: the flow's ends are the other way round
};

struct ProbeInput {
  std::span<const std::uint8_t> bytes;  // the direction's first bytes, or the datagram
  Direction direction = Direction::to_server;
  std::uint16_t server_port = 0;
  std::uint16_t client_port = 0;
};

/// What the conversation's policy wants of its parsers.
struct ParserOptions {
  static constexpr std::uint64_t kBodyDepth = std::uint64_t{1} << 20;

  /// Unpacked bytes of one body that are looked at; 0: all. What is longer ends as truncated.
  std::uint64_t body_depth = kBodyDepth;
  /// Records carry every header field (Suricata's dump-all-headers).
  bool record_headers = false;
  /// email.body_md5 of mails is computed and recorded: a rule in force or the records ask for it.
  bool mail_digest = false;
  /// MQTT: bytes of a text that records show; 0: as many as are kept.
  std::uint32_t mqtt_text_limit = 1024;
  /// DNP3: objects of a message, 2,048 at most; one with more is odd.
  std::uint32_t dnp3_max_objects = 2048;
  /// PostgreSQL: passwords are in records; otherwise only that there was one.
  bool record_sql_passwords = false;
  /// DNS, also within HTTP/2: the messages that have records.
  DnsRecords dns_records{};
  /// SMB: the kinds of transactions that have records, see smb_records.h.
  std::uint16_t smb_records = kAllSmbRecords;
};

/// A protocol as a value; all_protocols() lists them in the order in which they are asked.
struct ProtocolSpec {
  Protocol protocol = Protocol::unknown;
  bool tcp = false, udp = false;
  Likeness (*probe)(const ProbeInput& input) noexcept = nullptr;
  Pooled<Parser> (*make)(MemoryPool& pool, const ParserOptions& options) noexcept = nullptr;
};

std::span<const ProtocolSpec* const> all_protocols() noexcept;

}  // namespace sekisho::engines
