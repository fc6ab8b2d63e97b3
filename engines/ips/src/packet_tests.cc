#include <algorithm>
#include <cstring>

#include "core.h"
#include "quantifier.h"

namespace sekisho::engines::ips {
namespace {

using rules::PacketNumber;

/// Of one field with many numbers.
constexpr std::size_t kMaxNumbers = 256;
constexpr std::size_t kMaxWrittenValues = 1968;  // coils of one Modbus request (V1.1b3 §6.11)

constexpr std::uint8_t kTcp = 6, kIcmp = 1, kIcmpv6 = 58, kIgmp = 2;

Outcome outcome_of(bool holds) noexcept { return holds ? Outcome::yes : Outcome::no; }

bool number_fits(const TestRecord& test, std::uint64_t value,
                 std::span<const std::uint64_t> alternatives) noexcept {
  const bool holds =
      alternatives.empty()
          ? compare(static_cast<rules::Comparison>(test.comparison), value, test.low, test.high)
          : std::find(alternatives.begin(), alternatives.end(), value) != alternatives.end();
  return holds != (test.negated != 0);
}

bool bits_fit(rules::TcpFlags::Mode mode, std::uint64_t have, std::uint64_t wanted) noexcept {
  switch (mode) {
    case rules::TcpFlags::Mode::equal:
      return have == wanted;
    case rules::TcpFlags::Mode::all:
      return (have & wanted) == wanted;
    case rules::TcpFlags::Mode::any:
      return (have & wanted) != 0;
    case rules::TcpFlags::Mode::none:
      return (have & wanted) == 0;
  }
  return false;
}

/// M 1, D 2, R 4.
std::uint64_t fragment_bits_of(const PacketView& packet) noexcept {
  std::uint64_t bits = packet.more_fragments ? 1 : 0;
  if (!packet.source.is_v4() || packet.ip_header.size() < 8) return bits;
  if ((packet.ip_header[6] & 0x40) != 0) bits |= 2;
  if ((packet.ip_header[6] & 0x80) != 0) bits |= 4;
  return bits;
}

bool has_ip_option(const TestRecord& test, const PacketView& packet) noexcept {
  constexpr std::size_t kFixedBytes = 20;
  if (!packet.source.is_v4() || packet.ip_header.size() <= kFixedBytes) return false;
  const auto options = packet.ip_header.subspan(kFixedBytes);
  if (test.all != 0) return true;
  for (std::size_t at = 0; at < options.size();) {
    if (options[at] == test.low) return true;
    if (options[at] == 0) return false;
    if (options[at] == 1) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size() || options[at + 1] < 2) return false;
    at += options[at + 1];
  }
  return false;
}

/// A TCP option's value; nullopt: it is not there.
std::optional<std::uint64_t> tcp_option(const PacketView& packet, std::uint8_t kind,
                                        std::size_t value_bytes) noexcept {
  constexpr std::size_t kFixedBytes = 20;
  if (packet.ip_protocol != kTcp || packet.transport_header.size() <= kFixedBytes)
    return std::nullopt;
  const auto options = packet.transport_header.subspan(kFixedBytes);
  for (std::size_t at = 0; at < options.size() && options[at] != 0;) {
    if (options[at] == 1) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size() || options[at + 1] < 2) return std::nullopt;
    if (options[at] == kind) {
      if (options[at + 1] != 2 + value_bytes || at + 2 + value_bytes > options.size())
        return std::nullopt;
      std::uint64_t value = 0;
      for (std::size_t i = 0; i < value_bytes; ++i) value = value << 8 | options[at + 2 + i];
      return value;
    }
    at += options[at + 1];
  }
  return std::nullopt;
}

std::optional<std::uint64_t> when(bool holds, std::uint64_t value) noexcept {
  return holds ? std::optional<std::uint64_t>(value) : std::nullopt;
}

std::uint64_t big_endian(Bytes bytes) noexcept {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | byte;
  return value;
}

/// A field of the ICMP header, wherever the decoder put it.
std::optional<std::uint64_t> icmp_number(const PacketView& packet, std::size_t at,
                                         std::size_t count) noexcept {
  if (packet.ip_protocol != kIcmp && packet.ip_protocol != kIcmpv6) return std::nullopt;
  const auto header = packet.transport_header;
  if (header.size() < at + count) return std::nullopt;
  return big_endian(header.subspan(at, count));
}

bool has_icmp_id(const PacketView& packet) noexcept {
  const auto type = packet.icmp_type;
  if (packet.ip_protocol == kIcmpv6) return type == 128 || type == 129;
  return packet.ip_protocol == kIcmp && (type == 0 || type == 8 || (type >= 13 && type <= 18));
}

