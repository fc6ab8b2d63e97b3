#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/base/address.h"
#include "engines/callback/recent_table.h"
#include "engines/callback/sensitivity.h"

namespace sekisho::engines::callback {

/// Where a host connects to: a server's name where one is known, otherwise its address.
struct BeaconPeer {
  IpAddress client;
  IpAddress server;
  std::string_view name{};  // canonical; empty: none is known
  std::uint16_t port = 0;
  std::uint8_t ip_protocol = 0;
};

struct BeaconFinding {
  std::uint32_t period_ms = 0;  // median
  std::uint32_t bytes = 0;      // of one call, median
  std::uint32_t intervals = 0;  // looked at
  std::uint8_t confidence = 0;  // 0-100
};

/// Finds hosts that call the same server again and again at about the same interval with about the
/// same number of bytes. It looks at the newest intervals between calls to one peer. The longest
/// may be three times the shortest (a call is missed now and then); without these two the longest
/// is at most 1.9 times the shortest, as jitter of 30 % makes 1.86; without the smallest and the
/// largest call the largest is at most 1.3 times the smallest. What is left out: protocols that are
/// periodic by design, and servers that several hosts call. For one worker.
class BeaconDetector {
 public:
  static constexpr std::size_t kPeers = 8192, kServers = 4096, kIntervals = 20;
  static constexpr std::uint64_t kLeastPeriodMs = 5'000, kMostPeriodMs = 86'400'000;
  /// A finding about one peer is told again after so long.
  static constexpr std::uint64_t kToldAgainMs = 3'600'000;
  /// A server that so many hosts call is everybody's.
  static constexpr int kClientsOfService = 4;

  explicit BeaconDetector(std::uint64_t secret)
      : secret_(secret), peers_(kPeers), servers_(kServers) {}

  /// A call, that is a connection or a burst in one behind a pause: when it began, and the bytes
  /// that the client sent. Calls may be told of late, in order. `at_ms` of any steady clock.
  std::optional<BeaconFinding> add_call(const BeaconPeer& peer, std::uint64_t at_ms,
                                        std::uint64_t bytes, Sensitivity sensitivity) noexcept;
  /// Whether a finding about `peer` was told within kToldAgainMs.
  bool is_suspect(const BeaconPeer& peer, std::uint64_t now_ms) const noexcept;

 private:
  using Series = std::array<std::uint32_t, kIntervals>;
  struct Peer {
    std::uint64_t last_ms = 0;
    std::uint64_t told_ms = 0;
    Series intervals_ms{};
    Series bytes{};
    std::uint32_t count = 0;  // of calls so far
    bool told = false;
  };
  struct Server {
    std::uint64_t clients = 0;  // a bit a client
  };
  std::uint64_t key_of(const BeaconPeer& peer, bool with_client) const noexcept;
  bool is_everybodys(const BeaconPeer& peer, std::uint32_t now) noexcept;
  static std::optional<BeaconFinding> look_at(const Peer& peer, std::uint32_t least) noexcept;

  std::uint64_t secret_;
  RecentTable<Peer> peers_;
  RecentTable<Server> servers_;
};

}  // namespace sekisho::engines::callback
