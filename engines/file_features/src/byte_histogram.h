#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

namespace sekisho::engines::file_features {

/// How often each byte stands in something.
class ByteHistogram {
 public:
  void add(std::span<const std::uint8_t> bytes) noexcept {
    for (const auto byte : bytes) ++counts_[byte];
    total_ += bytes.size();
  }
  void add(std::uint8_t byte) noexcept {
    ++counts_[byte];
    ++total_;
  }
  std::uint64_t total() const noexcept { return total_; }
  /// Of bytes `first` to `last`; 0 of nothing.
  float share(std::uint8_t first, std::uint8_t last) const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t i = first; i <= last; ++i) sum += counts_[i];
    return total_ == 0 ? 0 : static_cast<float>(sum) / static_cast<float>(total_);
  }
  /// Shannon's, bits a byte: 0 to 8.
  float entropy() const noexcept {
    double sum = 0;
    for (const auto count : counts_) {
      if (count == 0) continue;
      const double p = static_cast<double>(count) / static_cast<double>(total_);
      sum -= p * std::log2(p);
    }
    return static_cast<float>(sum);
  }

 private:
  std::array<std::uint64_t, 256> counts_{};
  std::uint64_t total_ = 0;
};

inline float entropy_of(std::span<const std::uint8_t> bytes) noexcept {
  ByteHistogram histogram;
  histogram.add(bytes);
  return histogram.entropy();
}

/// ln(1 + n): counts of small and large files in one range.
template <class Number>
float log_of(Number n) noexcept {
  return static_cast<float>(std::log1p(static_cast<double>(n)));
}

}  // namespace sekisho::engines::file_features
