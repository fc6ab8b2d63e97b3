#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/address.h"
#include "config/base/byte_reader.h"
#include "config/base/result.h"
#include "config/base/text_bytes.h"
#include "config/policy/policy.h"
#include "engines/api/engine.h"

namespace sekisho::engines {

/// The first bytes of an engine's section; another form of the section has another number in them.
using ProfileMagic = std::array<char, 8>;

/// Bytes of a section of the snapshot; integers are big-endian, as ByteReader reads them.
class ProfileWriter {
 public:
  void u8(std::uint64_t value) { put(value, 1); }
  void be16(std::uint64_t value) { put(value, 2); }
  void be32(std::uint64_t value) { put(value, 4); }
  void address(const IpAddress& address);  // 16 bytes
  void raw(std::string_view bytes);
  Artifact finish() && { return std::move(out_); }

 private:
  void put(std::uint64_t value, int bytes);
  Artifact out_;
};

/// What one engine is told by the security profile of each firewall rule. In the snapshot: magic,
/// number of firewall rules + 1, of profiles; the index of each rule's profile; then the profiles.
template <class Profile>
class RuleProfiles {
 public:
  static constexpr std::uint16_t kNone = 0xffff;

  /// Index of the profile of firewall rule `number` (0: no rule matched); kNone: it has none.
  std::uint16_t index_of(std::uint32_t number) const noexcept {
    return number < of_rules_.size() ? of_rules_[number] : kNone;
  }
  /// Likewise, the profile; null: the rule has none.
  const Profile* of_rule(std::uint32_t number) const noexcept {
    const auto index = index_of(number);
    return index == kNone ? nullptr : &profiles_[index];
  }
  const std::vector<Profile>& all() const noexcept { return profiles_; }
  bool is_used() const noexcept { return !profiles_.empty(); }

  /// `read(ByteReader&, Profile&)` says whether a profile is whole. Refuses damaged bytes, and says
  /// of whose profiles ("the IPS"); keeps nothing of them.
  template <class Read>
  static Result<RuleProfiles> load(std::span<const std::byte> artifact, const ProfileMagic& magic,
                                   std::string_view whose, Read&& read) {
    const Error damaged{Error::Code::invalid_input,
                        "the profiles of " + std::string(whose) + " are damaged"};
    ByteReader reader(bytes_of(artifact));
    RuleProfiles result;
    std::uint16_t num_profiles = 0;
    if (!result.read_rules(reader, magic, num_profiles)) return damaged;
    result.profiles_.resize(num_profiles);
    for (auto& profile : result.profiles_)
      if (!read(reader, profile)) return damaged;
    if (!reader.rest().empty()) return damaged;
    return result;
  }

 private:
  bool read_rules(ByteReader& reader, const ProfileMagic& magic, std::uint16_t& num_profiles) {
    std::span<const std::uint8_t> begin;
    std::uint32_t num_rules = 0;
    if (!reader.take(magic.size(), begin) ||
        !std::equal(begin.begin(), begin.end(), magic.begin()) || !reader.be32(num_rules) ||
        !reader.be16(num_profiles) || num_rules > reader.rest().size() / 2)
      return false;
    of_rules_.resize(num_rules);
    return std::all_of(of_rules_.begin(), of_rules_.end(), [&](std::uint16_t& index) {
      return reader.be16(index) && (index == kNone || index < num_profiles);
    });
  }

  std::vector<std::uint16_t> of_rules_;
  std::vector<Profile> profiles_;
};

/// The section's bytes. `profiles` are those of the policy for which the engine has something to
/// do, by name; those of no enabled rule are left out. `write(const Profile&, ProfileWriter&)`
/// writes one.
template <class Profile, class Write>
Artifact write_rule_profiles(const ProfileMagic& magic, const policy::Policy& policy,
                             const std::map<std::string_view, Profile>& profiles, Write&& write) {
  std::map<std::string_view, std::size_t> indexes;
  std::vector<const Profile*> used;
  std::vector<std::size_t> of_rules{RuleProfiles<Profile>::kNone};  // no rule, no profile
  for (const auto& rule : policy.rules) {
    const auto found = profiles.find(rule.profile);
    if (!rule.enabled || found == profiles.end()) {
      of_rules.push_back(RuleProfiles<Profile>::kNone);
      continue;
    }
    const auto [index, is_new] = indexes.emplace(found->first, used.size());
    if (is_new) used.push_back(&found->second);
    of_rules.push_back(index->second);
  }
  ProfileWriter out;
  out.raw({magic.data(), magic.size()});
  out.be32(of_rules.size());
  out.be16(used.size());
  for (const auto index : of_rules) out.be16(index);
  for (const auto* profile : used) write(*profile, out);
  return std::move(out).finish();
}

}  // namespace sekisho::engines
