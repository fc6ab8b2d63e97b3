#include <algorithm>
#include <array>
#include <map>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "config/policy/dns_settings.h"
#include "engines/dns/dns_policy.h"
#include "engines/profiles/host_patterns.h"
#include "engines/profiles/settings.h"

namespace sekisho::engines::dns {
namespace {

constexpr ProfileMagic kMagic{'s', 'e', 'k', 'd', 'n', 's', '0', '2'};
constexpr std::array<std::string_view, 3> kEchWords{"allow", "strip", "block"};  // EchHandling

Profile profile_of(const policy::Section& section) {
  Profile profile{.filters_names = setting<bool>(section, "url_filter"),
                  .ech_names = setting<std::vector<std::string>>(section, "ech_names"),
                  .blocks_encrypted = setting<std::string>(section, "encrypted_dns") == "block"};
  for (const auto& name : setting<std::vector<std::string>>(section, "safe_search"))
    profile.safe_search = static_cast<SafeSearches>(profile.safe_search | safe_search_called(name));
  profile.ech = static_cast<EchHandling>(place_of(kEchWords, setting<std::string>(section, "ech")));
  return profile;
}

void write_profile(const Profile& profile, ProfileWriter& out) {
  out.u8(profile.filters_names);
  out.u8(static_cast<std::size_t>(profile.ech));
  out.u8(profile.blocks_encrypted);
  out.be16(profile.safe_search);
  out.be16(profile.ech_names.size());
  for (const auto& name : profile.ech_names) {
    out.u8(name.size());
    out.raw(name);
  }
}

std::variant<Artifact, Diagnostics> compile_policy(const CompileInput& input, Diagnostics&) {
  std::map<std::string_view, Profile> profiles;
  for (const auto& profile : input.policy.profiles)
    if (auto known = profile_of(profile.sections.find("dns")->second); known.acts())
      profiles.emplace(profile.name, std::move(known));
  return write_rule_profiles(kMagic, input.policy, profiles, write_profile);
}

bool read_profile(ByteReader& reader, Profile& out) {
  constexpr unsigned kKnownSearches = (1U << policy::kSafeSearchNames.size()) - 1;
  std::uint8_t filters = 0, ech = 0, encrypted = 0;
  std::uint16_t num_names = 0;
  if (!reader.u8(filters) || !reader.u8(ech) || !reader.u8(encrypted) ||
      !reader.be16(out.safe_search) || !reader.be16(num_names) || filters > 1 || encrypted > 1 ||
      ech >= kEchWords.size() || (out.safe_search & ~kKnownSearches) != 0 ||
      num_names > reader.rest().size())
    return false;
  out.filters_names = filters != 0;
  out.blocks_encrypted = encrypted != 0;
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
  return fits_any(ech_names, name);
}

Result<std::unique_ptr<const DnsPolicy>> DnsPolicy::load(std::span<const std::byte> artifact) {
  auto profiles = RuleProfiles<Profile>::load(artifact, kMagic, "DNS", read_profile);
  if (!profiles) return std::move(profiles).error();
  return std::unique_ptr<const DnsPolicy>(new DnsPolicy(*std::move(profiles)));
}

DnsPolicy::DnsPolicy(RuleProfiles<Profile> profiles) : profiles_(std::move(profiles)) {
  for (const auto& profile : profiles_.all()) {
    acts_ |= profile.acts();
    filters_names_ |= profile.filters_names;
    refuses_ech_ |= profile.ech == EchHandling::block;
    blocks_encrypted_ |= profile.blocks_encrypted;
  }
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
