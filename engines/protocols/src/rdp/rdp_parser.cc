#include "config/base/byte_reader.h"
#include "engines/protocols/parser.h"
#include "message_frames.h"
#include "rdp/rdp_client.h"
#include "specs.h"

namespace sekisho::engines {
namespace rdp {
namespace {

using Json = events::BoundedJsonWriter;

constexpr std::size_t kTpktHead = 4;                      // RFC 1006: version, reserved, length
constexpr std::size_t kMaxKept = std::size_t{16} * 1024;  // of a message
constexpr std::uint8_t kConnectionRequest = 0xe0, kConnectionConfirm = 0xd0, kData = 0xf0;

std::uint64_t measure(Bytes bytes) noexcept {
  if (bytes[0] != 3) return MessageFrames::kBroken;
  ByteReader reader(bytes);
  std::uint16_t length = 0;
  if (!reader.skip(2) || !reader.be16(length)) return MessageFrames::kUnknown;
  return length <= kTpktHead ? MessageFrames::kBroken : length;
}

/// One message of the connection's beginning (MS-RDPBCGR 1.3.1.1).
class RdpTransaction final : public Transaction {
 public:
  enum class What : std::uint8_t {
    initial_request,
    initial_response,
    connect_request,
    connect_response
  };

  RdpTransaction(std::uint64_t id, What what, Bytes payload) noexcept
      : Transaction(id), what_(what), payload_(payload) {}

  void write_record(std::uint8_t, Json& json) const noexcept override {
    constexpr std::string_view kNames[] = {"initial_request", "initial_response", "connect_request",
                                           "connect_response"};
    json.begin_object("rdp");
    json.member("tx_id", id()).member("event_type", kNames[static_cast<std::size_t>(what_)]);
    if (what_ == What::initial_request) write_request(json);
    if (what_ == What::initial_response) write_response(json);
    if (what_ == What::connect_request)
      if (const auto settings = read_connect_initial(payload_)) write_settings(*settings, json);
    json.end_object();
  }

 private:
  void write_request(Json& json) const noexcept;
  void write_response(Json& json) const noexcept;

  What what_;
  Bytes payload_;  // behind X.224's fixed part
};

void RdpTransaction::write_request(Json& json) const noexcept {
  constexpr std::string_view kCookie = "Cookie: mstshash=";
  const auto text = as_text(payload_);
  if (text.starts_with(kCookie)) {
    const auto value = payload_.subspan(kCookie.size());
    const auto end = as_text(value).find("\r\n");
    if (end != std::string_view::npos) json.member("cookie", value.first(end));
  }
  if (payload_.size() < 8) return;
  const auto negotiation = payload_.last(8);
  if (negotiation[0] != 1 || negotiation[2] != 8) return;
  json.begin_array("flags");
  if ((negotiation[1] & 1) != 0) json.value("restricted_admin_mode_required");
  if ((negotiation[1] & 2) != 0) json.value("redirected_authentication_mode_required");
  if ((negotiation[1] & 8) != 0) json.value("correlation_info_present");
  json.end_array();
}

void RdpTransaction::write_response(Json& json) const noexcept {
  constexpr std::uint8_t kResponse = 2, kFailure = 3;
  if (payload_.size() < 8) return;
  const auto selected = payload_[4];
  if (payload_[0] == kFailure) {
    json.member("error_code", selected);
    return;
  }
  if (payload_[0] != kResponse) return;
  json.begin_array("server_supports");
  constexpr std::string_view kFlags[] = {"extended_client_data", "dynvc_gfx_protocol", "",
                                         "restricted_admin", "redirected_authentication"};
  for (std::size_t i = 0; i < std::size(kFlags); ++i)
    if ((payload_[1] >> i & 1) != 0 && !kFlags[i].empty()) json.value(kFlags[i]);
  json.end_array();
  json.member("protocol", selected == 0   ? "rdp"
                          : selected == 1 ? "ssl"
                          : selected == 2 ? "hybrid"
                          : selected == 4 ? "rds_tls"
                          : selected == 8 ? "hybrid_ex"
                                          : "unknown");
}

class RdpParser final : public Parser {
 public:
  explicit RdpParser(MemoryPool& pool) noexcept
      : frames_{MessageFrames(pool, kMaxKept), MessageFrames(pool, kMaxKept)} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    if (enough_) return ParseStatus::enough;
    const bool good =
        frames_[index_of(direction)].feed(bytes, measure, [&](Bytes message, std::uint64_t) {
          take(direction, message, events);
          return !enough_;
        });
    if (enough_) return ParseStatus::enough;
    return good ? ParseStatus::ok : ParseStatus::failed;
  }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  void take(Direction direction, Bytes message, ProtocolEvents& events) noexcept;
  void report(Direction direction, RdpTransaction::What what, Bytes payload,
              ProtocolEvents& events) noexcept;

