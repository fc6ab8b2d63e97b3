#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace sekisho::controlplane {

/// How long to wait before the next attempt to reach the console: doubles from `least` to `most`,
/// each time between half of that and all of it, so that gateways that lost their console together
/// do not come back together. One thread.
class Backoff {
 public:
  struct Bounds {
    std::chrono::milliseconds least{500};
    std::chrono::milliseconds most{60'000};
  };
  Backoff(Bounds bounds, std::uint64_t seed);

  std::chrono::milliseconds next();
  /// Before the next address of the same console, when not all have been tried yet: as the first
  /// next() after a reset().
  std::chrono::milliseconds short_one();
  /// The console answered.
  void reset() { step_ = bounds_.least; }

 private:
  std::chrono::milliseconds up_to(std::chrono::milliseconds most);

  Bounds bounds_;
  std::chrono::milliseconds step_;
  std::mt19937_64 random_;
};

}  // namespace sekisho::controlplane
