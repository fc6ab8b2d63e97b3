#include <algorithm>

#include "config/base/byte_reader.h"
#include "engines/protocols/parser.h"
#include "foreign_port.h"
#include "specs.h"
#include "wire_text.h"

namespace sekisho::engines {
namespace ntp {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint16_t kPort = 123;
constexpr std::size_t kTimeBytes = 48;     // RFC 5905 §7.3
constexpr std::size_t kControlBytes = 12;  // RFC 9327 §2; private messages begin with 8 of them
constexpr std::size_t kReferenceAt = 12, kReferenceBytes = 4;
constexpr std::uint8_t kClient = 3, kServer = 4, kBroadcast = 5, kControl = 6, kPrivate = 7;

std::uint8_t mode_of(Bytes bytes) noexcept { return bytes[0] & 7; }
std::uint8_t version_of(Bytes bytes) noexcept { return bytes[0] >> 3 & 7; }

bool is_message(Bytes bytes) noexcept {
  if (bytes.empty() || version_of(bytes) == 0 || version_of(bytes) > 4) return false;
  const auto mode = mode_of(bytes);
  if (mode == kPrivate) return bytes.size() >= 8;
  if (mode == kControl) return bytes.size() >= kControlBytes;
  return bytes.size() >= kTimeBytes;
}

/// One message: a time (RFC 5905), or a control or private message, of which only the head is read.
class NtpTransaction final : public Transaction {
 public:
  NtpTransaction(std::uint64_t id, Bytes message) noexcept : Transaction(id), message_(message) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t,
                                                     FieldScratch) const noexcept override {
    if (field != rules::Field::ntp_reference_id || stage(direction) == 0 || !tells_time())
      return std::nullopt;
    return reference();
  }
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t) const noexcept override {
    if (stage(direction) == 0 || message_.empty()) return std::nullopt;
    if (field == rules::Field::ntp_version) return version_of(message_);
    if (field == rules::Field::ntp_mode) return mode_of(message_);
    if (field == rules::Field::ntp_stratum && tells_time()) return message_[1];
    return std::nullopt;
  }
  void write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept override {
    json.begin_object("ntp");
    if (!message_.empty()) {
      json.member("version", version_of(message_)).member("mode", mode_of(message_));
      if (tells_time())
        json.member("stratum", message_[1]).member("reference_id", HexText(reference()).view());
    }
    json.end_object();
  }

 private:
  bool tells_time() const noexcept {
    return message_.size() >= kTimeBytes && mode_of(message_) < kControl;
  }
  Bytes reference() const noexcept { return message_.subspan(kReferenceAt, kReferenceBytes); }

  Bytes message_;
};

class NtpParser final : public Parser {
 public:
  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    const bool good = is_message(bytes);
    NtpTransaction transaction(next_id_++, good ? bytes : Bytes());
    if (!good) transaction.add_oddity("ntp.malformed_data");
    if (good) add_oddities(direction, mode_of(bytes), transaction);
    transaction.set_stage(direction, kStageEnd);
    events.stage_reached(transaction, direction);
    if (good) events.record_due(transaction, "ntp", 0, direction);
    events.ended(transaction);
    return ParseStatus::ok;
  }
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  void add_oddities(Direction direction, std::uint8_t mode, Transaction& transaction) noexcept {
    const bool to_server = direction == Direction::to_server;
    if (to_server) asked_ = true;
    if (!to_server && !asked_) transaction.add_oddity("ntp.unsolicited_response");
    if (to_server && mode == kServer) transaction.add_oddity("ntp.not_request");
    if (!to_server && mode == kClient) transaction.add_oddity("ntp.not_response");
  }

  std::uint64_t next_id_ = 0;
  bool asked_ = false;
};

/// On another port only what nothing else looks like: a client's request as clients send it, which
/// tells no time but its own.
bool is_plain_request(Bytes bytes) noexcept {
  constexpr std::size_t kReferenceTimeAt = 16, kTransmitTimeAt = 40;
  constexpr std::uint8_t kFirstVersion = 3, kNoWarning = 0, kNotSynchronised = 3;
  if (bytes.size() != kTimeBytes || mode_of(bytes) != kClient || bytes[1] != 0) return false;
  const auto leap = bytes[0] >> 6;
  if (version_of(bytes) < kFirstVersion || (leap != kNoWarning && leap != kNotSynchronised))
    return false;
  const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
  const auto others = bytes.subspan(kReferenceTimeAt, kTransmitTimeAt - kReferenceTimeAt);
  const auto own = bytes.subspan(kTransmitTimeAt);
  return std::all_of(others.begin(), others.end(), is_zero) &&
         !std::all_of(own.begin(), own.end(), is_zero);
}

Likeness probe(const ProbeInput& input) noexcept {
  if (input.server_port != kPort && input.client_port != kPort)
    return is_foreign_port(input) && input.direction == Direction::to_server &&
                   is_message(input.bytes) && is_plain_request(input.bytes)
               ? Likeness::yes
               : Likeness::no;
  if (!is_message(input.bytes)) return Likeness::no;
  const auto mode = mode_of(input.bytes);
  const bool from_server = mode == kServer || mode == kBroadcast;
  const bool backwards = from_server && input.direction == Direction::to_server &&
                         input.client_port == kPort && input.server_port != kPort;
  return backwards ? Likeness::reversed : Likeness::yes;
}

}  // namespace
}  // namespace ntp

const ProtocolSpec kNtp{.protocol = Protocol::ntp,
                        .tcp = false,
                        .udp = true,
                        .probe = ntp::probe,
                        .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                          return make_pooled<ntp::NtpParser, Parser>(pool);
                        }};

}  // namespace sekisho::engines
