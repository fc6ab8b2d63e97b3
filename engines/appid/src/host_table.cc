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

HostTable::HostTable() {
  std::size_t count = 0;
  const auto each_host = [](auto take) {
    for (const auto& application : rules::applications()) {
      for (const auto host : application.hosts) take(host, application.id);
      for (const auto& function : application.functions)
        for (const auto& signature : function.signatures)
          for (const auto host : signature.hosts) take(host, application.id);
    }
  };
  each_host([&](std::string_view, ApplicationId) { ++count; });
  entries_.resize(std::bit_ceil(2 * count + 1));  // at most half full: probes are short
  mask_ = entries_.size() - 1;
  each_host([&](std::string_view host, ApplicationId id) { add(host, id); });
  for (const auto& application : rules::applications()) {
    for (const auto type : application.content_types)
      media_types_.emplace_back(type, application.id);
    for (const auto agent : application.agents) agents_.emplace_back(agent, application.id);
    for (const auto& certificate : application.certificates)
      certificates_.push_back({certificate.subject, certificate.port, application.id});
  }
}

void HostTable::add(std::string_view suffix, ApplicationId application) {
  const auto hash = hash_of(suffix);
  auto at = hash & mask_;
  while (entries_[at].application != 0) at = (at + 1) & mask_;
  entries_[at] = {hash, application, suffix};
}

const HostTable::Entry* HostTable::probe(std::uint32_t hash,
                                         std::string_view suffix) const noexcept {
  for (auto at = hash & mask_; entries_[at].application != 0; at = (at + 1) & mask_)
    if (entries_[at].hash == hash && is_same(suffix, entries_[at].suffix)) return &entries_[at];
  return nullptr;
}

ApplicationId HostTable::find(std::string_view host) const noexcept {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() > kMaxHost) return 0;
  auto hash = kHashStart;
  ApplicationId found = 0;
  for (std::size_t i = host.size(); i-- > 0;) {
    hash = extended(hash, host[i]);
    if (i != 0 && host[i - 1] != '.') continue;
    if (const auto* entry = probe(hash, host.substr(i))) found = entry->application;
  }
  return found;
}

ApplicationId HostTable::find_media_type(std::string_view value) const noexcept {
  const auto type = value.substr(0, value.find_first_of("; \t"));
  for (const auto& [known, application] : media_types_)
    if (is_same(type, known)) return application;
  return 0;
}

ApplicationId HostTable::find_agent(std::string_view agent) const noexcept {
  for (const auto& [known, application] : agents_)
    if (agent.starts_with(known)) return application;
  return 0;
}

ApplicationId HostTable::find_certificate(std::string_view subject, std::string_view issuer,
                                          std::uint16_t port) const noexcept {
  // Relays of Tor certify a random name with another one (tor's crypto_random_hostname()).
  if (is_random_host(subject, ".net") && is_random_host(issuer, ".com"))
    return rules::application_id::kTor;
  for (const auto& known : certificates_)
    if ((known.port == 0 || known.port == port) && subject.find(known.subject) != subject.npos)
      return known.application;
  return 0;
}

const HostTable& HostTable::of_catalogue() {
  static const HostTable kTable;
  return kTable;
}

}  // namespace sekisho::engines::appid
