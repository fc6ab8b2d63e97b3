#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "config/base/result.h"
#include "config/events/drop_reason.h"
#include "engines/api/facts.h"
#include "engines/api/packet_view.h"
#include "engines/evasion/evasion.h"
#include "engines/ips/ips.h"
#include "engines/memory/memory_pool.h"
#include "engines/protocols/parser.h"
#include "engines/stream/defragmenter.h"
#include "engines/stream/stream_config.h"
#include "engines/stream/tcp_reassembler.h"
#include "rules/canonical_url/canonical_url.h"

namespace sekisho::engines {
namespace appid {
class HostTable;
}
namespace ips {
struct CaptureSettings;
}

using ProtocolSet = std::bitset<rules::kNumProtocols>;

/// Clients behind proxies: the address that alerts about HTTP name.
struct ForwardedFor {
  static constexpr std::size_t kMaxHeader = 64;

  bool enabled = false;
  bool overwrite = false;  // it stands for the client's own; otherwise beside it, as `xff`
  /// The proxy is the gateway's neighbour (reverse): the last address of the header counts, which
  /// the proxy itself wrote. Otherwise the first, the client as it says it is.
  bool last = true;
  std::array<char, kMaxHeader> header{};  // lower case, NUL behind it
};

struct InspectorConfig {
  stream::TcpConfig tcp;
  stream::FragmentConfig fragments;
  ParserOptions parsers;    // what records want; rules get what they ask for besides
  ProtocolSet left_out[2];  // that are not looked for: over TCP, over UDP
  std::size_t memory_bytes = std::size_t{256} << 20;  // of all conversations
  bool record_protocols = false;  // a record for each transaction, handshake, mail, file, ...
  bool file_digests = false;      // records say MD5, SHA-1 and SHA-256 of every file
  bool file_magic = false;        // records say what files are
  bool record_packets = false;    // alerts carry the whole packet
  const char* (*name_of_link)(int) = nullptr;  // of a DLT number, for such packets; may be null
  bool record_stream_events = false;           // an anomaly for each oddity of a stream
  enum class SegmentRecords : std::uint8_t {
    none,
    odd,  // about which the streams have something to say
    all
  } record_segments = SegmentRecords::none;  // stream_tcp: a record for each TCP segment
  bool record_decode_events = false;         // an anomaly for each oddity of a packet
  bool record_packet_headers = false;        // anomalies carry the packet's first bytes
  /// A flow of which nothing more can be read settles; false: rules see all of its packets.
  bool settles = true;
  bool enforce = true;  // verdicts are obeyed; false: alerts only, told of the packet that Suricata
                        // would name in IDS mode
  std::uint64_t datagram_depth = std::uint64_t{1} << 20;  // payload of a UDP flow; 0: all of it
  ForwardedFor forwarded_for;
  bool record_references = true;     // alerts name what their rule refers to
  std::size_t payload_bytes = 1024;  // of an alert's payload excerpt; 0: none
};

/// What a record says of its origin, besides the flow's own.
struct RecordOrigin {
  std::uint64_t flow_id = 0;
  Direction direction = Direction::to_server;  // whose source comes first
  std::uint64_t time_ns = 0;
  const PacketView* packet = nullptr;  // without a flow: addresses come from here
  const IpAddress* client = nullptr;   // stands for the flow's client; null: its own
};

/// Takes EVE records: a type and the members that are its own (`"http":{...},"app_proto":"http"`).
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void record(const RecordOrigin& origin, std::string_view event_type,
                      std::string_view members) noexcept = 0;
};

/// Keeps files that rules ask for (filestore). Bytes of a file come in order, without its gaps.
class FileStore {
 public:
  virtual ~FileStore() = default;
  virtual void add(std::uint64_t flow_id, std::uint32_t file,
                   std::span<const std::uint8_t> bytes) noexcept = 0;
  /// The file is over; `digests` are of all its bytes. Whether it was kept: never when not
  /// `wanted`.
  virtual bool finish(std::uint64_t flow_id, std::uint32_t file, bool wanted,
                      const FileDigests::Values& digests) noexcept = 0;
};

/// Captures packets around alerts, where profiles ask for it.
class PacketCapture {
 public:
  virtual ~PacketCapture() = default;
  /// `rule` alerts on the flow under inspection. Name of the file that its packets go to, valid
  /// until the next call; empty: there is none.
  virtual std::string_view capture(const ips::RuleInfo& rule,
                                   const ips::CaptureSettings& wanted) noexcept = 0;
};

/// Hears of the bytes of files as soon as they are read, before the packet's outcome.
class FileWatch {
 public:
  virtual ~FileWatch() = default;
  /// How much of a file of the flow under inspection is wanted, where such are told apart by
  /// `protocol`; 0: nothing. Asked when the conversation's protocol is known.
  virtual std::uint64_t wanted_bytes(Protocol protocol) noexcept = 0;
  /// Of such a flow. What is longer than was wanted ends as truncated, a byte behind it.
  virtual void file_seen(Protocol protocol, const FileView& file) noexcept = 0;
};

