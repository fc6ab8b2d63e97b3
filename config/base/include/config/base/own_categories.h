#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sekisho {

/// Which of the administrator's own URL categories something is in: a set of their ids. Ids below
/// are those of built-in categories (rules/urls). The words are the last two of a bitmap over all
/// ids.
struct OwnCategories {
  static constexpr std::uint16_t kFirstId = 900;
  static constexpr std::uint16_t kLastId = 1023;
  static constexpr std::size_t kMax = kLastId - kFirstId + 1;
  static constexpr std::uint16_t kFirstBit = 896;

  std::array<std::uint64_t, 2> words{};

  static constexpr bool is_own(std::uint16_t id) noexcept {
    return id >= kFirstId && id <= kLastId;
  }
  /// `id` is_own().
  constexpr void add(std::uint16_t id) noexcept {
    const std::size_t bit = std::size_t{id} - kFirstBit;
    words[bit / 64] |= std::uint64_t{1} << bit % 64;
  }
  constexpr bool has(std::uint16_t id) const noexcept {
    const std::size_t bit = std::size_t{id} - kFirstBit;
    return is_own(id) && (words[bit / 64] >> bit % 64 & 1) != 0;
  }
  constexpr bool any() const noexcept { return (words[0] | words[1]) != 0; }
  /// The smallest id; 0: there is none.
  constexpr std::uint16_t first() const noexcept {
    for (std::uint16_t id = kFirstId; id <= kLastId; ++id)
      if (has(id)) return id;
    return 0;
  }
  constexpr OwnCategories& operator|=(const OwnCategories& other) noexcept {
    words[0] |= other.words[0];
    words[1] |= other.words[1];
    return *this;
  }
  bool operator==(const OwnCategories&) const = default;
};

}  // namespace sekisho
