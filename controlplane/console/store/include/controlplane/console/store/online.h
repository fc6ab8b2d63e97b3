#pragma once

#include <cstdint>
#include <string_view>

namespace sekisho::console {

/// A gateway is online while a console has its stream (gateways.console) and the gateway was heard
/// on it (gateways.seen_at) at most this long ago. Gateways report every 15 s; a console that was
/// killed leaves its gateways "online" for this long, unless they come back to another one before.
inline constexpr std::int64_t kOnlineForMs = 45'000;

constexpr bool is_online(std::string_view console, std::int64_t seen_at, std::int64_t now) {
  return !console.empty() && seen_at > now - kOnlineForMs;
}

}  // namespace sekisho::console
