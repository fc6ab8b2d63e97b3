#include "dataplane/worker/tap.h"

#include <pcap/bpf.h>

#include <algorithm>

namespace sekisho::dataplane {

bool TapFilter::wants(std::span<const std::uint8_t> frame, const PacketInfo& info) const noexcept {
  if (mac) {
    if (frame.size() < 12) return false;
    const auto is = [&](std::size_t at) {
      return std::equal(mac->bytes.begin(), mac->bytes.end(),
                        frame.begin() + static_cast<std::ptrdiff_t>(at));
    };
    if (!is(0) && !is(6)) return false;
  }
  if (address) {
    if (info.kind == PacketKind::not_ip || info.kind == PacketKind::malformed) return false;
    if (info.key.a != *address && info.key.b != *address) return false;
  }
  if (program.empty()) return true;
  const auto length = static_cast<u_int>(frame.size());
  return bpf_filter(program.data(), frame.data(), length, length) != 0;
}

}  // namespace sekisho::dataplane
