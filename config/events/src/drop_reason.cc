#include "config/events/drop_reason.h"

#include <array>

namespace sekisho {

std::string_view name_of(DropReason reason) noexcept {
  static constexpr std::array<std::string_view, kDropReasons> kNames{
#define X(name) #name,
      SEKISHO_DROP_REASONS(X)
#undef X
  };
  const auto index = static_cast<std::size_t>(reason);
  return index < kNames.size() ? kNames[index] : "unknown";
}

}  // namespace sekisho
