#include "rules/reputation/score.h"

#include <array>

namespace sekisho::rules {
namespace {

struct Level {
  std::string_view name;
  ReputationScore threshold;
};
/// In the order of the enumeration.
constexpr std::array<Level, 3> kLevels{{{"low", 25}, {"medium", 50}, {"high", 70}}};

}  // namespace

ReputationScore reputation_threshold(ReputationSensitivity sensitivity) noexcept {
  return kLevels[static_cast<std::size_t>(sensitivity)].threshold;
}

std::string_view name_of(ReputationSensitivity sensitivity) noexcept {
  return kLevels[static_cast<std::size_t>(sensitivity)].name;
}

std::optional<ReputationSensitivity> find_reputation_sensitivity(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    if (kLevels[i].name == name) return static_cast<ReputationSensitivity>(i);
  return std::nullopt;
}

}  // namespace sekisho::rules
