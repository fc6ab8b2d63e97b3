#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "layout.h"

namespace sekisho::engines::url {

/// A part of a longer text, of which eight bytes can be read up to `last_eight`.
struct Label {
  std::string_view text;
  const char* last_eight = nullptr;

  /// As up_to_eight() of what stands from `at` on, which is inside the label.
  std::uint64_t eight(std::size_t at) const noexcept {
    const char* wanted = text.data() + at;
    const char* from = std::min(wanted, last_eight);
    std::uint64_t value = 0;
    std::memcpy(&value, from, sizeof value);
    value >>= 8 * static_cast<unsigned>(wanted - from);
    const auto left = text.size() - at;
    return left >= 8 ? value : value & ((std::uint64_t{1} << (8 * left)) - 1);
  }
};

/// A host whose labels are read where they stand; it is copied only when it is shorter than a word.
class HostText {
 public:
  explicit HostText(std::string_view host) noexcept : host_(host) {
    if (host.size() < 8) {
      std::copy(host.begin(), host.end(), short_.begin());
      host_ = {short_.data(), host.size()};
      last_eight_ = short_.data() + 8;
    } else {
      last_eight_ = host.data() + host.size() - 8;
    }
    if (host_.size() <= 64) find_dots();
  }
  HostText(const HostText&) = delete;
  HostText& operator=(const HostText&) = delete;

  std::size_t size() const noexcept { return host_.size(); }
  /// Where the last label of the first `end` bytes begins.
  std::size_t last_label(std::size_t end) const noexcept {
    if (host_.size() <= 64) {
      const auto before = end == 64 ? dots_ : dots_ & ((std::uint64_t{1} << end) - 1);
      return 64 - static_cast<std::size_t>(std::countl_zero(before));
    }
    const auto* dot = static_cast<const char*>(::memrchr(host_.data(), '.', end));
    return dot == nullptr ? 0 : static_cast<std::size_t>(dot - host_.data()) + 1;
  }
  Label label(std::size_t begin, std::size_t end) const noexcept {
    return {host_.substr(begin, end - begin), last_eight_};
  }

 private:
  static std::uint64_t dots_at(const char* text) noexcept {
    __m128i bytes;
    std::memcpy(&bytes, text, sizeof bytes);
    return dots_of(bytes);
  }
  static std::uint64_t dots_of(__m128i bytes) noexcept {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.'))));
  }
  void find_dots() noexcept {
    const auto size = host_.size();
    if (size < 16) {
      const Label whole{host_, last_eight_};
      const auto high = size > 8 ? whole.eight(8) : 0, low = size > 0 ? whole.eight(0) : 0;
      dots_ = dots_of(_mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low)));
      return;
    }
    for (std::size_t at = 0; at + 16 <= size; at += 16) dots_ |= dots_at(host_.data() + at) << at;
    dots_ |= dots_at(host_.data() + size - 16) << (size - 16);
  }

  std::string_view host_;
  const char* last_eight_;
  std::uint64_t dots_ = 0;  // of a host of at most 64 bytes: bit n, byte n is a dot
  std::array<char, 16> short_{};
};

/// A label with room behind it.
class PaddedLabel {
 public:
  /// At most kMaxLabelBytes.
  explicit PaddedLabel(std::string_view text) noexcept : size_(text.size()) {
    std::memcpy(bytes_.data(), text.data(), size_);
    std::memset(bytes_.data() + size_, 0, 8);
  }
  Label label() const noexcept { return {{bytes_.data(), size_}, bytes_.data() + size_}; }

 private:
  std::array<char, kMaxLabelBytes + 8> bytes_;  // what is read was written
  std::size_t size_;
};

}  // namespace sekisho::engines::url
