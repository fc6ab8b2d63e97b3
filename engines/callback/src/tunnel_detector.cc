#include "engines/callback/tunnel_detector.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "engines/callback/known_services.h"
#include "engines/callback/name_score.h"

namespace sekisho::engines::callback {
namespace {

constexpr BySensitivity<std::uint32_t> kLeastNames{80, 32, 16};
/// Below the registered domain: what one name carries on average, and of how many bits a character.
/// Host names of clouds and CDNs are shorter or repeat themselves.
constexpr std::uint32_t kLeastNameBytes = 24, kLeastEntropy = 300;
/// Of queries for unusual types less is enough, as the data comes in the answers.
constexpr std::uint32_t kLeastOddNameBytes = 8, kLeastAnswerBytes = 100;

/// Types that a tunnel asks for because their answers hold most: CNAME, NULL, TXT, KEY, PRIVATE.
bool is_odd_type(std::uint16_t type) noexcept {
  return type == 5 || type == 10 || type == 16 || type == 25 || type == 65399;
}

/// A name as data and the domain that gets it. Clients that speak to the tunnel's server itself
/// need no domain (dnscat2): their names have no top-level domain, and all are of one.
struct Parts {
  std::string_view domain, carried;
};

bool is_top_level(std::string_view label) noexcept {
  constexpr std::size_t kLongest = 24;
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return label.starts_with("xn--") ||
         (label.size() <= kLongest && std::all_of(label.begin(), label.end(), is_letter));
}

Parts parts_of(std::string_view name) noexcept {
  const auto dot = name.rfind('.');
  const bool has_top = is_top_level(dot == name.npos ? name : name.substr(dot + 1));
  if (!has_top) return {"", name};
  const auto domain = registered_domain(name);
  if (domain.empty() || domain.size() == name.size()) return {domain, {}};
  return {domain, name.substr(0, name.size() - domain.size() - 1)};
}

/// c log2 c in thousandths, for the counts that a name can have.
const std::array<std::uint32_t, 256>& count_logs() noexcept {
  static const auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::size_t i = 2; i < table.size(); ++i)
      table[i] = static_cast<std::uint32_t>(1000 * static_cast<double>(i) *
                                            std::log2(static_cast<double>(i)));
    return table;
  }();
  return kTable;
}

/// Shannon's, in hundredths of a bit a character.
std::uint32_t entropy_of(std::string_view text) noexcept {
  if (text.empty() || text.size() > 255) return 0;
  std::array<std::uint8_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  const auto& logs = count_logs();
  std::uint32_t repeated = 0;
  for (const auto count : counts) repeated += logs[count];
  const auto size = static_cast<std::uint32_t>(text.size());
  return (logs[size] - repeated) / size / 10;
}

}  // namespace

std::uint64_t TunnelDetector::key_of(const IpAddress& client,
                                     std::string_view domain) const noexcept {
  return KeyHash(secret_).add(client).add(domain).value();
}

std::optional<TunnelFinding> TunnelDetector::add_query(const IpAddress& client,
                                                       std::string_view name, std::uint16_t type,
                                                       Sensitivity sensitivity,
                                                       std::uint32_t now_s) noexcept {
  const auto [registered, carried] = parts_of(name);
  if (carried.empty() || is_look_up_service(name)) return std::nullopt;
  auto& domain = domains_.at(key_of(client, registered), now_s);
  if (now_s - domain.begun_s >= kWindowSeconds) {
    const Domain before = domain;
    domain = {};
    domain.begun_s = now_s;
    domain.told = before.told && now_s - before.told_s < kWindowSeconds;
    domain.told_s = before.told_s;
  }
  const auto bit = KeyHash(secret_).add(carried).value() % (domain.seen.size() * 64);
  auto& word = domain.seen[bit / 64];
  const auto mask = std::uint64_t{1} << bit % 64;
  if ((word & mask) != 0) return std::nullopt;
  word |= mask;
  const auto bytes = static_cast<std::uint32_t>(carried.size());
  ++domain.names;
  domain.name_bytes += bytes;
  domain.entropy += std::uint64_t{entropy_of(carried)} * bytes;
  domain.odd_types += is_odd_type(type) ? 1 : 0;
  if (domain.told) return std::nullopt;
  auto found = look_at(domain, sensitivity);
  if (found) {
    domain.told = true;
    domain.told_s = now_s;
  }
  return found;
}

std::optional<TunnelFinding> TunnelDetector::look_at(const Domain& domain,
                                                     Sensitivity sensitivity) noexcept {
  if (domain.names < kLeastNames[sensitivity]) return std::nullopt;
  const auto mean_bytes = domain.name_bytes / domain.names;
  const auto entropy = domain.entropy / std::max(domain.name_bytes, 1U);
  const bool by_names = mean_bytes >= kLeastNameBytes && entropy >= kLeastEntropy;
  const bool by_answers = domain.odd_types * 2 >= domain.names &&
                          mean_bytes >= kLeastOddNameBytes && entropy >= kLeastEntropy / 2 &&
                          domain.answer_bytes >= domain.names * kLeastAnswerBytes;
  if (!by_names && !by_answers) return std::nullopt;
  return TunnelFinding{.names = domain.names,
                       .name_bytes = domain.name_bytes,
                       .answer_bytes = domain.answer_bytes,
                       .confidence = static_cast<std::uint8_t>(by_names && by_answers ? 90 : 75)};
}

void TunnelDetector::add_answer(const IpAddress& client, std::string_view name, std::uint32_t bytes,
                                std::uint32_t now_s) noexcept {
  const auto key = key_of(client, parts_of(name).domain);
  if (domains_.find(key) == nullptr) return;  // nobody asked
  auto& domain = domains_.at(key, now_s);
  domain.answer_bytes += std::min(bytes, 65535U);
}

bool TunnelDetector::is_suspect(const IpAddress& client, std::string_view name,
                                std::uint32_t now_s) const noexcept {
  const auto* domain = domains_.find(key_of(client, parts_of(name).domain));
  return domain != nullptr && domain->told && now_s - domain->told_s < kWindowSeconds;
}

}  // namespace sekisho::engines::callback