/// What a conversation asks for. Everything is lent for the call.
struct SeenUrl {
  const rules::CanonicalUrl* url = nullptr;  // null: what was asked for is no URL
  bool is_last = false;                      // its protocol lets no other be read (TLS, QUIC)
  bool encrypted_hello = false;   // the hello that names it offers ECH: the name is the outer one
  ApplicationId application = 0;  // by the host of this request or an earlier one; 0: none of ours
  FunctionId function = 0;        // what this request uses it for; 0: nothing that can be told
  bool asks_dns = false;          // a request that carries a DNS message (RFC 8484)
  std::uint32_t stream = 0;       // of HTTP/2, that this request came on; 0: of another protocol
  std::string_view accept_language{};  // of a request; empty: it names none
};

/// Hears of each URL as soon as it is read, before the packet's outcome: requests of HTTP with
/// their path, the server's name of TLS and QUIC as https://name/, and where they have none that of
/// its certificate, until then its address.
class UrlWatch {
 public:
  virtual ~UrlWatch() = default;
  virtual void url_seen(const SeenUrl& seen) noexcept = 0;
};

/// Hears of each message of DNS, by UDP and TCP, as soon as it is read, before the packet's
/// outcome. Queries and responses are told apart by SeenDns::is_response; whether a response
/// answers a query that was seen is for the listener to find out.
class DnsWatch {
 public:
  virtual ~DnsWatch() = default;
  virtual void dns_seen(const SeenDns& seen) noexcept = 0;
};

/// What tells one implementation of TLS or QUIC from another, as indicators have it; empty what is
/// not known (yet). Lent for the call.
struct SeenFingerprints {
  std::string_view ja3{}, ja4{};  // of the client's hello
  /// Of the DER of the server's own certificate: lower-case hexadecimal digits.
  std::string_view certificate_sha1{}, certificate_sha256{};
};

/// Hears of them as soon as they are read, before the packet's outcome: of the hello, then, where
/// it is not encrypted (before TLS 1.3), of the certificate.
class FingerprintWatch {
 public:
  virtual ~FingerprintWatch() = default;
  virtual void fingerprints_seen(const SeenFingerprints& seen) noexcept = 0;
};

/// Hears of names in one conversation that contradict each other, as soon as the second is read,
/// before the packet's outcome. May hear of the same again.
class EvasionWatch {
 public:
  virtual ~EvasionWatch() = default;
  virtual void evasion_seen(const evasion::Evasion& seen) noexcept = 0;
};

/// A flow as its conversation is opened; source is the initiator.
struct FlowIdentity {
  std::uint64_t flow_id = 0;
  IpAddress client, server;
  std::uint16_t client_port = 0, server_port = 0;
  std::uint8_t ip_protocol = 0;
  std::uint64_t start_ns = 0;  // Unix time
  bool asymmetric = false;     // TCP of which one direction may stay unseen
  bool decrypted = false;      // the plaintext of what the wire carries: HTTP here is https there
};

/// A flow as it is now.
struct FlowStatus {
  std::uint64_t packets[2] = {};  // by Direction; this one is counted
  std::uint64_t bytes[2] = {};
  ips::Treatment treatment{};  // by its profile
  bool with_rules = true;      // false: no rule of the IPS sees it, whatever `treatment` says
};

/// The flow that a packet of none is about, as an ICMP error is.
struct RelatedFlow {
  std::uint64_t flow_id = 0;
  ips::Treatment treatment{};
};

enum class ContentVerdict : std::uint8_t { pass, drop_packet, drop_flow, reset_flow };

struct ContentOutcome {
  ContentVerdict verdict = ContentVerdict::pass;
  DropReason drop = DropReason::none;  // why, when the streams decided
  bool settled = false;                // nothing of this flow needs to come here any more
  bool alerted = false;
  bool passed = false;     // a rule lets the rest of the flow through
  bool bypassed = false;   // a rule wants the rest of the flow left alone (keyword bypass)
  bool over_rate = false;  // `rule` drops because its rate filter says so
  Protocol protocol = Protocol::unknown;
  /// By a host name that was seen in it (SNI, certificate, HTTP host); 0: none of ours so far.
  ApplicationId application = 0;
  /// There was no memory for a part of the conversation: what comes cannot be read.
  bool starved = false;
  const ips::RuleInfo* rule = nullptr;  // whose match decided the verdict; lent by the ruleset
  /// Of reset_flow: the ends that are told, as FlowIdentity has them.
  bool resets_client = false, resets_server = false;
  /// The profile wants the attacker cut off for so long, because of that rule; 0: not.
  std::uint32_t quarantine_seconds = 0;
  const ips::RuleInfo* quarantine_rule = nullptr;
  IpAddress attacker{};
};

