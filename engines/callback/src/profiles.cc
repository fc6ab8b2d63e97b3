#include "engines/callback/profiles.h"

#include <algorithm>
#include <array>
#include <map>

#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "engines/profiles/settings.h"

namespace sekisho::engines::callback {
namespace {

constexpr ProfileMagic kMagic{'s', 'e', 'k', 'c', 'a', 'l', '0', '1'};
constexpr std::array<std::string_view, 3> kActions{"monitor", "block", "reset"};
constexpr std::array<std::string_view, 3> kSensitivities{"low", "medium", "high"};

/// Two addresses of one family are a mistake of the policy.
Profile profile_of(const policy::SecurityProfile& profile, Diagnostics& mistakes) {
  const auto& section = profile.sections.find("callbacks")->second;
  Profile result;
  result.enabled = setting<bool>(section, "enabled");
  result.action = static_cast<Action>(place_of(kActions, setting<std::string>(section, "action")));
  result.sensitivity = static_cast<Sensitivity>(
      place_of(kSensitivities, setting<std::string>(section, "sensitivity")));
  result.block_detected = setting<bool>(section, "block_detected");
  result.excluded = setting<std::vector<std::string>>(section, "excluded_hosts");
  std::sort(result.excluded.begin(), result.excluded.end());
  for (const auto& text : setting<std::vector<std::string>>(section, "sinkhole")) {
    const auto address = parse_ip_address(text);
    if (!address) continue;
    auto& place = address->is_v4() ? result.sinkhole_v4 : result.sinkhole_v6;
    if (place)
      mistakes.push_back({profile.position, "profile '" + profile.name +
                                                "': sinkhole of callbacks has two addresses of "
                                                "one family"});
    place = *address;
  }
  return result;
}

void write_address(const std::optional<IpAddress>& address, ProfileWriter& out) {
  out.u8(address.has_value());
  out.address(address.value_or(IpAddress{}));
}

void write_profile(const Profile& profile, ProfileWriter& out) {
  out.u8(profile.enabled);
  out.u8(static_cast<std::uint8_t>(profile.action));
  out.u8(static_cast<std::uint8_t>(profile.sensitivity));
  out.u8(profile.block_detected);
  write_address(profile.sinkhole_v4, out);
  write_address(profile.sinkhole_v6, out);
  out.be32(profile.excluded.size());
  for (const auto& host : profile.excluded) {
    out.be16(host.size());
    out.raw(host);
  }
}

std::variant<Artifact, Diagnostics> compile_policy(const CompileInput& input,
                                                   Diagnostics& /*warnings*/) {
  Diagnostics mistakes;
  std::map<std::string_view, Profile> profiles;
  for (const auto& profile : input.policy.profiles)
    if (auto known = profile_of(profile, mistakes); known.enabled)
      profiles.emplace(profile.name, std::move(known));
  if (!mistakes.empty()) return mistakes;
  return write_rule_profiles(kMagic, input.policy, profiles, write_profile);
}

bool read_address(ByteReader& reader, std::optional<IpAddress>& out) {
  std::uint8_t has = 0;
  std::span<const std::uint8_t> bytes;
  IpAddress address;
  if (!reader.u8(has) || has > 1 || !reader.take(address.bytes.size(), bytes)) return false;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  if (has != 0) out = address;
  return true;
}

bool read_hosts(ByteReader& reader, std::vector<std::string>& out) {
  std::uint32_t count = 0;
  if (!reader.be32(count) || count > reader.rest().size() / 2) return false;
  out.resize(count);
  const auto read = [&](std::string& host) {
    std::uint16_t size = 0;
    std::span<const std::uint8_t> bytes;
    if (!reader.be16(size) || !reader.take(size, bytes)) return false;
    host = as_text(bytes);
    return true;
  };
  return std::all_of(out.begin(), out.end(), read) && std::is_sorted(out.begin(), out.end());
}

bool read_profile(ByteReader& reader, Profile& out) {
  std::uint8_t enabled = 0, action = 0, sensitivity = 0, block = 0;
  if (!reader.u8(enabled) || !reader.u8(action) || !reader.u8(sensitivity) || !reader.u8(block) ||
      enabled > 1 || action >= kActions.size() || sensitivity >= kSensitivities.size() || block > 1)
    return false;
  out.enabled = enabled != 0;
  out.action = static_cast<Action>(action);
  out.sensitivity = static_cast<Sensitivity>(sensitivity);
  out.block_detected = block != 0;
  return read_address(reader, out.sinkhole_v4) && read_address(reader, out.sinkhole_v6) &&
         read_hosts(reader, out.excluded);
}

Result<std::unique_ptr<const Ruleset>> load_ruleset(std::span<const std::byte> artifact) {
  auto policy = CallbackPolicy::load(artifact);
  if (!policy) return std::move(policy).error();
  return std::unique_ptr<const Ruleset>(*std::move(policy));
}

}  // namespace

bool Profile::excludes(std::string_view name) const noexcept {
  if (excluded.empty()) return false;
  if (std::binary_search(excluded.begin(), excluded.end(), name)) return true;
  for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    const auto below = name.substr(dot);  // ".example.com", for "*.example.com"
    const auto found = std::lower_bound(excluded.begin(), excluded.end(), below,
                                        [](std::string_view one, std::string_view wanted) {
                                          return one.starts_with('*') && one.substr(1) < wanted;
                                        });
    if (found != excluded.end() && found->starts_with('*') &&
        std::string_view(*found).substr(1) == below)
      return true;
  }
  return false;
}

Result<std::unique_ptr<const CallbackPolicy>> CallbackPolicy::load(
    std::span<const std::byte> artifact) {
  auto profiles = RuleProfiles<Profile>::load(artifact, kMagic, "callbacks", read_profile);
  if (!profiles) return std::move(profiles).error();
  return std::unique_ptr<const CallbackPolicy>(new CallbackPolicy(*std::move(profiles)));
}

const EngineSpec kSpec{.name = "callback",
                       .flow_state_bytes = 0,
                       .compile = compile_policy,
                       .load = load_ruleset,
                       .make = nullptr};

}  // namespace sekisho::engines::callback
