#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sekisho::events {

/// "2026-11-21T09:30:00.123456+0900": local time with offset, as Suricata writes it.
class EveTime {
 public:
  explicit EveTime(std::uint64_t unix_ns);
  std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 31> text_;
};

}  // namespace sekisho::events
