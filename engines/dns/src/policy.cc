#include <algorithm>
#include <array>
#include <map>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "config/policy/dns_settings.h"
#include "engines/dns/dns_policy.h"

namespace sekisho::engines::dns {
namespace {

constexpr std::array<char, 8> kMagic{'s', 'e', 'k', 'd', 'n', 's', '0', '1'};
constexpr std::array<std::string_view, 3> kEchWords{"allow", "strip", "block"};  // EchHandling

template <class T>
const T& setting(const policy::Section& section, std::string_view name) {
  return *std::get_if<T>(&section.find(name)->second);  // validated: every setting is there
}

Profile profile_of(const policy::Section& section) {
  Profile profile{.filters_names = setting<bool>(section, "url_filter"),
                  .ech_names = setting<std::vector<std::string>>(section, "ech_names")};
  for (const auto& name : setting<std::vector<std::string>>(section, "safe_search"))
    profile.safe_search = static_cast<SafeSearches>(profile.safe_search | safe_search_called(name));
  const auto word =
      std::find(kEchWords.begin(), kEchWords.end(), setting<std::string>(section, "ech"));
  profile.ech = static_cast<EchHandling>(word - kEchWords.begin());
  return profile;
}

/// The section of the snapshot, integers big-endian: magic, number of firewall rules + 1, of
/// profiles; an index a rule; then the profiles.
class Writer {
 public:
  void u8(std::size_t value) { out_.push_back(static_cast<std::byte>(value & 0xff)); }
  void be16(std::size_t value) {
    u8(value >> 8);
    u8(value);
  }
  void be32(std::size_t value) {
    be16(value >> 16);
    be16(value);
  }
  void raw(std::string_view text) {
    for (const char c : text) out_.push_back(static_cast<std::byte>(c));
  }
  void profile(const Profile& profile) {
    u8(profile.filters_names);
    u8(static_cast<std::size_t>(profile.ech));
    be16(profile.safe_search);
    be16(profile.ech_names.size());
    for (const auto& name : profile.ech_names) {
      u8(name.size());
      raw(name);
    }
  }
  Artifact finish() && { return std::move(out_); }

 private:
  Artifact out_;
};

std::variant<Artifact, Diagnostics> compile_policy(const CompileInput& input, Diagnostics&) {
  std::map<std::string_view, std::size_t> indexes;
  std::vector<Profile> profiles;
  for (const auto& profile : input.policy.profiles) {
    auto known = profile_of(profile.sections.find("dns")->second);
    if (!known.acts()) continue;
    indexes.emplace(profile.name, profiles.size());
    profiles.push_back(std::move(known));
  }
  constexpr std::size_t kNone = 0xffff;
  Writer out;
  out.raw({kMagic.data(), kMagic.size()});
  out.be32(input.policy.rules.size() + 1);
  out.be16(profiles.size());
  out.be16(kNone);  // no rule, no profile
  for (const auto& rule : input.policy.rules) {
    const auto found = indexes.find(rule.profile);
    out.be16(rule.enabled && found != indexes.end() ? found->second : kNone);
  }
  for (const auto& profile : profiles) out.profile(profile);
  return std::move(out).finish();
}

bool read_profile(ByteReader& reader, Profile& out) {
  constexpr unsigned kKnownSearches = (1U << policy::kSafeSearchNames.size()) - 1;
  std::uint8_t filters = 0, ech = 0;
  std::uint16_t num_names = 0;
  if (!reader.u8(filters) || !reader.u8(ech) || !reader.be16(out.safe_search) ||
      !reader.be16(num_names) || filters > 1 || ech >= kEchWords.size() ||
      (out.safe_search & ~kKnownSearches) != 0 || num_names > reader.rest().size())
    return false;
  out.filters_names = filters != 0;
  out.ech = static_cast<EchHandling>(ech);
  out.ech_names.resize(num_names);
  return std::all_of(out.ech_names.begin(), out.ech_names.end(), [&](std::string& name) {
    std::uint8_t length = 0;
    std::span<const std::uint8_t> text;
    if (!reader.u8(length) || !reader.take(length, text)) return false;
    name = as_text(text);
    return true;
  });
}

}  // namespace

bool Profile::refuses_ech(std::string_view name) const noexcept {
  if (ech != EchHandling::block) return false;
  return std::any_of(ech_names.begin(), ech_names.end(), [&](std::string_view known) {
    if (known == "*") return true;
    if (!known.starts_with("*.")) return known == name;
    return name.size() >= known.size() && name.ends_with(known.substr(1));
  });
}

Result<std::unique_ptr<const DnsPolicy>> DnsPolicy::load(std::span<const std::byte> artifact) {
  const Error damaged{Error::Code::invalid_input, "the profiles for DNS are damaged"};
  ByteReader reader(bytes_of(artifact));
  std::span<const std::uint8_t> magic;
  std::uint32_t num_rules = 0;
  std::uint16_t num_profiles = 0;
  if (!reader.take(kMagic.size(), magic) ||
      !std::equal(magic.begin(), magic.end(), kMagic.begin()) || !reader.be32(num_rules) ||
      !reader.be16(num_profiles) || num_rules > reader.rest().size() / 2)
    return damaged;
  std::unique_ptr<DnsPolicy> policy(new DnsPolicy);
  policy->profile_of_rule_.resize(num_rules);
  for (auto& profile : policy->profile_of_rule_)
    if (!reader.be16(profile) || (profile != kNoProfile && profile >= num_profiles)) return damaged;
  policy->profiles_.resize(num_profiles);
  for (auto& profile : policy->profiles_)
    if (!read_profile(reader, profile)) return damaged;
  if (!reader.rest().empty()) return damaged;
  for (std::uint32_t rule = 0; rule < num_rules; ++rule)
    if (const auto* profile = policy->profile_of(rule)) {
      policy->acts_ |= profile->acts();
      policy->filters_names_ |= profile->filters_names;
      policy->refuses_ech_ |= profile->ech == EchHandling::block;
    }
  return std::unique_ptr<const DnsPolicy>(std::move(policy));
}

const EngineSpec kSpec{
    .name = "dns",
    .flow_state_bytes = 0,
    .compile = compile_policy,
    .load =
        [](std::span<const std::byte> artifact) -> Result<std::unique_ptr<const engines::Ruleset>> {
      auto policy = DnsPolicy::load(artifact);
      if (!policy) return std::move(policy).error();
      return std::unique_ptr<const engines::Ruleset>(*std::move(policy));
    },
    .make = nullptr};

}  // namespace sekisho::engines::dns
