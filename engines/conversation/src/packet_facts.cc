#include "engines/conversation/packet_facts.h"

#include <array>

#include "alert_record.h"
#include "config/events/protocol_name.h"

namespace sekisho::engines {
namespace {

using events::BoundedJsonWriter;

constexpr std::uint8_t kIgmp = 2, kTcp = 6, kUdp = 17, kEsp = 50, kSctp = 132;
constexpr std::uint16_t kEthertypeArp = 0x0806;

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) noexcept {
  std::uint32_t value = 0;
  for (const auto byte : bytes) value = value << 8 | byte;
  return value;
}

std::string_view name_of_origin(const PacketView& packet) noexcept {
  if (packet.frame.empty()) return "stream (flow timeout)";
  switch (packet.origin) {
    case PacketOrigin::wire:
      return "wire/pcap";
    case PacketOrigin::defragmentation:
      return "defrag";
    case PacketOrigin::gre:
      return "gre tunnel";
    case PacketOrigin::ipv4:
      return "ipv4 tunnel";
    case PacketOrigin::ipv6:
      return "ipv6 tunnel";
    case PacketOrigin::teredo:
      return "teredo tunnel";
    case PacketOrigin::vxlan:
      return "vxlan encapsulation";
    case PacketOrigin::geneve:
      return "geneve encapsulation";
  }
  return "wire/pcap";
}

bool has_ports(std::uint8_t protocol) noexcept {
  return protocol == kTcp || protocol == kUdp || protocol == kSctp;
}

void write_tunnel(const PacketView& packet, BoundedJsonWriter& json) noexcept {
  const auto& around = *packet.carrier;
  json.begin_object("tunnel");
  write_address("src_ip", around.source, json);
  if (has_ports(around.ip_protocol)) json.member("src_port", around.source_port);
  write_address("dest_ip", around.destination, json);
  if (has_ports(around.ip_protocol)) json.member("dest_port", around.destination_port);
  write_protocol("proto", around.ip_protocol, json);
  json.member("depth", packet.depth);
  if (around.number != 0) json.member("pcap_cnt", around.number);
  json.member("pkt_src", name_of_origin(around));
  json.end_object();
}

/// RFC 1112, 2236, 3376; RGMP (RFC 3488) shares the protocol number.
void write_igmp(std::span<const std::uint8_t> message, BoundedJsonWriter& json) noexcept {
  constexpr std::size_t kShortest = 8;
  if (message.size() < kShortest) return;
  const auto type = message[0];
  if (type >= 0xfc) {
    json.begin_object("rgmp").member("type", type).end_object();
    return;
  }
  unsigned version = 2;
  constexpr std::uint8_t kQuery = 0x11, kReport1 = 0x12, kReport3 = 0x22;
  if (type == kReport1 || (type == kQuery && message.size() == kShortest && message[1] == 0))
    version = 1;
  if (type == kReport3 || (type == kQuery && message.size() > kShortest)) version = 3;
  json.begin_object("igmp").member("type", type).member("version", version).end_object();
}

std::string_view name_of_operation(std::uint32_t operation) noexcept {
  constexpr std::array<std::string_view, 11> kNames{
      "",   "request", "reply", "request_reverse", "reply_reverse",
      "",   "",        "",      "request_inverse", "reply_inverse",
      "nak"};
  return operation < kNames.size() && !kNames[operation].empty() ? kNames[operation] : "unknown";
}

void write_mac(std::string_view key, std::span<const std::uint8_t> mac,
               BoundedJsonWriter& json) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 17> text;
  for (std::size_t i = 0; i < 6; ++i) {
    text[3 * i] = kDigits[mac[i] >> 4];
    text[3 * i + 1] = kDigits[mac[i] & 15];
    if (i < 5) text[3 * i + 2] = ':';
  }
  json.member(key, std::string_view(text.data(), text.size()));
}

}  // namespace

void write_arp(const PacketView& packet, BoundedJsonWriter& json) noexcept {
  const auto arp = packet.payload;
  if (!is_arp(packet)) return;
  json.begin_object("arp").member("hw_type", "ethernet").member("proto_type", "ipv4");
  json.member("opcode", name_of_operation(big_endian(arp.subspan(6, 2))));
  write_mac("src_mac", arp.subspan(8, 6), json);
  write_address("src_ip", IpAddress::from_v4(big_endian(arp.subspan(14, 4))), json);
  write_mac("dest_mac", arp.subspan(18, 6), json);
  write_address("dest_ip", IpAddress::from_v4(big_endian(arp.subspan(24, 4))), json);
  json.end_object();
}

bool is_arp(const PacketView& packet) noexcept {
  constexpr std::size_t kPacket = 28;
  constexpr std::uint8_t kEthernetAndIpv4[] = {0, 1, 8, 0, 6, 4};
  const auto arp = packet.payload;
  if (packet.ethertype != kEthertypeArp || arp.size() < kPacket) return false;
  for (std::size_t i = 0; i < sizeof kEthernetAndIpv4; ++i)
    if (arp[i] != kEthernetAndIpv4[i]) return false;
  return true;
}

void write_protocol(std::string_view key, std::uint8_t protocol, BoundedJsonWriter& json) noexcept {
  if (const auto name = events::protocol_name(protocol); !name.empty()) {
    json.member(key, name);
    return;
  }
  std::array<char, 3> digits;
  std::size_t at = digits.size();
  unsigned rest = protocol;
  do {
    digits[--at] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  json.member(key, std::string_view(digits.data() + at, digits.size() - at));
}

void write_packet_facts(const PacketView& packet, BoundedJsonWriter& json) noexcept {
  if (packet.number != 0) json.member("pcap_cnt", packet.number);
  json.member("pkt_src", name_of_origin(packet));
  if (packet.carrier != nullptr) write_tunnel(packet, json);
  if (packet.ip_protocol == kIgmp) write_igmp(packet.transport_header, json);
  if (packet.sctp_chunks != 0)
    json.begin_object("sctp").member("chunk_cnt", packet.sctp_chunks).end_object();
  if (packet.ip_protocol == kEsp && packet.payload.size() >= 4)
    json.begin_object("esp").member("spi", big_endian(packet.payload.first(4))).end_object();
}

}  // namespace sekisho::engines
