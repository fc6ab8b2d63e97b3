#include <algorithm>
#include <array>
#include <map>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "config/policy/profile_settings.h"
#include "engines/reputation/reputation_policy.h"

namespace sekisho::engines::reputation {
namespace {

constexpr std::array<char, 8> kMagic{'s', 'e', 'k', 'r', 'e', 'p', '0', '1'};
constexpr std::uint8_t kBlocks = 1, kFailsClosed = 2;  // flags of a profile
constexpr std::uint16_t kNoProfile = 0xffff;

/// What stands in the policy's section of the snapshot, integers big-endian: magic, number of
/// firewall rules + 1, of profiles; an index a firewall rule; of each profile in use its
/// sensitivity, flags, and milliseconds.
class Writer {
 public:
  void be(std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
      out_.push_back(static_cast<std::byte>(value >> shift & 0xff));
  }
  void magic() {
    for (const char c : kMagic) out_.push_back(static_cast<std::byte>(c));
  }
  Artifact finish() && { return std::move(out_); }

 private:
  Artifact out_;
};

template <class T>
const T& setting(const policy::Section& section, std::string_view name) {
  return *std::get_if<T>(&section.find(name)->second);  // validated: every setting is there
}

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

std::variant<Artifact, Diagnostics> compile(const CompileInput& input, Diagnostics&) {
  std::map<std::string_view, std::uint16_t> indexes;
  std::vector<Profile> profiles;
  for (const auto& one : input.policy.profiles) {
    const auto profile = profile_of(one);
    if (!profile.enabled) continue;
    indexes.emplace(one.name, static_cast<std::uint16_t>(profiles.size()));
    profiles.push_back(profile);
  }
  Writer out;
  out.magic();
  out.be(input.policy.rules.size() + 1, 4);
  out.be(profiles.size(), 2);
  out.be(kNoProfile, 2);  // no rule, no profile
  for (const auto& rule : input.policy.rules) {
    const auto found = indexes.find(rule.profile);
    out.be(found == indexes.end() ? kNoProfile : found->second, 2);
  }
  for (const auto& profile : profiles) {
    out.be(static_cast<std::uint8_t>(profile.sensitivity), 1);
    out.be((profile.blocks ? kBlocks : 0U) | (profile.fails_closed ? kFailsClosed : 0U), 1);
    out.be(profile.wait_ms, 2);
  }
  return std::move(out).finish();
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
  const Error damaged{Error::Code::invalid_input, "the profiles of web reputation are damaged"};
  ByteReader reader(bytes_of(artifact));
  std::span<const std::uint8_t> magic;
  std::uint32_t num_rules = 0;
  std::uint16_t num_profiles = 0;
  if (!reader.take(kMagic.size(), magic) ||
      !std::equal(magic.begin(), magic.end(), kMagic.begin()) || !reader.be32(num_rules) ||
      !reader.be16(num_profiles) || num_rules > reader.rest().size() / 2)
    return damaged;
  std::unique_ptr<ReputationPolicy> policy(new ReputationPolicy);
  policy->profile_of_rule_.resize(num_rules);
  for (auto& index : policy->profile_of_rule_) {
    if (!reader.be16(index) || (index != kNone && index >= num_profiles)) return damaged;
    policy->is_used_ |= index != kNone;
  }
  policy->profiles_.resize(num_profiles);
  for (auto& profile : policy->profiles_)
    if (!read_profile(reader, profile)) return damaged;
  if (!reader.rest().empty()) return damaged;
  return std::unique_ptr<const ReputationPolicy>(std::move(policy));
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
