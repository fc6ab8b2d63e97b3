#include "fast_path.h"

#include "dataplane/parse/flow_key.h"
#include "numbers.h"
#include "tcp_header.h"
#include "wire.h"

namespace sekisho::dataplane {
namespace {

/// TCP or UDP at `transport` with `available` bytes up to the IP length; offsets come out relative
/// to it.
inline bool read_common_transport(const std::uint8_t* transport, std::size_t available,
                                  PacketInfo& out) noexcept {
  if (out.protocol == kProtocolTcp) {
    if (read_tcp(transport, available, out) != DropReason::none) return false;
    out.payload_bytes = static_cast<std::uint16_t>(available - out.payload_offset);
    return true;
  }
  if (out.protocol != kProtocolUdp || available < kUdpHeader) return false;
  const std::size_t length = load_be16(transport + 4);
  if (length < kUdpHeader || length > available) return false;
  out.payload_offset = kUdpHeader;
  out.payload_bytes = static_cast<std::uint16_t>(length - kUdpHeader);
  return true;
}

inline void finish(std::size_t ip_at, std::size_t transport_at, PacketInfo& out) noexcept {
  out.kind = PacketKind::flow;
  out.key.protocol = out.protocol;
  out.ip_offset = static_cast<std::uint16_t>(ip_at);
  out.transport_offset = static_cast<std::uint16_t>(transport_at);
  out.payload_offset = static_cast<std::uint16_t>(out.payload_offset + transport_at);
}

/// 20 bytes as five 32-bit words: no loop.
inline bool header_is_intact(const std::uint8_t* ip) noexcept {
  std::uint64_t first = 0, second = 0;
  std::uint32_t third = 0;
  std::memcpy(&first, ip, 8);
  std::memcpy(&second, ip + 8, 8);
  std::memcpy(&third, ip + 16, 4);
  return is_intact((first & 0xffffffff) + (first >> 32) + (second & 0xffffffff) + (second >> 32) +
                   third);
}

inline IpAddress mapped(std::uint64_t host_order) noexcept {
  const std::uint64_t words[2] = {
      0,
      std::uint64_t{__builtin_bswap32(static_cast<std::uint32_t>(host_order))} << 32 | 0xffff0000U};
  IpAddress address;
  std::memcpy(address.bytes.data(), words, sizeof words);
  return address;
}

inline bool decode_ipv4(const std::uint8_t* frame, std::size_t at, std::size_t size,
                        bool check_checksum, PacketInfo& out) noexcept {
  const std::uint8_t* ip = frame + at;
  if (size - at < kIpv4Header || ip[0] != 0x45) return false;
  const std::size_t total_length = load_be16(ip + 2);
  if (total_length > size - at || total_length < kIpv4Header + kUdpHeader) return false;
  if ((load_be16(ip + 6) & 0x3fff) != 0) return false;
  if (check_checksum && !header_is_intact(ip)) return false;
  const std::uint32_t source = load_be32(ip + 12), destination = load_be32(ip + 16);
  if (source == destination) return false;
  out.is_ipv4 = true;
  out.ttl = ip[8];
  out.ip_id = load_be16(ip + 4);
  out.protocol = ip[9];
  const std::uint8_t* transport = ip + kIpv4Header;
  if (!read_common_transport(transport, total_length - kIpv4Header, out)) return false;

  // (address, port) as one number each orders the ends as set_ends() does.
  const std::uint64_t sender = std::uint64_t{source} << 16 | load_be16(transport);
  const std::uint64_t receiver = std::uint64_t{destination} << 16 | load_be16(transport + 2);
  out.from_a = sender <= receiver;
  const std::uint64_t exchange = (sender ^ receiver) & (std::uint64_t{out.from_a} - 1);
  const std::uint64_t a = sender ^ exchange, b = receiver ^ exchange;
  out.key.a = mapped(a >> 16);
  out.key.b = mapped(b >> 16);
  out.key.port_a = static_cast<std::uint16_t>(a);
  out.key.port_b = static_cast<std::uint16_t>(b);
  finish(at, at + kIpv4Header, out);
  return true;
}

inline bool decode_ipv6(const std::uint8_t* frame, std::size_t at, std::size_t size,
                        PacketInfo& out) noexcept {
  const std::uint8_t* ip = frame + at;
  if (size - at < kIpv6Header || ip[0] >> 4 != 6) return false;
  const std::size_t payload_length = load_be16(ip + 4);
  if (payload_length > size - at - kIpv6Header) return false;
  const auto source = load_ipv6(ip + 8), destination = load_ipv6(ip + 24);
  if (std::memcmp(&source, &destination, sizeof source) == 0) return false;
  out.ttl = ip[7];
  out.protocol = ip[6];
  const std::uint8_t* transport = ip + kIpv6Header;
  if (!read_common_transport(transport, payload_length, out)) return false;
  out.from_a =
      set_ends(out.key, source, load_be16(transport), destination, load_be16(transport + 2));
  finish(at, at + kIpv6Header, out);
  return true;
}

}  // namespace

bool decode_common(std::span<const std::uint8_t> frame, const DecodeOptions& options,
                   PacketInfo& out) noexcept {
  if (frame.size() < kEthernetHeader + kIpv4Header || options.check_transport_checksum)
    return false;
  clear(out);
  std::size_t at = kEthernetHeader;
  auto ethertype = load_be16(&frame[12]);
  if (ethertype == kEthertypeVlan) {
    out.key.vlan = load_be16(&frame[14]) & 0x0fff;
    ethertype = load_be16(&frame[16]);
    at += kVlanTag;
  }
  out.ethertype = ethertype;
  if (ethertype == kEthertypeIpv4)
    return decode_ipv4(frame.data(), at, frame.size(), options.check_ipv4_checksum, out);
  if (ethertype == kEthertypeIpv6) return decode_ipv6(frame.data(), at, frame.size(), out);
  return false;
}

}  // namespace sekisho::dataplane
