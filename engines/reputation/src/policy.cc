#include <map>

#include "config/base/byte_reader.h"
#include "config/policy/profile_settings.h"
#include "engines/profiles/settings.h"
#include "engines/reputation/reputation_policy.h"

namespace sekisho::engines::reputation {
namespace {

constexpr ProfileMagic kMagic{'s', 'e', 'k', 'r', 'e', 'p', '0', '1'};
constexpr std::uint8_t kBlocks = 1, kFailsClosed = 2;  // flags of a profile

Profile profile_of(const policy::SecurityProfile& profile) {
  const auto& section = profile.sections.find("web_reputation")->second;
  const auto sensitivity =
      rules::find_reputation_sensitivity(setting<std::string>(section, "sensitivity"))
          .value_or(rules::ReputationSensitivity::medium);
  return {.enabled = setting<bool>(section, "enabled"),
          .blocks = setting<std::string>(section, "action") == "block",
          .fails_closed = setting<std::string>(section, "on_failure") == "block",
          .wait_ms = static_cast<std::uint16_t>(setting<std::int64_t>(section, "wait_ms")),
          .sensitivity = sensitivity,
          .threshold = rules::reputation_threshold(sensitivity)};
}

void write_profile(const Profile& profile, ProfileWriter& out) {
  out.u8(static_cast<std::uint8_t>(profile.sensitivity));
  out.u8((profile.blocks ? kBlocks : 0U) | (profile.fails_closed ? kFailsClosed : 0U));
  out.be16(profile.wait_ms);
}

std::variant<Artifact, Diagnostics> compile(const CompileInput& input, Diagnostics&) {
  std::map<std::string_view, Profile> profiles;
  for (const auto& profile : input.policy.profiles)
    if (const auto known = profile_of(profile); known.enabled)
      profiles.emplace(profile.name, known);
  return write_rule_profiles(kMagic, input.policy, profiles, write_profile);
}

bool read_profile(ByteReader& reader, Profile& out) {
  std::uint8_t sensitivity = 0, flags = 0;
  constexpr auto kLast = static_cast<std::uint8_t>(rules::ReputationSensitivity::high);
  if (!reader.u8(sensitivity) || !reader.u8(flags) || !reader.be16(out.wait_ms) ||
      sensitivity > kLast || flags > (kBlocks | kFailsClosed) ||
      out.wait_ms > policy::kMaxReputationWaitMs)
    return false;
  out.enabled = true;
  out.blocks = (flags & kBlocks) != 0;
  out.fails_closed = (flags & kFailsClosed) != 0;
  out.sensitivity = static_cast<rules::ReputationSensitivity>(sensitivity);
  out.threshold = rules::reputation_threshold(out.sensitivity);
  return true;
}

}  // namespace

Result<std::unique_ptr<const ReputationPolicy>> ReputationPolicy::load(
    std::span<const std::byte> artifact) {
  auto profiles = RuleProfiles<Profile>::load(artifact, kMagic, "web reputation", read_profile);
  if (!profiles) return std::move(profiles).error();
  return std::unique_ptr<const ReputationPolicy>(new ReputationPolicy(*std::move(profiles)));
}

const EngineSpec kSpec{
    .name = "reputation",
    .flow_state_bytes = 0,
    .compile = compile,
    .load = [](std::span<const std::byte> artifact) -> Result<std::unique_ptr<const Ruleset>> {
      auto policy = ReputationPolicy::load(artifact);
      if (!policy) return std::move(policy).error();
      return std::unique_ptr<const Ruleset>(*std::move(policy));
    },
    .make = nullptr};

}  // namespace sekisho::engines::reputation
