#pragma once

#include <chrono>
#include <cstdint>

namespace sekisho::console {

/// Unix milliseconds, as every time in the database.
inline std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace sekisho::console
