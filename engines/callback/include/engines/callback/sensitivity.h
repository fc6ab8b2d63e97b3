#pragma once

#include <cstdint>

namespace sekisho::engines::callback {

/// How much evidence a detector wants before it tells; the words of the setting `sensitivity`.
enum class Sensitivity : std::uint8_t { low, medium, high };

/// One value for each.
template <class T>
struct BySensitivity {
  T low, medium, high;
  constexpr T operator[](Sensitivity sensitivity) const noexcept {
    return sensitivity == Sensitivity::low      ? low
           : sensitivity == Sensitivity::medium ? medium
                                                : high;
  }
};

}  // namespace sekisho::engines::callback