/// What a flow turned out to be, for its record.
struct FlowFacts {
  Protocol protocol = Protocol::unknown;
  Protocol by_direction[2] = {};          // of the flow's ends as they are after `reversed`
  Protocol original = Protocol::unknown;  // before an upgrade
  std::uint32_t transactions = 0;
  Protocol expected = Protocol::unknown;  // as another flow announced it
  stream::TcpState tcp_state = stream::TcpState::none;
  bool reversed = false;          // the ends are the other way round than FlowIdentity had them
  bool midstream = false;         // of TCP: the beginning was not seen
  bool alerted = false;           // by what was looked at when the flow ended
  ApplicationId application = 0;  // as ContentOutcome's
};

class Conversation;

/// Streams, protocols and the IPS of one worker: packets in, verdicts and records out. One thread;
/// no lock, no allocation outside its pool once made.
class Inspector {
 public:
  static Result<std::unique_ptr<Inspector>> create(const InspectorConfig& config, RecordSink& sink);
  ~Inspector();
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;

  /// A detector for this inspector's conversations. Any thread; both outlive it. Errors as
  /// ips::Detector::create.
  Result<std::unique_ptr<ips::Detector>> make_detector(const ips::Ruleset& rules,
                                                       ips::HostState& hosts) const;
  /// For all packets from now on; null: no rules. It outlives its use. Streams and parsers go on,
  /// what other rules remembered of flows is forgotten.
  void use(ips::Detector* detector) noexcept;

  /// By which hosts applications are told from now on; it outlives its use. Until then the
  /// catalogue's. Own applications (OwnApplication) that others told are forgotten.
  void use_hosts(const appid::HostTable& hosts) noexcept;

  /// Where files go that rules want stored; null: nowhere. It outlives its use.
  void store_files(FileStore* store) noexcept;

  /// Who captures packets around alerts; null: nobody. It outlives its use.
  void capture_packets(PacketCapture* capture) noexcept;

  /// Who hears of files; null: nobody. It outlives its use.
  void watch_files(FileWatch* watch) noexcept;

  /// Who hears of URLs; null: nobody. It outlives its use.
  void watch_urls(UrlWatch* watch) noexcept;

  /// Who hears of fingerprints of TLS and QUIC; null: nobody. It outlives its use.
  void watch_fingerprints(FingerprintWatch* watch) noexcept;

  /// Who hears of contradictions; null: nobody. It outlives its use.
  void watch_evasion(EvasionWatch* watch) noexcept;

  /// Who hears of DNS; null: nobody. It outlives its use.
  void watch_dns(DnsWatch* watch) noexcept;

  /// null: no memory (counted); the flow then passes or not as the profile's fail mode says.
  Conversation* open(const FlowIdentity& flow) noexcept;
  /// A packet of the flow, in the order of arrival.
  ContentOutcome inspect(Conversation& conversation, Direction direction, const PacketView& packet,
                         const FlowStatus& status) noexcept;
  /// A fragment: what to do with it, and the datagram that it completed.
  stream::Defragmented defragment(const PacketView& fragment) noexcept;
  /// The datagram that defragment() has just completed was withheld.
  void refuse_datagram() noexcept;
  /// Gives up datagrams that were not completed in time; a little at a time.
  void keep_house(std::uint64_t now_ns) noexcept;
  /// Whether somebody asks what is odd about packets: rules, or the records.
  bool wants_packet_events() const noexcept;
  /// A packet of no flow: only rules on packets see it, as written; with `related` as that flow's
  /// profile has them, and those that ask for a flow see one of this packet alone.
  ContentOutcome inspect_alone(const PacketView& packet,
                               const RelatedFlow* related = nullptr) noexcept;
  /// No further packet will come. `treatment`: by the policy in force, which may have changed since
  /// the last one; nothing: what rules still find is not told. `now_ns`: Unix time.
  FlowFacts close(Conversation* conversation, const std::optional<ips::Treatment>& treatment,
                  std::uint64_t now_ns) noexcept;
  /// Name of the application protocol so far.
  static Protocol protocol_of(const Conversation& conversation) noexcept;

  struct Counters {
    std::uint64_t conversations = 0;
    std::uint64_t refused = 0;  // no memory
    std::uint64_t alerts = 0;
    std::uint64_t records = 0;
    std::uint64_t records_lost = 0;  // longer than a record can be
  };
  const Counters& counters() const noexcept;
  const MemoryPool& pool() const noexcept;
  MemoryPool& pool() noexcept;

  struct Core;  // of this folder

 private:
  explicit Inspector(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace sekisho::engines
