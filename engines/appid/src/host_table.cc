#include "engines/appid/host_table.h"

#include <algorithm>
#include <bit>

#include "rules/applications/catalogue.h"

namespace sekisho::engines::appid {
namespace {

constexpr std::size_t kMaxHost = 253;  // RFC 1035 §3.1, as text
constexpr std::uint32_t kHashStart = 2166136261U, kHashFactor = 16777619U;  // FNV-1a

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// From the right, so that every suffix's hash is met on the way to the whole name's.
constexpr std::uint32_t extended(std::uint32_t hash, char c) noexcept {
  return (hash ^ static_cast<std::uint8_t>(lower(c))) * kHashFactor;
}

std::uint32_t hash_of(std::string_view suffix) noexcept {
  auto hash = kHashStart;
  for (auto c = suffix.rbegin(); c != suffix.rend(); ++c) hash = extended(hash, *c);
  return hash;
}

/// "CN=www.<letters and digits of base 32>.<top>" and nothing else.
bool is_random_host(std::string_view name, std::string_view top) noexcept {
  constexpr std::string_view kBegin = "CN=www.";
  constexpr std::size_t kLeast = 8, kMost = 20;
  if (!name.starts_with(kBegin) || !name.ends_with(top) || name.size() < kBegin.size() + top.size())
    return false;
  const auto random = name.substr(kBegin.size(), name.size() - kBegin.size() - top.size());
  return random.size() >= kLeast && random.size() <= kMost &&
         random.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567") == random.npos;
}

bool is_same(std::string_view host, std::string_view suffix) noexcept {
  return std::equal(host.begin(), host.end(), suffix.begin(), suffix.end(),
                    [](char h, char s) { return lower(h) == s; });
}

}  // namespace

HostTable::HostTable(std::span<const rules::Application> applications) {
  std::size_t count = 0;
  const auto each_host = [applications](auto take) {
    for (const auto& application : applications) {
      for (const auto host : application.hosts) take(host, application.id);
      for (const auto& function : application.functions)
        for (const auto& signature : function.signatures)
          for (const auto host : signature.hosts) take(host, application.id);
    }
  };
  each_host([&](std::string_view, ApplicationId) { ++count; });
  make_room(count);
  each_host([&](std::string_view host, ApplicationId id) { add(host, Scope::host_and_below, id); });
  for (const auto& application : applications) {
    for (const auto type : application.content_types)
      media_types_.emplace_back(type, application.id);
    for (const auto agent : application.agents) agents_.emplace_back(agent, application.id);
    for (const auto print : application.ja4) ja4_.emplace_back(print, application.id);
    for (const auto& certificate : application.certificates)
      certificates_.push_back({certificate.subject, certificate.port, application.id});
  }
}

HostTable::HostTable(std::span<const OwnHost> own, const HostTable& catalogue)
    : catalogue_(&catalogue) {
  constexpr std::string_view kBelow = "*.";
  make_room(own.size());
  for (const auto& [pattern, application] : own) {
    const bool below = pattern.starts_with(kBelow);
    add(pattern.substr(below ? kBelow.size() : 0), below ? Scope::below : Scope::host, application);
  }
}

/// At most half full: probes are short.
void HostTable::make_room(std::size_t count) {
  entries_.resize(std::bit_ceil(2 * count + 1));
  mask_ = entries_.size() - 1;
}

void HostTable::add(std::string_view suffix, Scope scope, ApplicationId application) {
  const auto hash = hash_of(suffix);
  auto at = hash & mask_;
  while (entries_[at].application != 0) at = (at + 1) & mask_;
  entries_[at] = {hash, application, scope, suffix};
}

/// `is_whole`: the suffix is the host itself.
const HostTable::Entry* HostTable::probe(std::uint32_t hash, std::string_view suffix,
                                         bool is_whole) const noexcept {
  const auto other = is_whole ? Scope::below : Scope::host;
  for (auto at = hash & mask_; entries_[at].application != 0; at = (at + 1) & mask_) {
    const auto& entry = entries_[at];
    if (entry.hash == hash && entry.scope != other && is_same(suffix, entry.suffix)) return &entry;
  }
  return nullptr;
}

HostTable::Match HostTable::longest(std::string_view host) const noexcept {
  auto hash = kHashStart;
  Match found;
  for (std::size_t i = host.size(); i-- > 0;) {
    hash = extended(hash, host[i]);
    if (i != 0 && host[i - 1] != '.') continue;
    if (const auto* entry = probe(hash, host.substr(i), i == 0))
      found = {entry->application, host.size() - i};
  }
  return found;
}

ApplicationId HostTable::find(std::string_view host) const noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() > kMaxHost) return 0;
  const auto own = longest(host);
  if (catalogue_ == nullptr) return own.application;
  const auto known = catalogue_->longest(host);
  return known.suffix_bytes > own.suffix_bytes ? known.application : own.application;
}

ApplicationId HostTable::find_media_type(std::string_view value) const noexcept {
  if (catalogue_ != nullptr) return catalogue_->find_media_type(value);
  const auto type = value.substr(0, value.find_first_of("; \t"));
  for (const auto& [known, application] : media_types_)
    if (is_same(type, known)) return application;
  return 0;
}

ApplicationId HostTable::find_agent(std::string_view agent) const noexcept {
  if (catalogue_ != nullptr) return catalogue_->find_agent(agent);
  for (const auto& [known, application] : agents_)
    if (agent.starts_with(known)) return application;
  return 0;
}

ApplicationId HostTable::find_certificate(std::string_view subject, std::string_view issuer,
                                          std::uint16_t port) const noexcept {
  if (catalogue_ != nullptr) return catalogue_->find_certificate(subject, issuer, port);
  // Relays of Tor certify a random name with another one (tor's crypto_random_hostname()).
  if (is_random_host(subject, ".net") && is_random_host(issuer, ".com"))
    return rules::application_id::kTor;
  for (const auto& known : certificates_)
    if ((known.port == 0 || known.port == port) && subject.find(known.subject) != subject.npos)
      return known.application;
  return 0;
}

ApplicationId HostTable::find_ja4(std::string_view fingerprint) const noexcept {
  if (catalogue_ != nullptr) return catalogue_->find_ja4(fingerprint);
  ApplicationId longest = 0;
  std::size_t size = 0;
  for (const auto& [known, application] : ja4_) {
    const bool begins_so = fingerprint.starts_with(known) &&
                           (fingerprint.size() == known.size() || fingerprint[known.size()] == '_');
    if (!begins_so || known.size() <= size) continue;
    longest = application;
    size = known.size();
  }
  return longest;
}

const HostTable& HostTable::of_catalogue() {
  static const HostTable kTable(rules::applications());
  return kTable;
}

}  // namespace sekisho::engines::appid
