#include "engines/http2_floods/frame_walk.h"

#include <algorithm>

namespace sekisho::engines::http2 {

Flood FrameWalk::consume(Sender sender, std::span<const std::uint8_t> bytes) noexcept {
  End& end = ends_[static_cast<std::size_t>(sender)];
  while (flood_ == Flood::none && !bytes.empty()) {
    const auto passed = std::min<std::size_t>(end.left, bytes.size());
    end.left -= static_cast<std::uint32_t>(passed);
    bytes = bytes.subspan(passed);
    const auto count = std::min(bytes.size(), kHeadBytes - end.head_bytes);
    std::copy_n(bytes.begin(), count, end.head.begin() + end.head_bytes);
    end.head_bytes = static_cast<std::uint8_t>(end.head_bytes + count);
    bytes = bytes.subspan(count);
    if (end.head_bytes < kHeadBytes) break;
    end.head_bytes = 0;
    const auto& h = end.head;
    end.left = std::uint32_t{h[0]} << 16 | std::uint32_t{h[1]} << 8 | h[2];
    flood_ = watch_.note(sender, {.type = h[3], .flags = h[4], .length = end.left});
  }
  return flood_;
}

}  // namespace sekisho::engines::http2
