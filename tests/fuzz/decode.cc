// The decoder on arbitrary bytes: the first chooses link type (low 4 bits) and options (bit 6: no
// IPv4 checksum, bit 7: transport checksums), the rest is the frame.
#include "dataplane/parse/decode.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "packets/decode/invariants.h"

namespace {

using namespace sekisho;
using dataplane::LinkType;

constexpr std::array kLinks = {
    LinkType::ethernet,  LinkType::null,     LinkType::ppp,      LinkType::raw,
    LinkType::ppp_ether, LinkType::c_hdlc,   LinkType::loop,     LinkType::linux_sll,
    LinkType::raw_ip,    LinkType::ipv4,     LinkType::ipv6,     LinkType::linux_sll2,
    LinkType::ppi,       LinkType::ppp_hdlc, LinkType::ethernet, LinkType{0xffff}};

void require(std::string_view broken) {
  if (broken.empty()) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(broken.size()), broken.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto link = kLinks[data[0] & 0x0f];
  const dataplane::DecodeOptions options{.check_ipv4_checksum = (data[0] & 0x40) == 0,
                                         .check_transport_checksum = (data[0] & 0x80) != 0};
  // Exactly as large as the frame, so that one byte too far is seen.
  const std::size_t bytes = size - 1;
  const auto copy = std::make_unique<std::uint8_t[]>(bytes);
  std::memcpy(copy.get(), data + 1, bytes);
  const std::span<const std::uint8_t> frame(copy.get(), bytes);

  dataplane::PacketInfo packet;
  dataplane::decode(link, frame, options, packet);
  require(packets::broken_invariant(packet, bytes));
  if (link != LinkType::ethernet) return 0;

  dataplane::PacketInfo common;
  dataplane::decode_ethernet(frame, options, common);
  require(packets::same_packet(packet, common) ? "" : "both paths give the same");
  const bool has_hash = dataplane::spread_hash(frame) != 0;
  const bool is_flow = packet.kind != dataplane::PacketKind::not_ip &&
                       packet.kind != dataplane::PacketKind::malformed;
  require(is_flow && !has_hash ? "every flow has a hash" : "");
  require(packet.kind == dataplane::PacketKind::not_ip && has_hash ? "only IP has a hash" : "");
  return 0;
}
