// The section evasion of a snapshot.
#include <cstddef>
#include <cstdint>
#include <span>

#include "engines/evasion/evasion_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto loaded =
      sekisho::engines::evasion::EvasionPolicy::load(std::as_bytes(std::span(data, size)));
  if (!loaded) return 0;
  for (const std::uint32_t rule : {0U, 1U, 2U, 70'000U})
    if (const auto* profile = (*loaded)->profile_of(rule))
      static_cast<void>(profile->is_outer_name("outer.example"));
  return 0;
}
