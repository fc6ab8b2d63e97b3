#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace sekisho::engines::stream {

/// Names of what was odd about one packet, static strings: "stream." and the name that rules use
/// with stream-event, or the whole name that they use with decode-event ("ipv6.frag_overlap").
class Oddities {
 public:
  static constexpr std::size_t kMax = 8;

  /// A further one; a name twice, or beyond kMax, is left out.
  void add(std::string_view name) noexcept {
    for (std::size_t i = 0; i < size_; ++i)
      if (names_[i].data() == name.data()) return;
    if (size_ < kMax) names_[size_++] = name;
  }
  void clear() noexcept { size_ = 0; }
  std::span<const std::string_view> names() const noexcept { return {names_.data(), size_}; }

 private:
  std::array<std::string_view, kMax> names_;
  std::size_t size_ = 0;
};

}  // namespace sekisho::engines::stream