std::optional<std::uint64_t> packet_number(const TestRecord& test,
                                           const PacketView& packet) noexcept {
  const bool tcp = packet.ip_protocol == kTcp;
  switch (static_cast<PacketNumber>(test.field)) {
    case PacketNumber::payload_bytes:
      // "not that long" is asked of packets with a payload only
      return when(!packet.payload.empty() ||
                      (test.negated == 0 && static_cast<rules::Comparison>(test.comparison) !=
                                                rules::Comparison::not_equal),
                  packet.payload.size());
    case PacketNumber::ttl:
      return packet.ttl;
    case PacketNumber::tos:
      return packet.tos;
    case PacketNumber::ip_id:
      return when(packet.source.is_v4(), packet.ip_id);
    case PacketNumber::ip_protocol:
      return packet.ip_protocol;
    case PacketNumber::tcp_sequence:
      return when(tcp, packet.tcp_sequence);
    case PacketNumber::tcp_acknowledgement:
      return when(tcp, packet.tcp_acknowledgement);
    case PacketNumber::tcp_window:
      return when(tcp, packet.tcp_window);
    case PacketNumber::tcp_mss:
      return tcp_option(packet, 2, 2);
    case PacketNumber::tcp_window_scale:
      return tcp_option(packet, 3, 1);
    case PacketNumber::icmp_type:
      return when(packet.ip_protocol == kIcmp || packet.ip_protocol == kIcmpv6, packet.icmp_type);
    case PacketNumber::icmp_code:
      return when(packet.ip_protocol == kIcmp || packet.ip_protocol == kIcmpv6, packet.icmp_code);
    case PacketNumber::icmp_id:
      return has_icmp_id(packet) ? icmp_number(packet, 4, 2) : std::nullopt;
    case PacketNumber::icmp_sequence:
      return has_icmp_id(packet) ? icmp_number(packet, 6, 2) : std::nullopt;
    case PacketNumber::icmpv6_mtu:
      return packet.ip_protocol == kIcmpv6 && packet.icmp_type == 2 ? icmp_number(packet, 4, 4)
                                                                    : std::nullopt;
    case PacketNumber::igmp_type: {
      const auto bytes = packet.transport_header.empty() ? packet.payload : packet.transport_header;
      return when(packet.ip_protocol == kIgmp && !bytes.empty(), bytes.empty() ? 0 : bytes[0]);
    }
    case PacketNumber::vlan_layers:
      return packet.num_vlans;
    case PacketNumber::vxlan_vni:
      return when(packet.vxlan_vni != 0xffffffff, packet.vxlan_vni);
    case PacketNumber::fragment_offset:
      return packet.fragment_offset;
    default:
      return std::nullopt;
  }
}

/// A counter for one, the other, either or both directions: `which` counts in that order.
bool counters_fit(const TestRecord& test, const std::uint64_t (&values)[2], int which) noexcept {
  const bool first = number_fits(test, values[0], {}), second = number_fits(test, values[1], {});
  switch (which) {
    case 0:
      return first;
    case 1:
      return second;
    case 2:
      return first || second;
    default:
      return first && second;
  }
}

