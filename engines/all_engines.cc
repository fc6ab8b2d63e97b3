#include "engines/all_engines.h"

#include <array>

#include "engines/appid/appid.h"
#include "engines/firewall/firewall.h"

namespace sekisho::engines {

std::span<const EngineSpec* const> all_engines() noexcept {
  static constexpr std::array<const EngineSpec*, 2> kEngines{
      &appid::kSpec,     // facts
      &firewall::kSpec,  // judgement over all facts
  };
  return kEngines;
}

}  // namespace sekisho::engines
