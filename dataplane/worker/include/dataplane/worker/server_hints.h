#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "config/base/address.h"
#include "engines/api/facts.h"

namespace sekisho::dataplane {

/// Which application a server's port was last told to serve. A hint for records of later flows that
/// say nothing of themselves, and never a fact: addresses of clouds serve whom they please. Of one
/// worker. A newer server takes the place of an older one, so that memory is bounded and what is
/// old is forgotten. 44 KiB.
class ServerHints {
 public:
  static constexpr std::size_t kMax = 2048;  // a power of two

  struct Server {
    IpAddress address;
    std::uint16_t port = 0;
    std::uint8_t protocol = 0;  // 0: no server
    bool operator==(const Server&) const noexcept = default;
  };

  /// `application`: of the catalogue, as it outlives the policy.
  void put(const Server& server, engines::ApplicationId application) noexcept {
    entries_[slot_of(server)] = {server, application};
  }
  /// 0: nothing was told of it, or it is not known any more.
  engines::ApplicationId find(const Server& server) const noexcept {
    const auto& entry = entries_[slot_of(server)];
    return entry.server == server ? entry.application : engines::ApplicationId{0};
  }

 private:
  struct Entry {
    Server server;
    engines::ApplicationId application = 0;
  };
  static std::size_t slot_of(const Server& server) noexcept {
    std::uint32_t hash = (std::uint32_t{server.protocol} << 16 | server.port) ^ 2166136261U;
    for (const auto byte : server.address.bytes) hash = (hash ^ byte) * 16777619U;  // FNV-1a
    return (hash ^ hash >> 16) % kMax;
  }
  std::array<Entry, kMax> entries_{};
};

}  // namespace sekisho::dataplane
