#include "numbers.h"
#include "walk.h"
#include "wire.h"

namespace sekisho::dataplane {

// RFC 2784 and RFC 2890 (version 0), RFC 2637 §4.1 (version 1, PPTP).
GreHeader read_gre(const std::uint8_t* gre, std::size_t available) noexcept {
  constexpr std::uint16_t kChecksum = 0x8000, kRouting = 0x4000, kKey = 0x2000, kSequence = 0x1000,
                          kAcknowledgment = 0x0080, kVersion = 0x0007;
  GreHeader header;
  if (available < 4) {
    header.problem = DropReason::gre_truncated;
    return header;
  }
  const auto flags = load_be16(gre);
  const bool pptp = (flags & kVersion) == 1;
  if ((flags & kVersion) > 1) {
    header.problem = DropReason::gre_bad_version;
    return header;
  }
  const auto field = [flags](std::uint16_t bit) { return (flags & bit) != 0 ? 4U : 0U; };
  const bool routed = (flags & kRouting) != 0;  // RFC 1701 only, which nobody may still send
  header.bytes = 4U + (routed ? 4U : field(kChecksum)) + field(kKey) + field(kSequence) +
                 (pptp ? field(kAcknowledgment) : 0U);
  if (header.bytes > available) {
    header.problem = DropReason::gre_truncated;
    return header;
  }
  const auto type = load_be16(gre + 2);
  if (!pptp && !routed && (type == kEthertypeIpv4 || type == kEthertypeIpv6))
    header.ethertype = type;
  return header;
}

}  // namespace sekisho::dataplane
