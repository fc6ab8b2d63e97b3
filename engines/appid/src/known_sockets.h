#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "config/base/address.h"
#include "engines/api/facts.h"
#include "rules/applications/catalogue.h"

namespace sekisho::engines::appid {

/// UDP sockets (an address and a port) of which a flow has told the application. A socket is one
/// program's: what it says to its peers in a call, which nothing else tells, is the same
/// application's. Of one worker; a newer socket takes the place of an older one, so that memory is
/// bounded and what is old is forgotten.
class KnownSockets {
 public:
  static constexpr std::size_t kMax = 1024;  // a power of two

  void put(const IpAddress& address, std::uint16_t port, ApplicationId application) noexcept {
    entries_[slot_of(address, port)] = {address, port, application};
  }
  /// A host that speaks BitTorrent somewhere.
  void put_bittorrent_host(const IpAddress& address) noexcept {
    put(address, kNoPort, rules::application_id::kBittorrent);
  }
  bool is_bittorrent_host(const IpAddress& address) const noexcept {
    return find(address, kNoPort) != 0;
  }
  /// 0: not known.
  ApplicationId find(const IpAddress& address, std::uint16_t port) const noexcept {
    const auto& entry = entries_[slot_of(address, port)];
    return entry.address == address && entry.port == port ? entry.application : ApplicationId{0};
  }

 private:
  static constexpr std::uint16_t kNoPort = 0;  // stands for the host; no socket has it
  struct Entry {
    IpAddress address;
    std::uint16_t port = 0;
    ApplicationId application = 0;
  };
  static std::size_t slot_of(const IpAddress& address, std::uint16_t port) noexcept {
    std::uint32_t hash = port;
    for (const auto byte : address.bytes) hash = (hash ^ byte) * 16777619U;  // FNV-1a
    return (hash ^ hash >> 16) % kMax;
  }
  std::array<Entry, kMax> entries_{};
};

}  // namespace sekisho::engines::appid
