#include <algorithm>
#include <map>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "engines/evasion/evasion_policy.h"
#include "engines/profiles/host_patterns.h"
#include "engines/profiles/settings.h"

namespace sekisho::engines::evasion {
namespace {

constexpr ProfileMagic kMagic{'s', 'e', 'k', 'e', 'v', 'a', '0', '1'};

void write_profile(const Profile& profile, ProfileWriter& out) {
  out.u8(profile.blocks);
  out.be16(profile.outer_names.size());
  for (const auto& name : profile.outer_names) {
    out.u8(name.size());
    out.raw(name);
  }
}

std::variant<Artifact, Diagnostics> compile(const CompileInput& input, Diagnostics&) {
  std::map<std::string_view, Profile> profiles;
  for (const auto& profile : input.policy.profiles) {
    const auto& action =
        setting<std::string>(profile.sections.find("applications")->second, "evasion");
    if (action == "off") continue;
    const auto& dns = profile.sections.find("dns")->second;
    profiles.emplace(profile.name,
                     Profile{.blocks = action == "block",
                             .outer_names = setting<std::vector<std::string>>(dns, "ech_names")});
  }
  return write_rule_profiles(kMagic, input.policy, profiles, write_profile);
}

bool read_profile(ByteReader& reader, Profile& out) {
  std::uint8_t blocks = 0;
  std::uint16_t num_names = 0;
  if (!reader.u8(blocks) || blocks > 1 || !reader.be16(num_names) ||
      num_names > reader.rest().size())
    return false;
  out.blocks = blocks != 0;
  out.outer_names.resize(num_names);
  return std::all_of(out.outer_names.begin(), out.outer_names.end(), [&](std::string& name) {
    std::uint8_t length = 0;
    std::span<const std::uint8_t> text;
    if (!reader.u8(length) || !reader.take(length, text)) return false;
    name = as_text(text);
    return true;
  });
}

}  // namespace

bool Profile::is_outer_name(std::string_view name) const noexcept {
  return fits_any(outer_names, name);
}

Result<std::unique_ptr<const EvasionPolicy>> EvasionPolicy::load(
    std::span<const std::byte> artifact) {
  auto profiles = RuleProfiles<Profile>::load(artifact, kMagic, "evasion", read_profile);
  if (!profiles) return std::move(profiles).error();
  return std::unique_ptr<const EvasionPolicy>(new EvasionPolicy(*std::move(profiles)));
}

const EngineSpec kSpec{
    .name = "evasion",
    .flow_state_bytes = 0,
    .compile = compile,
    .load = [](std::span<const std::byte> artifact) -> Result<std::unique_ptr<const Ruleset>> {
      auto policy = EvasionPolicy::load(artifact);
      if (!policy) return std::move(policy).error();
      return std::unique_ptr<const Ruleset>(*std::move(policy));
    },
    .make = nullptr};

}  // namespace sekisho::engines::evasion
