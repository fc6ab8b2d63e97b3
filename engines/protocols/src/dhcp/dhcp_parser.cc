#include <algorithm>
#include <array>

#include "config/base/byte_reader.h"
#include "engines/protocols/parser.h"
#include "foreign_port.h"
#include "specs.h"
#include "wire_text.h"

namespace sekisho::engines {
namespace dhcp {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Json = events::BoundedJsonWriter;

// RFC 2131 §2
constexpr std::size_t kHardwareAt = 28, kNameAt = 44, kNameBytes = 64, kFileAt = 108,
                      kFileBytes = 128, kCookieAt = 236, kOptionsAt = 240;
constexpr std::uint8_t kPad = 0, kEnd = 255, kOverload = 52;
constexpr std::size_t kMaxShown = 64;  // addresses or parameters of an option, in records

/// One DHCP or BOOTP message; its options lie in up to three places (RFC 2131 §4.1).
class DhcpTransaction final : public Transaction {
 public:
  DhcpTransaction(std::uint64_t id, Bytes message) noexcept
      : Transaction(id), message_(message), areas_{message.subspan(kOptionsAt)} {
    check(areas_[0]);
    const auto overload = option(kOverload);
    if (overload.empty()) return;
    if ((overload[0] & 1) != 0) check(areas_[1] = message.subspan(kFileAt, kFileBytes));
    if ((overload[0] & 2) != 0) check(areas_[2] = message.subspan(kNameAt, kNameBytes));
  }

  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t) const noexcept override {
    if (stage(direction) == 0) return std::nullopt;
    switch (field) {
      case rules::Field::dhcp_leasetime:
        return seconds(51);
      case rules::Field::dhcp_renewal_time:
        return seconds(58);
      case rules::Field::dhcp_rebinding_time:
        return seconds(59);
      default:
        return std::nullopt;
    }
  }
  void write_record(std::uint8_t, Json& json) const noexcept override;

 private:
  static bool next(ByteReader& reader, std::uint8_t& code, Bytes& value) noexcept;
  void check(Bytes area) noexcept;
  Bytes option(std::uint8_t code) const noexcept;
  std::optional<std::uint64_t> seconds(std::uint8_t code) const noexcept {
    std::uint32_t value = 0;
    if (!ByteReader(option(code)).be32(value)) return std::nullopt;
    return value;
  }
  void write_address(std::string_view key, Bytes address, Json& json) const noexcept;
  void write_addresses(std::string_view key, Bytes addresses, Json& json) const noexcept;
  void write_options(Json& json) const noexcept;

