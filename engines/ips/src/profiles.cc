#include "engines/ips/profiles.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "check_rules.h"
#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "config/policy/ips_settings.h"
#include "engines/profiles/settings.h"
#include "rules/ips/own_rules.h"
#include "rules/ips/variables.h"

namespace sekisho::engines::ips {
namespace {

constexpr ProfileMagic kMagic{'s', 'e', 'k', 'i', 'p', 's', '0', '4'};
constexpr std::array<std::string_view, 3> kRecords{"none", "files", "all"};
constexpr std::array<std::string_view, 4> kSeverities{"low", "medium", "high", "critical"};

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

/// The setting `name` as pairs of networks. Names are known and the number is bounded: the policy
/// was validated.
void add_exceptions(const policy::Policy& policy, const policy::Section& section,
                    std::string_view name, RuleUse use, std::vector<TrafficException>& out) {
  const auto ranges_of = [&](std::string_view operand) {
    if (operand.empty()) return std::vector{kEveryAddress};
    auto found = policy::find_addresses(operand, policy.address_objects);
    return found ? *std::move(found) : std::vector<AddressRange>();
  };
  for (const auto& text : setting<std::vector<std::string>>(section, name)) {
    const auto traffic = policy::parse_traffic(text);
    if (!traffic) continue;
    const auto destinations = ranges_of(traffic->destination);
    for (const auto& source : ranges_of(traffic->source))
      for (const auto& destination : destinations)
        out.push_back({traffic->rule, source, destination, use});
  }
}

std::vector<QuarantineRule> quarantine_rules_of(const policy::Section& section) {
  std::map<std::uint32_t, std::uint32_t> by_signature;  // the last one counts
  for (const auto& text : setting<std::vector<std::string>>(section, "quarantine_rules"))
    if (const auto rule = policy::parse_rule_seconds(text))
      by_signature.insert_or_assign(rule->rule, rule->seconds);
  std::vector<QuarantineRule> rules;
  rules.reserve(by_signature.size());
  for (const auto& [signature, seconds] : by_signature) rules.push_back({signature, seconds});
  return rules;
}

CaptureSettings capture_of(const policy::Section& section) {
  const auto number = [&](std::string_view name) {
    return static_cast<std::uint32_t>(setting<std::int64_t>(section, name));
  };
  return {.seconds_after = number("capture_seconds_after"),
          .packets_before = number("capture_packets_before"),
          .rules = rule_numbers(section, "capture_rules")};
}

RuleUse use_named(std::string_view action) {
  return action == "block" ? RuleUse::block : action == "reset" ? RuleUse::reset : RuleUse::report;
}

Profile profile_of(const policy::Policy& policy, const policy::SecurityProfile& profile) {
  const auto& section = profile.sections.find("ips")->second;
  Profile result{.enabled = setting<bool>(section, "enabled"),
                 .usual = use_named(setting<std::string>(section, "action")),
                 .minimum = static_cast<Severity>(
                     place_of(kSeverities, setting<std::string>(section, "minimum_severity"))),
                 .excluded = rule_numbers(section, "excluded_rules"),
                 .monitored = rule_numbers(section, "monitored_rules"),
                 .blocked = rule_numbers(section, "blocked_rules"),
                 .reset = rule_numbers(section, "reset_rules"),
                 .quarantine_seconds = static_cast<std::uint32_t>(
                     setting<std::int64_t>(section, "quarantine_seconds")),
                 .quarantine_rules = quarantine_rules_of(section),
                 .capture = capture_of(section),
                 .records = static_cast<ProtocolRecords>(
                     place_of(kRecords, setting<std::string>(section, "protocol_records"))),
                 .fail_open = setting<std::string>(section, "on_failure") == "pass"};
  add_exceptions(policy, section, "excluded_traffic", RuleUse::off, result.exceptions);
  add_exceptions(policy, section, "monitored_traffic", RuleUse::report, result.exceptions);
  return result;
}

void write_numbers(const std::vector<std::uint32_t>& list, ProfileWriter& out) {
  out.be32(list.size());
  for (const auto number : list) out.be32(number);
}

void write_profile(const Profile& profile, ProfileWriter& out) {
  out.u8(profile.enabled);
  out.u8(static_cast<std::uint8_t>(profile.usual));
  out.u8(static_cast<std::uint8_t>(profile.minimum));
  out.u8(profile.fail_open);
  write_numbers(profile.excluded, out);
  write_numbers(profile.monitored, out);
  write_numbers(profile.blocked, out);
  write_numbers(profile.reset, out);
  out.be32(profile.exceptions.size());
  for (const auto& one : profile.exceptions) {
    out.u8(one.use == RuleUse::report);
    out.be32(one.signature);
    for (const auto& range : {one.source, one.destination}) {
      out.address(range.first);
      out.address(range.last);
    }
  }
  out.be32(profile.quarantine_seconds);
  out.be32(profile.quarantine_rules.size());
  for (const auto& one : profile.quarantine_rules) {
    out.be32(one.signature);
    out.be32(one.seconds);
  }
  out.be32(profile.capture.seconds_after);
  out.be32(profile.capture.packets_before);
  write_numbers(profile.capture.rules, out);
  out.u8(static_cast<std::uint8_t>(profile.records));
}

/// The administrator's own rules: each must be one that can be run.
void check_own_rules(const policy::Policy& policy, Diagnostics& mistakes, Diagnostics& warnings) {
  auto found = rules::check_own_rules(policy);
  mistakes = std::move(found.mistakes);
  warnings.insert(warnings.end(), found.warnings.begin(), found.warnings.end());
  if (!mistakes.empty()) return;
  const auto context = rules::context_of(policy);
  for (const auto& entry : policy.ips_rules) {
    rules::RuleSet set;
    rules::parse_rules(entry.text, rules::kOwnRulesFile, context, set);
    set.refused.clear();
    if (const auto checked = check_rules(set); !checked)
      mistakes.push_back({entry.position, "IPS rule: " + checked.error().message});
    for (const auto& refused : set.refused) mistakes.push_back(rules::placed(entry, refused));
  }
}

std::variant<Artifact, Diagnostics> compile_policy(const CompileInput& input,
                                                   Diagnostics& warnings) {
  Diagnostics mistakes;
  check_own_rules(input.policy, mistakes, warnings);
  if (!mistakes.empty()) return mistakes;
  std::map<std::string_view, Profile> profiles;
  for (const auto& profile : input.policy.profiles)
    if (auto known = profile_of(input.policy, profile); known.enabled)
      profiles.emplace(profile.name, std::move(known));
  return write_rule_profiles(kMagic, input.policy, profiles, write_profile);
}

bool read_numbers(ByteReader& reader, std::vector<std::uint32_t>& out) {
  std::uint32_t count = 0;
  if (!reader.be32(count) || count > reader.rest().size() / 4) return false;
  out.resize(count);
  return std::all_of(out.begin(), out.end(), [&](auto& number) { return reader.be32(number); }) &&
         std::is_sorted(out.begin(), out.end());
}

bool read_range(ByteReader& reader, AddressRange& out) {
  for (auto* address : {&out.first, &out.last}) {
    std::span<const std::uint8_t> bytes;
    if (!reader.take(address->bytes.size(), bytes)) return false;
    std::copy(bytes.begin(), bytes.end(), address->bytes.begin());
  }
  return true;
}

bool read_exceptions(ByteReader& reader, std::vector<TrafficException>& out) {
  constexpr std::size_t kBytes = 1 + 4 + 4 * 16;
  std::uint32_t count = 0;
  if (!reader.be32(count) || count > reader.rest().size() / kBytes) return false;
  out.resize(count);
  return std::all_of(out.begin(), out.end(), [&](auto& one) {
    std::uint8_t reports = 0;
    if (!reader.u8(reports) || reports > 1 || !reader.be32(one.signature)) return false;
    one.use = reports != 0 ? RuleUse::report : RuleUse::off;
    return read_range(reader, one.source) && read_range(reader, one.destination);
  });
}

bool read_quarantine(ByteReader& reader, Profile& out) {
  std::uint32_t count = 0;
  if (!reader.be32(out.quarantine_seconds) || !reader.be32(count) ||
      out.quarantine_seconds > policy::kMaxQuarantineSeconds || count > reader.rest().size() / 8)
    return false;
  out.quarantine_rules.resize(count);
  const auto before = [](const auto& a, const auto& b) { return a.signature < b.signature; };
  return std::all_of(out.quarantine_rules.begin(), out.quarantine_rules.end(),
                     [&](auto& one) {
                       return reader.be32(one.signature) && reader.be32(one.seconds) &&
                              one.seconds <= policy::kMaxQuarantineSeconds;
                     }) &&
         std::is_sorted(out.quarantine_rules.begin(), out.quarantine_rules.end(), before);
}

bool read_capture(ByteReader& reader, CaptureSettings& out) {
  return reader.be32(out.seconds_after) && reader.be32(out.packets_before) &&
         out.seconds_after <= policy::kMaxCaptureSeconds &&
         out.packets_before <= policy::kMaxCapturedBefore && read_numbers(reader, out.rules);
}

bool read_records(ByteReader& reader, ProtocolRecords& out) {
  std::uint8_t records = 0;
  if (!reader.u8(records) || records >= kRecords.size()) return false;
  out = static_cast<ProtocolRecords>(records);
  return true;
}

bool read_profile(ByteReader& reader, Profile& out) {
  std::uint8_t enabled = 0, use = 0, minimum = 0, fail_open = 0;
  if (!reader.u8(enabled) || !reader.u8(use) || !reader.u8(minimum) || !reader.u8(fail_open))
    return false;
  constexpr auto kLeastUse = static_cast<std::uint8_t>(RuleUse::report);
  constexpr auto kLastUse = static_cast<std::uint8_t>(RuleUse::reset);
  if (enabled > 1 || use < kLeastUse || use > kLastUse || minimum >= kSeverities.size() ||
      fail_open > 1)
    return false;
  out.enabled = enabled != 0;
  out.usual = static_cast<RuleUse>(use);
  out.minimum = static_cast<Severity>(minimum);
  out.fail_open = fail_open != 0;
  return read_numbers(reader, out.excluded) && read_numbers(reader, out.monitored) &&
         read_numbers(reader, out.blocked) && read_numbers(reader, out.reset) &&
         read_exceptions(reader, out.exceptions) && read_quarantine(reader, out) &&
         read_capture(reader, out.capture) && read_records(reader, out.records);
}

bool holds(const std::vector<std::uint32_t>& list, std::uint32_t number) {
  return std::binary_search(list.begin(), list.end(), number);
}

}  // namespace

RuleUse Profile::excepted(std::uint32_t signature, RuleUse use, const IpAddress& source,
                          const IpAddress& destination) const noexcept {
  for (const auto& one : exceptions) {
    if ((one.signature != 0 && one.signature != signature) || !one.source.contains(source) ||
        !one.destination.contains(destination))
      continue;
    if (one.use == RuleUse::off) return one.use;
    use = one.use;
  }
  return use;
}

std::uint32_t Profile::quarantine_of(std::uint32_t signature) const noexcept {
  const auto own = std::lower_bound(
      quarantine_rules.begin(), quarantine_rules.end(), signature,
      [](const QuarantineRule& rule, std::uint32_t number) { return rule.signature < number; });
  const bool found = own != quarantine_rules.end() && own->signature == signature;
  return found ? own->seconds : quarantine_seconds;
}

bool Profile::captures(std::uint32_t signature) const noexcept {
  return capture.seconds_after != 0 && (capture.rules.empty() || holds(capture.rules, signature));
}

Result<std::unique_ptr<const IpsPolicy>> IpsPolicy::load(std::span<const std::byte> artifact) {
  auto profiles = RuleProfiles<Profile>::load(artifact, kMagic, "the IPS", read_profile);
  if (!profiles) return std::move(profiles).error();
  return std::unique_ptr<const IpsPolicy>(new IpsPolicy(*std::move(profiles)));
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

namespace {

/// What the profile says of this rule alone; nothing: it is treated as the rest.
std::optional<RuleUse> override_of(const Profile& profile, std::uint32_t signature) {
  if (holds(profile.excluded, signature)) return RuleUse::off;
  if (holds(profile.reset, signature)) return RuleUse::reset;
  if (holds(profile.blocked, signature)) return RuleUse::block;
  return std::nullopt;
}

}  // namespace

std::vector<RuleUse> uses_of(const Ruleset& rules, const Profile& profile) {
  std::vector<RuleUse> uses(rules.num_rules(), RuleUse::off);
  if (!profile.enabled) return uses;
  for (std::uint32_t i = 0; i < uses.size(); ++i) {
    const auto rule = rules.info(i);
    if (const auto use = override_of(profile, rule.signature)) {
      uses[i] = *use;
      continue;
    }
    const bool asked_for = rule.own || rule.action != rules::RuleAction::alert;
    if (severity_of(rule) < profile.minimum && !asked_for) continue;
    uses[i] = holds(profile.monitored, rule.signature) ? RuleUse::report : profile.usual;
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
