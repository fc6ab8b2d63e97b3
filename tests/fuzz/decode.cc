// The decoder on arbitrary bytes: the first chooses options (bit 6: no IPv4 checksum, bit 7:
// transport checksums), the next two the link type, the rest is the frame.
#include "dataplane/parse/decode.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "packets/decode/invariants.h"

namespace {

using namespace sekisho;
using dataplane::LinkType;

/// All with a decoder, ascending.
std::vector<LinkType> known_links() {
  std::vector<LinkType> links;
  for (std::uint16_t number = 0; number < 0x1000; ++number)
    if (dataplane::can_decode(LinkType{number})) links.push_back(LinkType{number});
  return links;
}

/// Any number is made one with a decoder, but the largest remain what they are.
LinkType choose_link(std::uint16_t number) {
  static const auto kKnown = known_links();
  constexpr std::uint16_t kUnknown = 0xff00;
  const LinkType link{number};
  if (number >= kUnknown || dataplane::can_decode(link)) return link;
  return kKnown[number % kKnown.size()];
}

void require(std::string_view broken) {
  if (broken.empty()) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(broken.size()), broken.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSelector = 3;
  if (size < kSelector) return 0;
  const auto link = choose_link(static_cast<std::uint16_t>(data[1] << 8 | data[2]));
  const dataplane::DecodeOptions options{.check_ipv4_checksum = (data[0] & 0x40) == 0,
                                         .check_transport_checksum = (data[0] & 0x80) != 0};
  // Exactly as large as the frame, so that one byte too far is seen.
  const std::size_t bytes = size - kSelector;
  const auto copy = std::make_unique<std::uint8_t[]>(bytes);
  std::memcpy(copy.get(), data + kSelector, bytes);
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
