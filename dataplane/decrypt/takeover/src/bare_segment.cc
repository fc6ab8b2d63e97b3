#include "dataplane/decrypt/takeover/bare_segment.h"

#include <algorithm>

#include "dataplane/decrypt/segment/checksum.h"
#include "dataplane/decrypt/segment/tcp_packet.h"
#include "dataplane/decrypt/segment/wire_number.h"

namespace sekisho::decrypt {
namespace {

constexpr std::uint8_t kTtl = 64, kTcp = 6;
constexpr std::uint32_t kTimestampOption = 0x0101080a;  // NOP, NOP, Timestamps, 10 bytes

std::size_t write_ip_header(const IpAddress& source, const IpAddress& destination,
                            std::uint8_t* out) noexcept {
  if (source.is_v4()) {
    out[0] = 0x45;
    out[6] = 0x40;  // do not fragment
    out[8] = kTtl;
    out[9] = kTcp;
    store32(out + 12, source.v4());
    store32(out + 16, destination.v4());
    return kIpv4HeaderBytes;
  }
  out[0] = 0x60;
  out[6] = kTcp;
  out[7] = kTtl;
  std::copy(source.bytes.begin(), source.bytes.end(), out + 8);
  std::copy(destination.bytes.begin(), destination.bytes.end(), out + 24);
  return kIpv6HeaderBytes;
}

}  // namespace

std::size_t write_bare_segment(const BareSegment& segment,
                               std::span<std::uint8_t, kBareSegmentBytes> out) noexcept {
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  const auto ip_bytes = write_ip_header(segment.source, segment.destination, out.data());
  std::uint8_t* tcp = out.data() + ip_bytes;
  const std::size_t tcp_bytes = kTcpHeaderBytes + (segment.has_timestamps ? 12 : 0);
  store16(tcp, segment.source_port);
  store16(tcp + 2, segment.destination_port);
  store32(tcp + 4, segment.seq);
  store32(tcp + 8, segment.ack);
  tcp[12] = static_cast<std::uint8_t>(tcp_bytes / 4 << 4);
  tcp[13] = segment.flags;
  store16(tcp + 14, segment.window);
  if (segment.has_timestamps) {
    store32(tcp + 20, kTimestampOption);
    store32(tcp + 24, segment.timestamp);
    store32(tcp + 28, segment.echoed);
  }
  const bool is_ipv4 = segment.source.is_v4();
  const auto total = static_cast<std::uint32_t>(ip_bytes + tcp_bytes);
  mend_ip_header(out.data(), is_ipv4, static_cast<std::uint32_t>(ip_bytes), total);
  const auto addresses = out.subspan(is_ipv4 ? 12 : 8, is_ipv4 ? 8 : 32);
  const auto sum = tcp_pseudo_sum(addresses, static_cast<std::uint32_t>(tcp_bytes)) +
                   internet_sum({tcp, tcp_bytes});
  store16(tcp + kTcpChecksumAt, checksum_of(sum));
  return total;
}

std::size_t write_introduction(const Handover& handover, Side from,
                               std::span<std::uint8_t, kBareSegmentBytes> out) noexcept {
  const auto& sender = handover.end(from);
  const auto& receiver = handover.end(other(from));
  const unsigned scale = sender.scale == HandoverEnd::kNoScale ? 0U : sender.scale;
  return write_bare_segment(
      {.source = sender.address,
       .destination = receiver.address,
       .source_port = sender.port,
       .destination_port = receiver.port,
       .seq = sender.next_seq,
       .ack = receiver.next_seq,
       .flags = kAck,
       .window = static_cast<std::uint16_t>(std::min(sender.window >> scale, 0xffffU)),
       .has_timestamps = handover.timestamps != 0,
       .timestamp = sender.timestamp,
       .echoed = receiver.timestamp},
      out);
}

}  // namespace sekisho::decrypt
