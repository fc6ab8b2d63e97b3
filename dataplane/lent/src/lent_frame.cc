#include "dataplane/lent/lent_frame.h"

#include <algorithm>

#include "dataplane/decrypt/segment/checksum.h"
#include "dataplane/decrypt/segment/tcp_packet.h"
#include "dataplane/decrypt/segment/wire_number.h"

namespace sekisho::dataplane {
namespace {

using decrypt::store16;
using decrypt::store32;

constexpr std::uint8_t kTcp = 6, kTimeToLive = 64;
constexpr std::uint16_t kWindow = 0xffff;
constexpr std::array<std::uint8_t, LentFrame::kSynOptionBytes> kSynOptions{3, 3, 14, 1};

void write_ip_header(const IpAddress& source, const IpAddress& destination,
                     std::span<std::uint8_t> header) noexcept {
  if (source.is_v4()) {
    header[0] = 0x45;
    store16(&header[6], 0x4000);  // not to be cut (RFC 791)
    header[8] = kTimeToLive;
    header[9] = kTcp;
    std::copy_n(&source.bytes[12], 4, &header[12]);
    std::copy_n(&destination.bytes[12], 4, &header[16]);
    return;
  }
  header[0] = 0x60;
  header[6] = kTcp;
  header[7] = kTimeToLive;
  std::copy_n(source.bytes.begin(), 16, &header[8]);
  std::copy_n(destination.bytes.begin(), 16, &header[24]);
}

}  // namespace

LentFrame::LentFrame(const decrypt::ConnectionEnds& ends, decrypt::Side from,
                     const decrypt::LinkHeader& link) noexcept
    : link_(link) {
  const bool is_client = from == decrypt::Side::client;
  const auto& source = is_client ? ends.client : ends.server;
  const auto& destination = is_client ? ends.server : ends.client;
  link_bytes_ = static_cast<std::uint8_t>(link_.for_packet(0).size());
  ip_bytes_ = static_cast<std::uint8_t>(source.is_v4() ? decrypt::kIpv4HeaderBytes
                                                       : decrypt::kIpv6HeaderBytes);
  write_ip_header(source, destination, std::span(headers_).first(ip_bytes_));
  auto* const tcp = headers_.data() + ip_bytes_;
  store16(tcp, is_client ? ends.client_port : ends.server_port);
  store16(tcp + 2, is_client ? ends.server_port : ends.client_port);
  store16(tcp + 14, kWindow);
}

std::size_t LentFrame::size_of(const Segment& segment) const noexcept {
  const bool is_syn = (segment.flags & decrypt::kSyn) != 0;
  return header_bytes() + segment.payload.size() + (is_syn ? kSynOptionBytes : 0);
}

void LentFrame::write(const Segment& segment, std::span<std::uint8_t> frame) noexcept {
  const bool is_syn = (segment.flags & decrypt::kSyn) != 0;
  const std::size_t options = is_syn ? kSynOptionBytes : 0;
  const auto link = link_.for_packet(frame.size() - link_bytes_);
  std::copy(link.begin(), link.end(), frame.begin());
  const auto packet = frame.subspan(link_bytes_);
  std::copy_n(headers_.begin(), ip_bytes_ + decrypt::kTcpHeaderBytes, packet.begin());
  const auto tcp = packet.subspan(ip_bytes_);
  store32(&tcp[4], segment.seq);
  store32(&tcp[8], (segment.flags & decrypt::kAck) != 0 ? segment.ack : 0);
  tcp[12] = static_cast<std::uint8_t>((decrypt::kTcpHeaderBytes + options) / 4 << 4);
  tcp[13] = segment.flags;
  if (is_syn) std::copy(kSynOptions.begin(), kSynOptions.end(), &tcp[decrypt::kTcpHeaderBytes]);
  std::copy(segment.payload.begin(), segment.payload.end(),
            tcp.begin() + static_cast<std::ptrdiff_t>(decrypt::kTcpHeaderBytes + options));
  const bool is_ipv4 = ip_bytes_ == decrypt::kIpv4HeaderBytes;
  decrypt::mend_ip_header(packet.data(), is_ipv4, ip_bytes_,
                          static_cast<std::uint32_t>(packet.size()));
  const auto addresses = is_ipv4 ? packet.subspan(12, 8) : packet.subspan(8, 32);
  const auto sum = decrypt::tcp_pseudo_sum(addresses, static_cast<std::uint32_t>(tcp.size())) +
                   decrypt::internet_sum(tcp);
  store16(&tcp[decrypt::kTcpChecksumAt], decrypt::checksum_of(sum));
}

}  // namespace sekisho::dataplane
