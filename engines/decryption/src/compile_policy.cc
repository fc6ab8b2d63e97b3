// From what administrators write to what a worker asks.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "artifact.h"
#include "engines/profiles/settings.h"
#include "rules/applications/catalogue.h"
#include "rules/contents/own_applications.h"
#include "rules/urls/categories.h"

namespace sekisho::engines::decryption {
namespace {

/// What authenticates its clients in a way that decryption breaks (R173, R174).
constexpr std::array<std::string_view, 3> kKnownHosts{"*.akaetp.net", "*.akamai.com",
                                                      "*.akamai-zt.com"};
constexpr std::array<std::string_view, 3> kUntrustedWords{"refuse", "show",
                                                          "trust"};  // UntrustedOrigin
static_assert(rules::kMaxUrlCategory / 64 < CategorySet{}.size());

using Texts = std::vector<std::string>;

bool blocks(const policy::Section& section, std::string_view name) {
  return setting<std::string>(section, name) == "block";
}

/// The names that check_content_names() let through.
CategorySet categories_of(const policy::Policy& policy, const Texts& names) {
  CategorySet set{};
  const auto add = [&set](std::size_t id) { set[id / 64] |= std::uint64_t{1} << id % 64; };
  const auto& own = policy.url_categories;
  for (const std::string& name : names) {
    constexpr std::string_view kGroup = "group:";
    if (name.starts_with(kGroup)) {
      for (const auto& one : rules::url_categories())
        if (one.group == std::string_view(name).substr(kGroup.size())) add(one.id);
    } else if (const auto* category = rules::find_url_category(name)) {
      add(category->id);
    } else {
      for (std::size_t i = 0; i < std::min(own.size(), OwnCategories::kMax); ++i)
        if (own[i].name == name) add(OwnCategories::kFirstId + i);
    }
  }
  return set;
}

std::vector<ApplicationId> applications_of(const policy::Policy& policy, const Texts& names) {
  std::set<ApplicationId> ids;
  for (const std::string& name : names) {
    for (const auto id : rules::select_own_applications(policy, name)) ids.insert(id);
    const auto selector = rules::ApplicationSelector::find(name);
    if (!selector) continue;
    for (const auto& one : rules::applications())
      if (selector->selects(one)) ids.insert(one.id);
  }
  return {ids.begin(), ids.end()};
}

void add_hosts(std::span<const std::string_view> patterns, Profile& profile) {
  for (const auto pattern : patterns) {
    if (pattern.starts_with("*."))
      profile.domains.emplace_back(pattern.substr(2));
    else
      profile.hosts.emplace_back(pattern);
  }
}

template <class Values>
void make_ascending(Values& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

Profile profile_of(const policy::Policy& policy, const policy::SecurityProfile& source) {
  const auto& section = source.sections.find("https_decryption")->second;
  const auto& dns = source.sections.find("dns")->second;
  Profile profile;
  for (const auto port : setting<std::vector<std::int64_t>>(section, "ports"))
    profile.ports.push_back(static_cast<std::uint16_t>(port));
  profile.untrusted_origin = static_cast<UntrustedOrigin>(
      place_of(kUntrustedWords, setting<std::string>(section, "untrusted_origin")));
  if (setting<bool>(section, "smart_bypass"))
    profile.smart_bypass_minutes =
        static_cast<std::uint16_t>(setting<std::int64_t>(section, "smart_bypass_minutes"));
  profile.blocks_failure = blocks(section, "on_failure");
  profile.blocks_not_tls = blocks(section, "not_tls");
  profile.blocks_encrypted_hello = blocks(section, "encrypted_client_hello");
  const auto& hosts = setting<Texts>(section, "exempt_hosts");
  const std::vector<std::string_view> views(hosts.begin(), hosts.end());
  add_hosts(views, profile);
  if (setting<bool>(section, "exempt_known_hosts")) add_hosts(kKnownHosts, profile);
  profile.outer_names = setting<Texts>(dns, "ech_names");
  profile.applications = applications_of(policy, setting<Texts>(section, "exempt_applications"));
  profile.categories = categories_of(policy, setting<Texts>(section, "exempt_categories"));
  make_ascending(profile.ports);
  make_ascending(profile.hosts);
  make_ascending(profile.domains);
  make_ascending(profile.outer_names);
  return profile;
}

void write_texts(const Texts& texts, ProfileWriter& out) {
  out.be16(texts.size());
  for (const auto& text : texts) {
    out.u8(text.size());
    out.raw(text);
  }
}

void write_numbers(const std::vector<std::uint16_t>& numbers, ProfileWriter& out) {
  out.be16(numbers.size());
  for (const auto number : numbers) out.be16(number);
}

void write_profile(const Profile& profile, ProfileWriter& out) {
  out.u8((profile.blocks_failure ? kBlocksFailure : 0U) |
         (profile.blocks_not_tls ? kBlocksNotTls : 0U) |
         (profile.blocks_encrypted_hello ? kBlocksEncryptedHello : 0U));
  out.u8(static_cast<std::size_t>(profile.untrusted_origin));
  out.be16(profile.smart_bypass_minutes);
  write_numbers(profile.ports, out);
  write_numbers(profile.applications, out);
  for (const auto word : profile.categories) {
    out.be32(word >> 32);
    out.be32(word & 0xffffffff);
  }
  write_texts(profile.hosts, out);
  write_texts(profile.domains, out);
  write_texts(profile.outer_names, out);
}

}  // namespace

std::variant<Artifact, Diagnostics> compile_policy(const CompileInput& input, Diagnostics&) {
  std::map<std::string_view, Profile> profiles;
  for (const auto& profile : input.policy.profiles)
    if (setting<bool>(profile.sections.find("https_decryption")->second, "enabled"))
      profiles.emplace(profile.name, profile_of(input.policy, profile));
  return write_rule_profiles(kMagic, input.policy, profiles, write_profile);
}

}  // namespace sekisho::engines::decryption