bool flow_number_fits(const TestRecord& test, const FlowView& flow,
                      const PacketView& packet) noexcept {
  switch (static_cast<PacketNumber>(test.field)) {
    case PacketNumber::stream_bytes_to_server:
      return counters_fit(test, flow.stream_bytes, 0);
    case PacketNumber::stream_bytes_to_client:
      return counters_fit(test, flow.stream_bytes, 1);
    case PacketNumber::stream_bytes_either:
      return counters_fit(test, flow.stream_bytes, 2);
    case PacketNumber::stream_bytes_both:
      return counters_fit(test, flow.stream_bytes, 3);
    case PacketNumber::flow_age_seconds: {
      const auto age = packet.time_ns > flow.start_ns ? packet.time_ns - flow.start_ns : 0;
      return number_fits(test, age / 1'000'000'000, {});
    }
    case PacketNumber::flow_packets_to_server:
      return counters_fit(test, flow.packets, 0);
    case PacketNumber::flow_packets_to_client:
      return counters_fit(test, flow.packets, 1);
    case PacketNumber::flow_packets_either:
      return counters_fit(test, flow.packets, 2);
    case PacketNumber::flow_packets_both:
      return counters_fit(test, flow.packets, 3);
    case PacketNumber::flow_bytes_to_server:
      return counters_fit(test, flow.bytes, 0);
    case PacketNumber::flow_bytes_to_client:
      return counters_fit(test, flow.bytes, 1);
    case PacketNumber::flow_bytes_either:
      return counters_fit(test, flow.bytes, 2);
    case PacketNumber::flow_bytes_both:
      return counters_fit(test, flow.bytes, 3);
    case PacketNumber::flow_elephant_to_server:
      return counters_fit(test, flow.elephant, 0);
    case PacketNumber::flow_elephant_to_client:
      return counters_fit(test, flow.elephant, 1);
    case PacketNumber::flow_elephant_either:
      return counters_fit(test, flow.elephant, 2);
    case PacketNumber::flow_elephant_both:
      return counters_fit(test, flow.elephant, 3);
    default:
      return false;
  }
}

bool checksum_holds(const TestRecord& test, const PacketView& packet) noexcept {
  if (packet.source.is_v4() != (test.mode != 0)) return false;
  if (test.low != 0 && packet.ip_protocol != test.low) return false;
  const bool bad = test.low == 0 ? packet.bad_ip_checksum : packet.bad_transport_checksum;
  return bad == (test.negated != 0);
}

/// A Sun RPC call (RFC 5531), over TCP behind its record mark (section 11).
bool is_rpc_call(std::span<const std::uint64_t> wanted, const PacketView& packet) noexcept {
  constexpr std::size_t kMarkBytes = 4, kCallBytes = 24;
  auto bytes = packet.payload;
  if (packet.ip_protocol == kTcp)
    bytes = bytes.size() >= kMarkBytes ? bytes.subspan(kMarkBytes) : Bytes{};
  if (bytes.size() < kCallBytes) return false;
  const auto word = [bytes](std::size_t at) { return big_endian(bytes.subspan(at * 4, 4)); };
  if (word(1) != 0 || word(2) != 2) return false;
  for (std::size_t i = 0; i < 3; ++i)
    if (wanted[i] != ~std::uint64_t{0} && wanted[i] != word(3 + i)) return false;
  return true;
}

/// "PORT h1,h2,h3,h4,p1,p2" with an address that is not the sender's.
bool names_another_host(const IpAddress& sender, Bytes bytes) noexcept {
  constexpr std::string_view kCommand = "PORT";
  if (!sender.is_v4() || bytes.size() < kCommand.size()) return false;
  for (std::size_t i = 0; i < kCommand.size(); ++i)
    if ((bytes[i] & ~0x20) != kCommand[i]) return false;
  auto at = kCommand.size();
  while (at < bytes.size() && bytes[at] == ' ') ++at;
  std::uint32_t address = 0;
  for (int part = 0; part < 4; ++part) {
    std::uint32_t value = 0;
    const auto begin = at;
    for (; at < bytes.size() && at - begin < 3 && bytes[at] >= '0' && bytes[at] <= '9'; ++at)
      value = value * 10 + (bytes[at] - std::uint32_t{'0'});
    if (at == begin || value > 255 || at >= bytes.size() || bytes[at] != ',') return false;
    ++at;
    address = address << 8 | value;
  }
  return address != sender.v4();
}

/// What is known of the session: established as the flow says, closing once a FIN, closed once a
/// RST passes.
bool session_holds(const TestRecord& test, const Look& look) noexcept {
  constexpr std::uint8_t kFin = 1, kRst = 4;
  constexpr unsigned kSetup = 1, kEstablishedState = 2, kClosing = 4, kClosed = 8;
  if (look.flow == nullptr || look.packet->ip_protocol != kTcp) return false;
  unsigned state = look.flow->established ? kEstablishedState : kSetup;
  if ((look.packet->tcp_flags & kFin) != 0) state = kClosing;
  if ((look.packet->tcp_flags & kRst) != 0) state = kClosed;
  return ((test.mode & state) != 0) != (test.negated != 0);
}

}  // namespace

bool Detector::Core::packet_number_holds(const TestRecord& test, const Look& look) const noexcept {
  if (static_cast<PacketNumber>(test.field) >= PacketNumber::stream_bytes_to_server)
    return look.flow != nullptr && flow_number_fits(test, *look.flow, *look.packet);
  const auto& packet = *look.packet;
  if (static_cast<PacketNumber>(test.field) == PacketNumber::vlan_id)
    return enough_fit(
        test, {}, std::min<int>(packet.num_vlans, 3),
        [&](std::int64_t i) { return std::uint64_t{packet.vlans[i]}; },
        [&](std::uint64_t value) { return number_fits(test, value, {}); });
  const auto value = packet_number(test, packet);
  if (!value) return false;
  // As Suricata understands it, "another size" is one of something.
  const bool is_other_size =
      static_cast<PacketNumber>(test.field) == PacketNumber::payload_bytes &&
      (test.negated != 0 ||
       static_cast<rules::Comparison>(test.comparison) == rules::Comparison::not_equal);
  return number_fits(test, *value, {}) && (*value != 0 || !is_other_size);
}

