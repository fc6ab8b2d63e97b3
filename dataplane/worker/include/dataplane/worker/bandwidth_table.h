#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "config/base/address.h"

namespace sekisho::dataplane {

/// Frames and their bytes, as ports count them, to and from the outside.
struct Traffic {
  std::uint64_t bytes_out = 0, bytes_in = 0;
  std::uint64_t packets_out = 0, packets_in = 0;

  std::uint64_t bytes() const noexcept { return bytes_out + bytes_in; }
  Traffic& operator+=(const Traffic& more) noexcept {
    bytes_out += more.bytes_out;
    bytes_in += more.bytes_in;
    packets_out += more.packets_out;
    packets_in += more.packets_in;
    return *this;
  }
};

/// What bandwidth is counted by. All zero: the rest.
struct BandwidthKey {
  IpAddress address{};            // of the inside end
  std::uint32_t user = 0;         // engines::firewall::user_id(); 0: nobody known
  std::uint32_t application = 0;  // an id of the catalogue, or OwnApplication::key_of()
  std::uint16_t category = 0;     // of URLs, the first; 0: none known
  auto operator<=>(const BandwidthKey&) const = default;
};

/// One worker's traffic by key since the table was cleared. Fixed size; a key has eight places, and
/// when others have them all, the least of them and the newcomer goes to the rest: no byte is lost,
/// and who has much stays. Not thread-safe: a worker and the control thread hand it to each other
/// whole.
class BandwidthTable {
 public:
  static constexpr std::size_t kSets = 1024, kWays = 8;
  struct Entry {
    BandwidthKey key;
    Traffic traffic;
  };

  /// `secret` keeps outsiders from choosing who shares places.
  explicit BandwidthTable(std::uint64_t secret) : secret_(secret), entries_(kSets * kWays) {}

  void add(const BandwidthKey& key, const Traffic& traffic) noexcept;
  void clear() noexcept;

  /// All places; those without traffic are free.
  std::span<const Entry> entries() const noexcept { return entries_; }
  const Traffic& rest() const noexcept { return rest_; }
  /// How often something went to the rest.
  std::uint64_t displaced() const noexcept { return displaced_; }

 private:
  std::uint64_t secret_;
  std::vector<Entry> entries_;
  Traffic rest_;
  std::uint64_t displaced_ = 0;
};

/// What of a flow was added up already, and for whom.
struct FlowAccount {
  std::array<std::uint64_t, 2> bytes{};    // to server, to client
  std::array<std::uint32_t, 2> packets{};  // low words
  std::uint32_t source_user = 0;           // behind the initiator; 0: nobody known
  std::uint32_t inside_user = 0;           // behind the inside end
  std::uint32_t own_application = 0;  // OwnApplication::key_of() what the flow is, if it is own
  bool is_carried = false;            // inside another flow, which has its bytes
};

}  // namespace sekisho::dataplane
