#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/address.h"
#include "engines/callback/beacon_detector.h"
#include "engines/callback/dga_detector.h"
#include "engines/callback/tunnel_detector.h"

namespace sekisho::dataplane {

/// One host's callbacks of the last hour.
struct HostCallbacks {
  static constexpr std::size_t kMinutes = 60;

  IpAddress host;
  std::uint32_t last_minute = 0;  // of the worker's clock
  std::uint64_t last_ns = 0;
  std::array<std::uint32_t, kMinutes> by_minute{};  // of minute m at m % kMinutes

  std::uint64_t in_last_hour(std::uint32_t minute) const noexcept;
};

/// Callbacks counted by host. Bounded: who called longest ago makes room. For one thread.
class CallbackCounts {
 public:
  static constexpr std::size_t kHosts = 512;

  void add(const IpAddress& host, std::uint64_t now_ns) noexcept;
  std::span<const HostCallbacks> hosts() const noexcept { return std::span(hosts_).first(count_); }

 private:
  std::array<HostCallbacks, kHosts> hosts_{};
  std::size_t count_ = 0;
};

/// What a worker remembers of hosts to find callbacks by their behaviour.
struct CallbackWatch {
  explicit CallbackWatch(std::uint64_t secret) : names(secret), beacons(secret), tunnels(secret) {}
  engines::callback::DgaDetector names;
  engines::callback::BeaconDetector beacons;
  engines::callback::TunnelDetector tunnels;
  CallbackCounts counts;
};

/// What a worker knows of the callbacks of one flow.
struct FlowCallback {
  std::uint64_t call_ns = 0;     // when the client's latest call in it began; 0: with the flow
  std::uint64_t call_bytes = 0;  // of the client before that
  std::uint64_t told_name = 0;   // hash of the DNS name that was told last
  bool told = false;             // that it leads to a listed server
  bool refused = false;          // for that
};

}  // namespace sekisho::dataplane
