#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sekisho::rules {

/// From 0, known dangerous, to 100, known good. What nobody rated has none.
using ReputationScore = std::uint8_t;
inline constexpr ReputationScore kBestReputation = 100;

/// What somebody said of a URL expression.
struct Reputation {
  ReputationScore score = kBestReputation;
  std::uint16_t category = 0;  // of rules/urls/categories.h; 0: none was named
  bool operator==(const Reputation&) const = default;
};

enum class ReputationSensitivity : std::uint8_t { low, medium, high };

/// Scores below this are bad: 25, 50, 70.
ReputationScore reputation_threshold(ReputationSensitivity sensitivity) noexcept;
constexpr bool is_bad(ReputationScore score, ReputationScore threshold) noexcept {
  return score < threshold;
}

/// "low", "medium", "high", as policies write them.
std::string_view name_of(ReputationSensitivity sensitivity) noexcept;
std::optional<ReputationSensitivity> find_reputation_sensitivity(std::string_view name) noexcept;

}  // namespace sekisho::rules
