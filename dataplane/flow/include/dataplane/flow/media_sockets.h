#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "config/base/address.h"
#include "engines/api/facts.h"

namespace sekisho::dataplane {

/// UDP sockets that their own hosts have announced as ends of a call's media, and the flow that
/// they did it in. One table for all workers, as a call's media goes elsewhere than its signalling
/// and so may be another worker's. Any worker reads and writes it without locks or waiting. A newer
/// socket takes the place of an older one, by a keyed hash, so that nobody can aim at another's.
///
class MediaSockets {
 public:
  static constexpr std::size_t kMax = 4096;  // a power of two
  /// From the last announcement or the last flow that came of it: a call may ring for long.
  static constexpr std::uint32_t kLifetimeSeconds = 300;

  struct Parent {
    std::uint64_t flow_id = 0;
    engines::ApplicationId application = 0;  // of the catalogue
  };

  MediaSockets();

  /// `now_seconds`: the workers' clock.
  void put(const IpAddress& address, std::uint16_t port, const Parent& parent,
           std::uint32_t now_seconds) noexcept;
  /// One read while nothing was announced lately; at most one look otherwise.
  std::optional<Parent> find(const IpAddress& address, std::uint16_t port,
                             std::uint32_t now_seconds) const noexcept {
    if (now_seconds >= latest_end_.load(std::memory_order_relaxed)) [[likely]]
      return std::nullopt;
    return find_announced(address, port, now_seconds);
  }

 private:
  /// `version` is odd while somebody writes, and another one afterwards: what was read between two
  /// equal looks at it belongs together.
  struct Entry {
    std::atomic<std::uint64_t> version{0};
    std::atomic<std::uint64_t> high{0}, low{0};  // the address
    std::atomic<std::uint64_t> flow_id{0};
    std::atomic<std::uint64_t> rest{0};  // end in seconds, application, port
  };
  std::optional<Parent> find_announced(const IpAddress& address, std::uint16_t port,
                                       std::uint32_t now_seconds) const noexcept;
  std::size_t slot_of(std::uint64_t high, std::uint64_t low, std::uint16_t port) const noexcept;

  std::array<std::uint64_t, 2> secret_{};
  std::atomic<std::uint32_t> latest_end_{0};
  std::vector<Entry> entries_;  // kMax, all at creation
};

}  // namespace sekisho::dataplane
