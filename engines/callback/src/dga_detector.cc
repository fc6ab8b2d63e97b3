#include "engines/callback/dga_detector.h"

#include <algorithm>

#include "engines/callback/known_services.h"
#include "engines/callback/name_score.h"

namespace sekisho::engines::callback {
namespace {

constexpr BySensitivity<std::uint32_t> kLeastNames{24, 12, 6};

bool looks_made(std::string_view name) noexcept {
  const auto oddity = name_oddity(chosen_label(name));
  return oddity && *oddity >= kMachineMade;
}

}  // namespace

std::optional<DgaFinding> DgaDetector::add_unresolved(const IpAddress& client,
                                                      std::string_view name,
                                                      Sensitivity sensitivity,
                                                      std::uint32_t now_s) noexcept {
  const auto domain = registered_domain(name);
  if (domain.empty() || is_look_up_service(name)) return std::nullopt;
  auto& host = hosts_.at(KeyHash(secret_).add(client).value(), now_s);
  if (now_s - host.begun_s >= kWindowSeconds) {
    const auto told = host.told;
    const auto told_s = host.told_s;
    host = {};
    host.begun_s = now_s;
    host.told = told && now_s - told_s < kWindowSeconds;
    host.told_s = told_s;
  }
  const auto bit = KeyHash(secret_).add(domain).value() % (host.seen.size() * 64);
  auto& word = host.seen[bit / 64];
  const auto mask = std::uint64_t{1} << bit % 64;
  if ((word & mask) != 0) return std::nullopt;
  word |= mask;
  ++(looks_made(domain) ? host.odd : host.other);
  // A resolver that cannot reach the world leaves ordinary names unresolved, too.
  if (host.told || host.odd < kLeastNames[sensitivity] || host.odd < host.other)
    return std::nullopt;
  host.told = true;
  host.told_s = now_s;
  const auto share = 100U * host.odd / (0U + host.odd + host.other);
  return DgaFinding{host.odd, static_cast<std::uint8_t>(std::min(share, 95U))};
}

bool DgaDetector::is_suspect(const IpAddress& client, std::string_view name,
                             std::uint32_t now_s) const noexcept {
  const auto* host = hosts_.find(KeyHash(secret_).add(client).value());
  return host != nullptr && host->told && now_s - host->told_s < kWindowSeconds && looks_made(name);
}

}  // namespace sekisho::engines::callback
