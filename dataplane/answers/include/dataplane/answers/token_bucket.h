#pragma once

#include <algorithm>
#include <cstdint>

namespace sekisho::dataplane {

/// So many things a second, with a burst of as many as one second has. For one thread.
class TokenBucket {
 public:
  explicit constexpr TokenBucket(std::uint32_t a_second) noexcept
      : between_ns_(1'000'000'000 / a_second) {}

  /// `now_ns` of any steady clock. False: not now.
  bool take(std::uint64_t now_ns) noexcept {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    // The time up to which what was taken has used up the rate; never more than a second behind.
    spent_until_ns_ = std::max(spent_until_ns_, now_ns > kSecond ? now_ns - kSecond : 0);
    if (spent_until_ns_ + between_ns_ > now_ns) return false;
    spent_until_ns_ += between_ns_;
    return true;
  }

 private:
  std::uint64_t between_ns_;
  std::uint64_t spent_until_ns_ = 0;
};

}  // namespace sekisho::dataplane
