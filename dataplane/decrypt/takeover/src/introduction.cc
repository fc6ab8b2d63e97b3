#include <algorithm>
#include <cstring>

#include "dataplane/decrypt/segment/checksum.h"
#include "dataplane/decrypt/segment/tcp_packet.h"
#include "dataplane/decrypt/segment/wire_number.h"
#include "dataplane/decrypt/takeover/rebuild.h"

namespace sekisho::decrypt {
namespace {

constexpr std::uint8_t kTtl = 64, kTcp = 6;
constexpr std::uint32_t kTimestampOption = 0x0101080a;  // NOP, NOP, Timestamps, 10 bytes

std::size_t write_ip_header(const HandoverEnd& from, const HandoverEnd& to,
                            std::uint8_t* out) noexcept {
  if (from.address.is_v4()) {
    out[0] = 0x45;
    out[6] = 0x40;  // do not fragment
    out[8] = kTtl;
    out[9] = kTcp;
    store32(out + 12, from.address.v4());
    store32(out + 16, to.address.v4());
    return kIpv4HeaderBytes;
  }
  out[0] = 0x60;
  out[6] = kTcp;
  out[7] = kTtl;
  std::copy(from.address.bytes.begin(), from.address.bytes.end(), out + 8);
  std::copy(to.address.bytes.begin(), to.address.bytes.end(), out + 24);
  return kIpv6HeaderBytes;
}

}  // namespace

std::size_t write_introduction(const Handover& handover, Side from,
                               std::span<std::uint8_t, kIntroductionBytes> out) noexcept {
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  const auto& sender = handover.end(from);
  const auto& receiver = handover.end(other(from));
  const auto ip_bytes = write_ip_header(sender, receiver, out.data());
  std::uint8_t* tcp = out.data() + ip_bytes;
  const std::size_t tcp_bytes = kTcpHeaderBytes + (handover.timestamps != 0 ? 12 : 0);
  store16(tcp, sender.port);
  store16(tcp + 2, receiver.port);
  store32(tcp + 4, sender.next_seq);
  store32(tcp + 8, receiver.next_seq);
  tcp[12] = static_cast<std::uint8_t>(tcp_bytes / 4 << 4);
  tcp[13] = kAck;
  const unsigned scale = sender.scale == HandoverEnd::kNoScale ? 0U : sender.scale;
  store16(tcp + 14, std::min(sender.window >> scale, 0xffffU));
  if (handover.timestamps != 0) {
    store32(tcp + 20, kTimestampOption);
    store32(tcp + 24, sender.timestamp);
    store32(tcp + 28, receiver.timestamp);
  }
  const bool is_ipv4 = sender.address.is_v4();
  const auto total = static_cast<std::uint32_t>(ip_bytes + tcp_bytes);
  mend_ip_header(out.data(), is_ipv4, static_cast<std::uint32_t>(ip_bytes), total);
  const auto addresses = out.subspan(is_ipv4 ? 12 : 8, is_ipv4 ? 8 : 32);
  const auto sum = tcp_pseudo_sum(addresses, static_cast<std::uint32_t>(tcp_bytes)) +
                   internet_sum({tcp, tcp_bytes});
  store16(tcp + kTcpChecksumAt, checksum_of(sum));
  return total;
}

}  // namespace sekisho::decrypt