  MessageFrames frames_[2];
  std::uint64_t next_id_ = 0;
  bool enough_ = false;  // the rest is encrypted, or settled
};

void RdpParser::take(Direction direction, Bytes message, ProtocolEvents& events) noexcept {
  constexpr std::size_t kConnectionHead = 7, kDataHead = 3;
  using What = RdpTransaction::What;
  const auto x224 = message.subspan(kTpktHead);
  const bool to_server = direction == Direction::to_server;
  if (x224.size() < kDataHead) return;
  const auto type = x224[1] & 0xf0;
  if (type == (to_server ? kConnectionRequest : kConnectionConfirm)) {
    if (x224.size() < kConnectionHead) return;
    const auto payload = x224.subspan(kConnectionHead);
    report(direction, to_server ? What::initial_request : What::initial_response, payload, events);
    // every choice but plain RDP goes on in TLS
    enough_ = !to_server && payload.size() >= 8 && (payload[0] != 2 || payload[4] != 0);
    return;
  }
  if (type != kData) return;
  const auto payload = x224.subspan(kDataHead);
  const auto text = as_text(payload);
  if (to_server && text.starts_with("\x7f\x65")) {
    report(direction, What::connect_request, payload, events);
  } else if (!to_server && text.starts_with("\x7f\x66")) {
    report(direction, What::connect_response, payload, events);
    enough_ = true;
  }
}

void RdpParser::report(Direction direction, RdpTransaction::What what, Bytes payload,
                       ProtocolEvents& events) noexcept {
  RdpTransaction transaction(next_id_++, what, payload);
  transaction.set_stage(direction, kStageEnd);
  events.stage_reached(transaction, direction);
  events.record_due(transaction, "rdp", 0, direction);
  events.ended(transaction);
}

/// A connection request with RDP's cookie or negotiation, or on RDP's port.
Likeness probe(const ProbeInput& input) noexcept {
  constexpr std::uint16_t kPort = 3389;
  constexpr std::size_t kEnough = 11;
  const auto bytes = input.bytes;
  if (bytes.empty()) return Likeness::maybe;
  if (bytes[0] != 3 || (bytes.size() > 1 && bytes[1] != 0)) return Likeness::no;
  if (bytes.size() < kEnough) return Likeness::maybe;
  const auto wanted =
      input.direction == Direction::to_server ? kConnectionRequest : kConnectionConfirm;
  if ((bytes[5] & 0xf0) != wanted) return Likeness::no;
  const auto payload = bytes.subspan(kEnough);
  const bool own = as_text(payload).starts_with("Cookie: mstshash=") ||
                   (payload.size() >= 8 && payload[0] >= 1 && payload[0] <= 3 && payload[2] == 8);
  return own || input.server_port == kPort ? Likeness::yes : Likeness::no;
}

}  // namespace
}  // namespace rdp

const ProtocolSpec kRdp{.protocol = Protocol::rdp,
                        .tcp = true,
                        .udp = false,
                        .probe = rdp::probe,
                        .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                          return make_pooled<rdp::RdpParser, Parser>(pool, pool);
                        }};

}  // namespace sekisho::engines
