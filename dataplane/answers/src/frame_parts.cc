#include "frame_parts.h"

#include <algorithm>

namespace sekisho::dataplane {

void put16(std::uint8_t* at, std::uint32_t value) noexcept {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

void put32(std::uint8_t* at, std::uint32_t value) noexcept {
  put16(at, value >> 16);
  put16(at + 2, value & 0xffff);
}

std::uint32_t sum16(std::span<const std::uint8_t> bytes, std::uint32_t sum) noexcept {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  if (bytes.size() % 2 != 0) sum += static_cast<std::uint32_t>(bytes.back() << 8);
  return sum;
}

std::uint16_t fold(std::uint32_t sum) noexcept {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

bool is_plain_packet(const PacketInfo& info) noexcept {
  const bool plain_header =
      info.transport_offset == info.ip_offset + (info.is_ipv4 ? kIpv4Header : kIpv6Header);
  return info.kind == PacketKind::flow && info.key.tunnel == 0 && plain_header;
}

void turn_round(std::uint8_t* frame, const PacketInfo& info) noexcept {
  const std::size_t address_bytes = info.is_ipv4 ? 4 : 16;
  std::uint8_t* addresses = frame + info.ip_offset + (info.is_ipv4 ? 12 : 8);
  std::swap_ranges(frame, frame + 6, frame + 6);
  std::swap_ranges(addresses, addresses + address_bytes, addresses + address_bytes);
}

void finish_packet(std::uint8_t* frame, const PacketInfo& info, std::uint8_t protocol,
                   std::size_t message, std::size_t checksum_offset) noexcept {
  std::uint8_t* ip = frame + info.ip_offset;
  if (info.is_ipv4) {
    put16(ip + 2, static_cast<std::uint32_t>(kIpv4Header + message));
    put16(ip + 4, 0);
    put16(ip + 6, 0x4000);  // do not fragment
    ip[8] = kTtl;
    ip[9] = protocol;
    put16(ip + 10, 0);
    put16(ip + 10, fold(sum16({ip, kIpv4Header}, 0)));
  } else {
    put16(ip + 4, static_cast<std::uint32_t>(message));
    ip[6] = protocol;
    ip[7] = kTtl;
  }
  const std::span<const std::uint8_t> addresses{ip + (info.is_ipv4 ? 12 : 8),
                                                std::size_t{info.is_ipv4 ? 8U : 32U}};
  const auto pseudo = sum16(addresses, protocol + static_cast<std::uint32_t>(message));
  std::uint8_t* transport = frame + info.transport_offset;
  put16(transport + checksum_offset, 0);
  put16(transport + checksum_offset, fold(sum16({transport, message}, pseudo)));
  mend_pppoe_length(info, frame, info.transport_offset + message);
}

/// PacketInfo::ethertype is that of what PPP carries, so the frame itself is asked. The PPP
/// protocol may have been compressed to one byte (RFC 1661 §6.5).
void mend_pppoe_length(const PacketInfo& info, std::uint8_t* out, std::size_t total) noexcept {
  constexpr std::size_t kFirstEthertype = 12, kEthertype = 2, kPppoe = 6;
  for (const std::size_t protocol : {std::size_t{2}, std::size_t{1}}) {
    const std::size_t ip = info.ip_offset, before = protocol + kPppoe + kEthertype;
    if (ip < kFirstEthertype + before) continue;
    const std::uint8_t* type = out + ip - before;
    if (type[0] != 0x88 || type[1] != 0x64) continue;
    put16(out + ip - protocol - 2, static_cast<std::uint32_t>(total - ip + protocol));
    return;
  }
}

}  // namespace sekisho::dataplane
