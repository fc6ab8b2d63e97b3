#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/base/address.h"

namespace sekisho::dataplane {

/// What a client asked DNS for, by the address that it was given: what it then sends there without
/// naming anybody is most likely for that name. A client is a MAC address, as it asks by IPv4 for
/// what it calls by IPv6; those behind a router are one. Of one worker, who has to see both the
/// question and the flow. A newer answer takes the place of an older one, so that memory is bounded
/// and what is old is forgotten. 1.1 MiB.
class ResolvedNames {
 public:
  static constexpr std::size_t kMax = 4096;  // a power of two

  /// `name`: lower case, without a trailing dot; one that DNS cannot have is left out.
  void put(const MacAddress& client, const IpAddress& server, std::string_view name) noexcept {
    auto& entry = entries_[slot_of(client, server)];
    if (name.empty() || name.size() > entry.name.size()) return;
    entry.server = server;
    entry.client = client;
    entry.bytes = static_cast<std::uint8_t>(name.size());
    std::copy(name.begin(), name.end(), entry.name.begin());
  }
  /// Valid until the next put(); empty: the client did not ask, or it is not known any more.
  std::string_view find(const MacAddress& client, const IpAddress& server) const noexcept {
    const auto& entry = entries_[slot_of(client, server)];
    const bool is_it = entry.client == client && entry.server == server;
    return is_it ? std::string_view(entry.name.data(), entry.bytes) : std::string_view();
  }

 private:
  struct Entry {
    IpAddress server;
    MacAddress client;
    std::uint8_t bytes = 0;
    std::array<char, 253> name;  // RFC 1035 §2.3.4
  };
  static std::size_t slot_of(const MacAddress& client, const IpAddress& server) noexcept {
    std::uint32_t hash = 2166136261U;
    for (const auto byte : client.bytes) hash = (hash ^ byte) * 16777619U;  // FNV-1a
    for (const auto byte : server.bytes) hash = (hash ^ byte) * 16777619U;
    return (hash ^ hash >> 16) % kMax;
  }
  std::array<Entry, kMax> entries_{};
};

}  // namespace sekisho::dataplane
