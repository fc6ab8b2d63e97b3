#include "tcp_header.h"

#include <algorithm>

namespace sekisho::dataplane {

DropReason read_tcp_options(const std::uint8_t* option, const std::uint8_t* end,
                            PacketInfo& out) noexcept {
  constexpr std::uint8_t kEnd = 0, kNop = 1, kWindowScale = 3, kLargestScale = 14;  // RFC 7323 §2.3
  while (option < end && *option != kEnd) {
    if (*option == kNop) {
      ++option;
      continue;
    }
    if (end - option < 2 || option[1] < 2 || end - option < option[1])
      return DropReason::tcp_bad_option;
    if (*option == kWindowScale && option[1] == 3 && (out.tcp_flags & kTcpSyn) != 0)
      out.tcp_window_scale = std::min(option[2], kLargestScale);
    option += option[1];
  }
  return DropReason::none;
}

}  // namespace sekisho::dataplane
