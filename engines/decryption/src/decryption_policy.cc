#include "engines/decryption/decryption_policy.h"

#include <algorithm>

#include "artifact.h"
#include "config/base/byte_reader.h"
#include "config/base/text_bytes.h"
#include "engines/profiles/host_patterns.h"

namespace sekisho::engines::decryption {
namespace {

template <class Values>
bool is_ascending(const Values& values) noexcept {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

bool read_numbers(ByteReader& reader, std::vector<std::uint16_t>& out) {
  std::uint16_t count = 0;
  if (!reader.be16(count) || count > reader.rest().size() / 2) return false;
  out.resize(count);
  return std::all_of(out.begin(), out.end(), [&](auto& number) { return reader.be16(number); }) &&
         is_ascending(out);
}

bool read_texts(ByteReader& reader, std::vector<std::string>& out) {
  std::uint16_t count = 0;
  if (!reader.be16(count) || count > reader.rest().size()) return false;
  out.resize(count);
  const auto read = [&](std::string& text) {
    std::uint8_t size = 0;
    std::span<const std::uint8_t> bytes;
    if (!reader.u8(size) || size == 0 || !reader.take(size, bytes)) return false;
    text = as_text(bytes);
    return true;
  };
  return std::all_of(out.begin(), out.end(), read) && is_ascending(out);
}

bool read_categories(ByteReader& reader, CategorySet& out) {
  return std::all_of(out.begin(), out.end(), [&](std::uint64_t& word) {
    std::uint32_t high = 0, low = 0;
    if (!reader.be32(high) || !reader.be32(low)) return false;
    word = std::uint64_t{high} << 32 | low;
    return true;
  });
}

bool read_profile(ByteReader& reader, Profile& out) {
  std::uint8_t flags = 0, untrusted = 0;
  if (!reader.u8(flags) || flags >= 2 * kBlocksEncryptedHello || !reader.u8(untrusted) ||
      untrusted > static_cast<std::uint8_t>(UntrustedOrigin::trust) ||
      !reader.be16(out.smart_bypass_minutes))
    return false;
  out.blocks_failure = (flags & kBlocksFailure) != 0;
  out.blocks_not_tls = (flags & kBlocksNotTls) != 0;
  out.blocks_encrypted_hello = (flags & kBlocksEncryptedHello) != 0;
  out.untrusted_origin = static_cast<UntrustedOrigin>(untrusted);
  return read_numbers(reader, out.ports) && read_numbers(reader, out.applications) &&
         read_categories(reader, out.categories) && read_texts(reader, out.hosts) &&
         read_texts(reader, out.domains) && read_texts(reader, out.outer_names);
}

bool has(const std::vector<std::string>& texts, std::string_view text) noexcept {
  return std::binary_search(texts.begin(), texts.end(), text, std::less<>());
}

bool has(const std::vector<std::uint16_t>& numbers, std::uint16_t number) noexcept {
  return std::binary_search(numbers.begin(), numbers.end(), number);
}

bool has(const CategorySet& set, UrlCategoryId id) noexcept {
  return id < 64 * set.size() && (set[id / 64] >> id % 64 & 1) != 0;
}

}  // namespace

bool Profile::has_port(std::uint16_t port) const noexcept { return has(ports, port); }

bool Profile::exempts_host(std::string_view host) const noexcept {
  if (host.empty()) return false;
  if (has(hosts, host)) return true;
  for (auto dot = host.find('.'); dot != host.npos; dot = host.find('.')) {
    host.remove_prefix(dot + 1);
    if (has(domains, host)) return true;
  }
  return false;
}

bool Profile::exempts_category(const UrlFacts& url) const noexcept {
  for (std::size_t i = 0; i < url.num_categories; ++i)
    if (has(categories, url.categories[i])) return true;
  constexpr std::size_t kOwnWord = OwnCategories::kFirstBit / 64;
  static_assert(kOwnWord + 2 == CategorySet{}.size());
  return (url.own_categories.words[0] & categories[kOwnWord]) != 0 ||
         (url.own_categories.words[1] & categories[kOwnWord + 1]) != 0;
}

bool Profile::exempts_application(ApplicationId application, ApplicationId carrier) const noexcept {
  return (application != 0 && has(applications, application)) ||
         (carrier != 0 && has(applications, carrier));
}

bool Profile::is_outer_name(std::string_view name) const noexcept {
  return fits_any(outer_names, name);
}

bool DecryptionPolicy::has_port(std::uint16_t port) const noexcept {
  const auto& all = profiles_.all();
  return std::any_of(all.begin(), all.end(),
                     [&](const Profile& profile) { return profile.has_port(port); });
}

Result<std::unique_ptr<const DecryptionPolicy>> DecryptionPolicy::load(
    std::span<const std::byte> artifact) {
  auto profiles = RuleProfiles<Profile>::load(artifact, kMagic, "decryption", read_profile);
  if (!profiles) return std::move(profiles).error();
  return std::unique_ptr<const DecryptionPolicy>(new DecryptionPolicy(*std::move(profiles)));
}

const EngineSpec kSpec{
    .name = "decryption",
    .flow_state_bytes = 0,
    .compile = compile_policy,
    .load = [](std::span<const std::byte> artifact) -> Result<std::unique_ptr<const Ruleset>> {
      auto policy = DecryptionPolicy::load(artifact);
      if (!policy) return std::move(policy).error();
      return std::unique_ptr<const Ruleset>(*std::move(policy));
    },
    .make = nullptr};

}  // namespace sekisho::engines::decryption
