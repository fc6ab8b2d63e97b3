#include "engines/ips/profiles.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "rules/ips/own_rules.h"

namespace sekisho::engines::ips {
namespace {

constexpr std::array<char, 8> kMagic{'s', 'e', 'k', 'i', 'p', 's', '0', '1'};
constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};

/// What stands in the policy's section of the snapshot, integers big-endian: magic, number of
/// firewall rules + 1, of profiles; an index a firewall rule; then the profiles.
class Writer {
 public:
  void u8(std::uint64_t value) { put(value, 1); }
  void be16(std::uint64_t value) { put(value, 2); }
  void be32(std::uint64_t value) { put(value, 4); }
  void numbers(const std::vector<std::uint32_t>& list) {
    be32(list.size());
    for (const auto number : list) be32(number);
  }
  void raw(std::string_view bytes) {
    for (const char c : bytes) out_.push_back(static_cast<std::byte>(c));
  }
  Artifact finish() && { return std::move(out_); }

 private:
  void put(std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
      out_.push_back(static_cast<std::byte>(value >> shift & 0xff));
  }
  Artifact out_;
};

template <class T>
const T& setting(const policy::Section& section, std::string_view name) {
  return *std::get_if<T>(&section.find(name)->second);  // validated: every setting is there
}

std::vector<std::uint32_t> rule_numbers(const policy::Section& section, std::string_view name) {
  std::vector<std::uint32_t> numbers;
  for (const auto& text : setting<std::vector<std::string>>(section, name)) {
    std::uint32_t number = 0;
    const auto end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec == std::errc{} && parsed.ptr == end) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

Profile profile_of(const policy::SecurityProfile& profile) {
  const auto& section = profile.sections.find("ips")->second;
  const auto& severity = setting<std::string>(section, "minimum_severity");
  const auto known = std::find(kSeverities.begin(), kSeverities.end(), severity);
  return {.enabled = setting<bool>(section, "enabled"),
          .block = setting<std::string>(section, "action") == "block",
          .minimum = static_cast<Severity>(known - kSeverities.begin()),
          .excluded = rule_numbers(section, "excluded_rules"),
          .monitored = rule_numbers(section, "monitored_rules")};
}

/// The administrator's own rules: each must be one that can be run.
void check_own_rules(const policy::Policy& policy, Diagnostics& mistakes, Diagnostics& warnings) {
  auto found = rules::check_own_rules(policy);
  mistakes = std::move(found.mistakes);
  warnings.insert(warnings.end(), found.warnings.begin(), found.warnings.end());
  const auto context = rules::RuleContext::of_gateway();
  for (const auto& entry : policy.ips_rules) {
    rules::RuleSet set;
    rules::parse_rules(entry.text, rules::kOwnRulesFile, context, set);
    set.refused.clear();
    if (const auto compiled = compile(set, {}); !compiled)
      mistakes.push_back({entry.position, "IPS rule: " + compiled.error().message});
    for (const auto& refused : set.refused) mistakes.push_back(rules::placed(entry, refused));
  }
}

std::variant<Artifact, Diagnostics> compile_policy(const CompileInput& input,
                                                   Diagnostics& warnings) {
  Diagnostics mistakes;
  check_own_rules(input.policy, mistakes, warnings);
  if (!mistakes.empty()) return mistakes;
  std::map<std::string_view, std::uint16_t> indexes;
  std::vector<Profile> profiles;
  for (const auto& profile : input.policy.profiles) {
    profiles.push_back(profile_of(profile));
    if (profiles.back().enabled)
      indexes.emplace(profile.name, static_cast<std::uint16_t>(profiles.size() - 1));
  }
  Writer out;
  out.raw({kMagic.data(), kMagic.size()});
  out.be32(input.policy.rules.size() + 1);
  out.be16(profiles.size());
  out.be16(IpsPolicy::kNoProfile);  // no rule, no profile
  for (const auto& rule : input.policy.rules) {
    const auto found = indexes.find(rule.profile);
    const bool has = !rule.profile.empty() && found != indexes.end();
    out.be16(has ? found->second : IpsPolicy::kNoProfile);
  }
  for (const auto& profile : profiles) {
    out.u8(profile.enabled);
    out.u8(profile.block);
    out.u8(static_cast<std::uint8_t>(profile.minimum));
    out.numbers(profile.excluded);
    out.numbers(profile.monitored);
  }
  return std::move(out).finish();
}

bool read_numbers(ByteReader& reader, std::vector<std::uint32_t>& out) {
  std::uint32_t count = 0;
  if (!reader.be32(count) || count > reader.rest().size() / 4) return false;
  out.resize(count);
  return std::all_of(out.begin(), out.end(), [&](auto& number) { return reader.be32(number); }) &&
         std::is_sorted(out.begin(), out.end());
}

bool read_profile(ByteReader& reader, Profile& out) {
  std::uint8_t enabled = 0, block = 0, minimum = 0;
  if (!reader.u8(enabled) || !reader.u8(block) || !reader.u8(minimum)) return false;
  if (enabled > 1 || block > 1 || minimum >= kSeverities.size()) return false;
  out.enabled = enabled != 0;
  out.block = block != 0;
  out.minimum = static_cast<Severity>(minimum);
  return read_numbers(reader, out.excluded) && read_numbers(reader, out.monitored);
}

bool holds(const std::vector<std::uint32_t>& list, std::uint32_t number) {
  return std::binary_search(list.begin(), list.end(), number);
}

}  // namespace

Result<std::unique_ptr<const IpsPolicy>> IpsPolicy::load(std::span<const std::byte> artifact) {
  const Error damaged{Error::Code::invalid_input, "the profiles of the IPS are damaged"};
  ByteReader reader(bytes_of(artifact));
  std::span<const std::uint8_t> magic;
  std::uint32_t num_rules = 0;
  std::uint16_t num_profiles = 0;
  if (!reader.take(kMagic.size(), magic) ||
      !std::equal(magic.begin(), magic.end(), kMagic.begin()) || !reader.be32(num_rules) ||
      !reader.be16(num_profiles) || num_rules > reader.rest().size() / 2)
    return damaged;
  std::unique_ptr<IpsPolicy> policy(new IpsPolicy);
  policy->profile_of_rule_.resize(num_rules);
  for (auto& profile : policy->profile_of_rule_)
    if (!reader.be16(profile) || (profile != kNoProfile && profile >= num_profiles)) return damaged;
  policy->profiles_.resize(num_profiles);
  for (auto& profile : policy->profiles_)
    if (!read_profile(reader, profile)) return damaged;
  if (!reader.rest().empty()) return damaged;
  return std::unique_ptr<const IpsPolicy>(std::move(policy));
}

Severity severity_of(const RuleInfo& rule) noexcept {
  constexpr std::string_view kKey = "\"signature_severity\":[\"";
  if (const auto at = rule.metadata_json.find(kKey); at != std::string_view::npos) {
    const auto value = rule.metadata_json.substr(at + kKey.size());
    if (value.starts_with("Critical")) return Severity::critical;
    if (value.starts_with("Major")) return Severity::high;
    if (value.starts_with("Minor")) return Severity::medium;
    if (value.starts_with("Informational")) return Severity::low;
  }
  return rule.priority <= 1   ? Severity::high
         : rule.priority == 2 ? Severity::medium
                              : Severity::low;
}

std::vector<RuleUse> uses_of(const Ruleset& rules, const Profile& profile) {
  std::vector<RuleUse> uses(rules.num_rules(), RuleUse::off);
  if (!profile.enabled) return uses;
  for (std::uint32_t i = 0; i < uses.size(); ++i) {
    const auto rule = rules.info(i);
    if (holds(profile.excluded, rule.signature)) continue;
    const bool asked_for = rule.own || rule.action != rules::RuleAction::alert;
    if (severity_of(rule) < profile.minimum && !asked_for) continue;
    const bool block = profile.block && !holds(profile.monitored, rule.signature);
    uses[i] = block ? RuleUse::block : RuleUse::report;
  }
  return uses;
}

const EngineSpec kSpec{
    .name = "ips",
    .flow_state_bytes = 0,
    .compile = compile_policy,
    .load =
        [](std::span<const std::byte> artifact) -> Result<std::unique_ptr<const engines::Ruleset>> {
      auto policy = IpsPolicy::load(artifact);
      if (!policy) return std::move(policy).error();
      return std::unique_ptr<const engines::Ruleset>(*std::move(policy));
    },
    .make = nullptr};

}  // namespace sekisho::engines::ips
