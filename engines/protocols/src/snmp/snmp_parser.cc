#include <algorithm>
#include <array>
#include <cstdio>

#include "config/base/text_bytes.h"
#include "engines/protocols/parser.h"
#include "exchanges.h"
#include "foreign_port.h"
#include "snmp/snmp_message.h"
#include "specs.h"

namespace sekisho::engines {
namespace snmp {
namespace {

constexpr std::size_t kMaxOidText = 512;   // characters
constexpr std::size_t kMaxVariables = 64;  // shown in records
constexpr std::uint16_t kPort = 161, kTrapPort = 162;

/// RFC 3416 §4.2.6: the variable that names the trap.
constexpr std::uint8_t kTrapOidName[] = {0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0};

std::string_view text_of(std::span<const char> text) noexcept { return {text.data(), text.size()}; }

/// One message: each is a transaction of its own. Lives while it is read.
class SnmpTransaction final : public Transaction {
 public:
  SnmpTransaction(std::uint64_t id, const Message& message) noexcept
      : Transaction(id), message_(message) {}

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction, std::uint32_t,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction,
                                      std::uint32_t) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

 private:
  std::optional<Bytes> trap_oid() const noexcept;
  std::string_view address_text(std::span<char> room) const noexcept;

  Message message_;
};

std::optional<Bytes> SnmpTransaction::trap_oid() const noexcept {
  if (message_.enterprise) return message_.enterprise;
  if (message_.pdu_type != kTrapV2) return std::nullopt;
  auto variables = message_.variables;
  Bytes name;
  asn1::Value value;
  for (std::size_t i = 0; i < kMaxVariables && next_variable(variables, name, value); ++i)
    if (std::equal(name.begin(), name.end(), std::begin(kTrapOidName), std::end(kTrapOidName)) &&
        value.tag == asn1::kObjectIdentifier)
      return value.body;
  return std::nullopt;
}

std::string_view SnmpTransaction::address_text(std::span<char> room) const noexcept {
  if (!message_.address || message_.address->size() != 4) return {};
  const auto a = *message_.address;
  const int count = std::snprintf(room.data(), room.size(), "%u.%u.%u.%u", a[0], a[1], a[2], a[3]);
  return {room.data(), static_cast<std::size_t>(count)};
}

std::optional<std::span<const std::uint8_t>> SnmpTransaction::bytes(
    rules::Field field, Direction, std::uint32_t, FieldScratch scratch) const noexcept {
  using enum rules::Field;
  const auto room = chars_of(scratch).first(kMaxOidText);
  const auto lent = [&](std::string_view text) -> std::optional<Bytes> {
    if (text.empty()) return std::nullopt;
    return scratch.first(text.size());
  };
  if (field == snmp_community) return message_.community;
  if (field == snmp_usm) return message_.user;
  if (field == snmp_trap_address) return lent(address_text(room));
  if (field != snmp_trap_oid) return std::nullopt;
  const auto oid = trap_oid();
  return oid ? lent(text_of(asn1::oid_text(*oid, room))) : std::nullopt;
}

std::optional<std::uint64_t> SnmpTransaction::number(rules::Field field, Direction,
                                                     std::uint32_t) const noexcept {
  using enum rules::Field;
  if (message_.version == 0) return std::nullopt;
  if (field == snmp_version) return message_.version;
  if (field == snmp_pdu_type) return message_.pdu_type;
  if (field == snmp_trap_type && message_.enterprise)
    return static_cast<std::uint64_t>(message_.trap_type);
  return std::nullopt;
}

void SnmpTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  std::array<char, kMaxOidText> room;
  json.begin_object("snmp").member("version", message_.version);
  if (message_.encrypted) {
    json.member("pdu_type", "encrypted");
  } else if (message_.pdu_type) {
    json.member("pdu_type", pdu_name(*message_.pdu_type));
    if (message_.error != 0) {
      const auto name = error_name(message_.error);
      json.member("error", name.empty() ? std::string_view("unknown") : name);
    }
    if (message_.enterprise) {
      const auto name = trap_name(message_.trap_type);
      json.member("trap_type", name.empty() ? std::string_view("unknown") : name);
      if (const auto address = address_text(room); !address.empty())
        json.member("trap_address", address);
    }
    if (const auto oid = trap_oid()) json.member("trap_oid", text_of(asn1::oid_text(*oid, room)));
    auto variables = message_.variables;
    Bytes name;
    asn1::Value value;
    if (!variables.empty()) {
      json.begin_array("vars");
      for (std::size_t i = 0; i < kMaxVariables && next_variable(variables, name, value); ++i)
        json.value(text_of(asn1::oid_text(name, room)));
      json.end_array();
    }
  }
  if (message_.community) json.member("community", *message_.community);
  if (message_.user) json.member("usm", *message_.user);
  json.end_object();
}

class SnmpParser final : public Parser {
 public:
  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    const auto message = read_message(bytes);
    SnmpTransaction transaction(next_id_++, message.value_or(Message{}));
    if (!message) transaction.add_oddity("snmp.malformed_data");
    if (message && version_ != 0 && version_ != message->version)
      transaction.add_oddity("snmp.version_mismatch");
    if (message && version_ == 0) version_ = message->version;
    reach(transaction, direction, kStageEnd, events);
    if (message) events.record_due(transaction, "snmp", 0, direction);
    events.ended(transaction);
    return ParseStatus::ok;
  }
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction, ProtocolEvents&) noexcept override {}
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  std::uint8_t version_ = 0;  // of the conversation
  std::uint64_t next_id_ = 0;
};

/// The outermost value ends where the datagram does.
bool is_whole(Bytes bytes) noexcept {
  asn1::Reader reader(bytes);
  Bytes body;
  return reader.next(asn1::kSequence, body) && reader.rest().empty();
}

Likeness probe_snmp(const ProbeInput& input) noexcept {
  const auto is_port = [&](std::uint16_t port) { return port == kPort || port == kTrapPort; };
  const auto message = read_message(input.bytes);
  if (!message) return Likeness::no;
  constexpr std::uint8_t kResponse = 2;
  // On another port a request that fills its datagram, for nothing else looks like one.
  if (!is_port(input.server_port) && !is_port(input.client_port))
    return is_foreign_port(input) && input.direction == Direction::to_server &&
                   message->pdu_type != kResponse && is_whole(input.bytes)
               ? Likeness::yes
               : Likeness::no;
  return message->pdu_type == kResponse && input.direction == Direction::to_server &&
                 !is_port(input.server_port)
             ? Likeness::reversed
             : Likeness::yes;
}

}  // namespace
}  // namespace snmp

const ProtocolSpec kSnmp{.protocol = Protocol::snmp,
                         .udp = true,
                         .probe = snmp::probe_snmp,
                         .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                           return make_pooled<snmp::SnmpParser, Parser>(pool);
                         }};

}  // namespace sekisho::engines