Outcome Detector::Core::number_holds(const TestRecord& test, const Look& look) noexcept {
  const auto field = static_cast<rules::Field>(test.field);
  const auto alternatives = tables.of(tables.numbers, test.list);
  if (field == rules::Field::file_size) {
    if (look.file == nullptr) return Outcome::later;
    const auto comparison = static_cast<rules::Comparison>(test.comparison);
    const bool only_rises = comparison == rules::Comparison::greater ||
                            comparison == rules::Comparison::greater_or_equal;
    if (number_fits(test, look.file->size, alternatives) && (look.file->complete || only_rises))
      return Outcome::yes;
    return look.file->complete ? Outcome::no : Outcome::later;
  }
  if (look.transaction == nullptr) return Outcome::no;
  const auto side = side_of(field, look.direction);
  if (look.transaction->stage(side) < test.stage) return Outcome::later;
  std::array<std::uint64_t, std::max(kMaxNumbers, kMaxWrittenValues)> values;
  std::size_t count = 0;
  const auto limit = rules::info_of(field).kind == rules::FieldKind::number ? 1
                     : field == rules::Field::modbus_value                  ? kMaxWrittenValues
                                                                            : kMaxNumbers;
  for (std::uint32_t instance = 0; instance < limit; ++instance) {
    const auto value = look.transaction->number(field, side, instance);
    if (!value) break;
    values[count++] = *value;
  }
  const auto quantity = tables.of(tables.numbers, test.more);
  if (quantity[kAgainstClock] != 0) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    const auto now = look.packet->time_ns / kSecond;
    return outcome_of(count != 0 && compare(static_cast<rules::Comparison>(test.comparison),
                                            values[0], now, now));
  }
  return outcome_of(enough_fit(
      test, quantity, static_cast<std::int64_t>(count),
      [&](std::int64_t i) { return values[static_cast<std::size_t>(i)]; },
      [&](std::uint64_t value) { return number_fits(test, value, alternatives); }));
}

Outcome Detector::Core::test_holds(const TestRecord& test, const Look& look) noexcept {
  const auto& packet = *look.packet;
  const auto mode = static_cast<rules::TcpFlags::Mode>(test.mode);
  switch (test.kind) {
    case TestKind::field_number:
      return number_holds(test, look);
    case TestKind::packet_number:
      return outcome_of(packet_number_holds(test, look));
    case TestKind::tcp_flags:
      return outcome_of(packet.ip_protocol == kTcp &&
                        bits_fit(mode, packet.tcp_flags & test.high, test.low));
    case TestKind::fragment_bits:
      return outcome_of(bits_fit(mode, fragment_bits_of(packet), test.low));
    case TestKind::ip_option:
      return outcome_of(has_ip_option(test, packet) != (test.negated != 0));
    case TestKind::same_address:
      return outcome_of(packet.source == packet.destination);
    case TestKind::checksum:
      return outcome_of(checksum_holds(test, packet));
    case TestKind::address:
      return outcome_of(address_holds(test, look));
    case TestKind::geo:
      return outcome_of(country_holds(test, look));
    case TestKind::reputation:
      return outcome_of(reputation_holds(test, look));
    case TestKind::decode_event:
    case TestKind::application_event:
      return outcome_of(event_holds(test, look));
    case TestKind::application_protocol:
      return outcome_of(protocol_holds(test, look));
    case TestKind::application_state:
      if (look.transaction == nullptr) return Outcome::no;
      return look.transaction->stage(static_cast<Direction>(test.mode)) >= test.stage
                 ? Outcome::yes
                 : Outcome::later;
    case TestKind::rpc_call:
      return outcome_of(is_rpc_call(tables.of(tables.numbers, test.list), packet));
    case TestKind::ftp_bounce:
      return outcome_of(names_another_host(source_of(look), look.payload.bytes));
    case TestKind::tcp_session:
      return outcome_of(session_holds(test, look));
    case TestKind::flow_bits:
      return outcome_of(flow_bits_hold(test, look));
    case TestKind::flow_integer:
      return outcome_of(flow_integer_holds(test, look));
    case TestKind::host_bits:
      return outcome_of(host_bits_hold(test, look));
    case TestKind::flow_text:
      return outcome_of(flow_text_holds(test, look));
  }
  return Outcome::no;
}

}  // namespace sekisho::engines::ips
