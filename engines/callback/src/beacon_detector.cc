#include "engines/callback/beacon_detector.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <span>

#include "engines/callback/known_services.h"

namespace sekisho::engines::callback {
namespace {

constexpr BySensitivity<std::uint32_t> kLeastIntervals{20, 10, 7};
/// In hundredths.
constexpr std::uint64_t kMostIntervalRatio = 190, kMostOfAll = 300, kMostBytesRatio = 130;
/// Acknowledgements come and go in a call that is otherwise the same.
constexpr std::uint32_t kBytesOfChance = 200;

std::uint32_t clamp(std::uint64_t value) noexcept {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(value, kMost));
}

/// In hundredths.
std::uint64_t ratio_of(std::uint32_t most, std::uint32_t least) noexcept {
  return std::uint64_t{most} * 100 / std::max(least, 1U);
}

struct Spread {
  std::uint32_t smallest, least, median, most, largest;  // least, most: but for those outside
  std::uint64_t ratio() const noexcept { return ratio_of(most, least); }
  std::uint64_t whole_ratio() const noexcept { return ratio_of(largest, smallest); }
};

Spread spread_of(std::span<std::uint32_t> values) noexcept {
  std::sort(values.begin(), values.end());
  return {values.front(), values[1], values[values.size() / 2], values[values.size() - 2],
          values.back()};
}

}  // namespace

std::uint64_t BeaconDetector::key_of(const BeaconPeer& peer, bool with_client) const noexcept {
  KeyHash hash(secret_);
  hash.add(std::uint64_t{peer.port} << 8 | peer.ip_protocol);
  if (with_client) hash.add(peer.client);
  return peer.name.empty() ? hash.add(peer.server).value() : hash.add(peer.name).value();
}

/// Notes that this client calls the server, too.
bool BeaconDetector::is_everybodys(const BeaconPeer& peer, std::uint32_t now) noexcept {
  auto& server = servers_.at(key_of(peer, false), now);
  server.clients |= std::uint64_t{1} << KeyHash(secret_).add(peer.client).value() % 64;
  return std::popcount(server.clients) >= kClientsOfService;
}

std::optional<BeaconFinding> BeaconDetector::add_call(const BeaconPeer& peer, std::uint64_t at_ms,
                                                      std::uint64_t bytes,
                                                      Sensitivity sensitivity) noexcept {
  if (is_periodic_service(peer.ip_protocol, peer.port)) return std::nullopt;
  const auto now = static_cast<std::uint32_t>(at_ms / 1000);
  const bool everybodys = is_everybodys(peer, now);
  auto& known = peers_.at(key_of(peer, true), now);
  if (known.count != 0 && at_ms < known.last_ms) return std::nullopt;  // told of out of order
  const auto interval = at_ms - known.last_ms;
  if (known.count != 0 && interval < kLeastPeriodMs) {
    // Of one call: a page is fetched over several connections.
    auto& last = known.bytes[(known.count - 1) % kIntervals];
    last = clamp(std::uint64_t{last} + bytes);
    return std::nullopt;
  }
  if (known.count != 0) known.intervals_ms[(known.count - 1) % kIntervals] = clamp(interval);
  known.bytes[known.count % kIntervals] = clamp(bytes);
  known.last_ms = at_ms;
  ++known.count;
  const bool waits = known.told && at_ms - known.told_ms < kToldAgainMs;
  if (everybodys || waits) return std::nullopt;
  auto found = look_at(known, kLeastIntervals[sensitivity]);
  if (found) {
    known.told = true;
    known.told_ms = at_ms;
  }
  return found;
}

/// Of the newest intervals the `least` that are wanted, or all that are kept.
std::optional<BeaconFinding> BeaconDetector::look_at(const Peer& peer,
                                                     std::uint32_t least) noexcept {
  if (peer.count <= least) return std::nullopt;
  Series intervals, bytes;
  for (std::uint32_t i = 0; i < least; ++i) {
    intervals[i] = peer.intervals_ms[(peer.count - 2 - i) % kIntervals];
    bytes[i] = peer.bytes[(peer.count - 1 - i) % kIntervals];
  }
  const auto time = spread_of(std::span(intervals).first(least));
  const auto size = spread_of(std::span(bytes).first(least));
  const bool is_regular = time.ratio() <= kMostIntervalRatio && time.whole_ratio() <= kMostOfAll &&
                          time.median <= kMostPeriodMs;
  const bool is_alike = size.most - size.least <= kBytesOfChance || size.ratio() <= kMostBytesRatio;
  if (!is_regular || !is_alike) return std::nullopt;
  // 190 hundredths are barely regular, 100 are a clock.
  const auto confidence =
      50 + (kMostIntervalRatio - std::max<std::uint64_t>(100, time.ratio())) / 2;
  return BeaconFinding{.period_ms = time.median,
                       .bytes = size.median,
                       .intervals = least,
                       .confidence = static_cast<std::uint8_t>(confidence)};
}

bool BeaconDetector::is_suspect(const BeaconPeer& peer, std::uint64_t now_ms) const noexcept {
  const auto* known = peers_.find(key_of(peer, true));
  return known != nullptr && known->told &&
         now_ms - std::min(now_ms, known->told_ms) < kToldAgainMs;
}

}  // namespace sekisho::engines::callback