  Bytes message_;
  std::array<Bytes, 3> areas_;
};

/// The next option; false: the end, or bytes that are none (then some are left).
bool DhcpTransaction::next(ByteReader& reader, std::uint8_t& code, Bytes& value) noexcept {
  ByteReader ahead = reader;
  std::uint8_t length = 0;
  do {
    if (!ahead.u8(code)) {
      reader = ahead;
      return false;
    }
  } while (code == kPad);
  if (code == kEnd) {
    reader = ByteReader({});
    return false;
  }
  if (!ahead.u8(length) || !ahead.take(length, value)) return false;
  reader = ahead;
  return true;
}

void DhcpTransaction::check(Bytes area) noexcept {
  ByteReader reader(area);
  std::uint8_t code = 0;
  Bytes value;
  while (next(reader, code, value)) {
    const bool number = code == 51 || code == 58 || code == 59;
    if (number && value.size() < 4) add_oddity("dhcp.malformed_options");
  }
  if (!reader.rest().empty()) add_oddity("dhcp.truncated_options");
}

Bytes DhcpTransaction::option(std::uint8_t wanted) const noexcept {
  std::uint8_t code = 0;
  Bytes value;
  for (const auto area : areas_) {
    ByteReader reader(area);
    while (next(reader, code, value))
      if (code == wanted) return value;
  }
  return {};
}

void DhcpTransaction::write_address(std::string_view key, Bytes address,
                                    Json& json) const noexcept {
  if (address.size() < 4) return;
  json.member(key, Ipv4Text(address.first<4>()).view());
}

void DhcpTransaction::write_addresses(std::string_view key, Bytes addresses,
                                      Json& json) const noexcept {
  if (addresses.size() < 4) return;
  json.begin_array(key);
  for (std::size_t i = 0; i < std::min(addresses.size() / 4, kMaxShown); ++i)
    json.value(Ipv4Text(addresses.subspan(4 * i).first<4>()).view());
  json.end_array();
}

void DhcpTransaction::write_options(Json& json) const noexcept {
  constexpr std::string_view kTypes[] = {"",    "discover", "offer",   "request", "decline",
                                         "ack", "nak",      "release", "inform"};
  const auto type = option(53);
  if (!type.empty() && type[0] > 0 && type[0] < std::size(kTypes))
    json.member("dhcp_type", kTypes[type[0]]);
  write_address("requested_ip", option(50), json);
  write_address("subnet_mask", option(1), json);
  write_address("server_identifier", option(54), json);
  write_addresses("routers", option(3), json);
  write_addresses("dns_servers", option(6), json);
  if (const auto name = option(12); !name.empty()) json.member("hostname", name);
  if (const auto name = option(15); !name.empty()) json.member("domain", name);
  if (const auto vendor = option(60); !vendor.empty())
    json.member("vendor_class_identifier", vendor);
  if (const auto value = seconds(51)) json.member("lease_time", *value);
  if (const auto value = seconds(58)) json.member("renewal_time", *value);
  if (const auto value = seconds(59)) json.member("rebinding_time", *value);
  if (const auto client = option(61); client.size() > 1)
    json.member("client_id", HexText(client.subspan(1), ':').view());
}

void DhcpTransaction::write_record(std::uint8_t, Json& json) const noexcept {
  constexpr std::uint8_t kRequest = 1;
  const bool request = message_[0] == kRequest;
  std::uint32_t number = 0;
  (void)ByteReader(message_.subspan(4)).be32(number);
  json.begin_object("dhcp");
  json.member("type", request ? "request" : "reply").member("id", number);
  const auto hardware = std::min<std::size_t>(message_[2], 16);
  json.member("client_mac", HexText(message_.subspan(kHardwareAt, hardware), ':').view());
  write_address("assigned_ip", message_.subspan(16, 4), json);
  write_address("client_ip", message_.subspan(12, 4), json);
  if (!request) {
    write_address("relay_ip", message_.subspan(24, 4), json);
    write_address("next_server_ip", message_.subspan(20, 4), json);
  }
  write_options(json);
  if (const auto wanted = option(55); !wanted.empty()) {
    struct Name {
      std::uint8_t code;
      std::string_view name;
    };
    constexpr Name kNames[] = {{1, "subnet_mask"}, {3, "router"},        {6, "dns_server"},
                               {12, "hostname"},   {15, "domain"},       {35, "arp_timeout"},
                               {42, "ntp_server"}, {58, "renewal_time"}, {59, "rebinding_time"},
                               {61, "client_id"}};
    json.begin_array("params");
    for (const auto code : wanted.first(std::min(wanted.size(), kMaxShown)))
      for (const auto& [known, name] : kNames)
        if (known == code) json.value(name);
    json.end_array();
  }
  json.end_object();
}

bool is_message(Bytes bytes) noexcept {
  return bytes.size() >= kOptionsAt && (bytes[0] == 1 || bytes[0] == 2) &&
         as_text(bytes.subspan(kCookieAt, 4)) == "\x63\x82\x53\x63";
}

class DhcpParser final : public Parser {
 public:
  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    if (!is_message(bytes)) return ParseStatus::ok;
    DhcpTransaction transaction(next_id_++, bytes);
    transaction.set_stage(direction, kStageEnd);
    events.stage_reached(transaction, direction);
    events.record_due(transaction, "dhcp", 0, direction);
    events.ended(transaction);
    return ParseStatus::ok;
  }
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  std::uint64_t next_id_ = 0;
};

Likeness probe(const ProbeInput& input) noexcept {
  const auto is_port = [](std::uint16_t port) { return port == 67 || port == 68; };
  const bool port = is_port(input.server_port) || is_port(input.client_port);
  // Its cookie tells it from everything else: proxies listen on port 4011.
  return is_message(input.bytes) && (port || is_foreign_port(input)) ? Likeness::yes : Likeness::no;
}

}  // namespace
}  // namespace dhcp

const ProtocolSpec kDhcp{.protocol = Protocol::dhcp,
                         .tcp = false,
                         .udp = true,
                         .probe = dhcp::probe,
                         .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                           return make_pooled<dhcp::DhcpParser, Parser>(pool);
                         }};

}  // namespace sekisho::engines
