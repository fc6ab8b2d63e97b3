#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sekisho::dataplane {

/// Queries that were sent on for another name, until their responses come: of one worker, bounded,
/// the newer displaces the older. A response whose query is forgotten passes as it is, and the
/// client, which did not ask that, waits for a better one and asks again.
class DnsAliases {
 public:
  static constexpr std::size_t kSlots = 1024;  // a power of two
  static constexpr std::size_t kMaxName = 64;  // labels; names of searches are shorter

  struct Alias {
    std::span<const std::uint8_t> name;  // labels as the client wrote them; lent until the next put
    std::string_view target;
  };

  /// False: the name is too long to be kept. `target` outlives this.
  bool put(std::uint64_t flow, std::uint16_t id, std::span<const std::uint8_t> name,
           std::string_view target) noexcept {
    if (name.size() > kMaxName) return false;
    Slot& slot = slots_[place_of(flow, id)];
    slot = {.flow = flow, .target = target, .id = id, .bytes = 0, .name = {}};
    slot.bytes = static_cast<std::uint8_t>(name.size());
    std::copy(name.begin(), name.end(), slot.name.begin());
    return true;
  }
  /// Of a query in flow `flow` with this ID.
  std::optional<Alias> find(std::uint64_t flow, std::uint16_t id) const noexcept {
    const Slot& slot = slots_[place_of(flow, id)];
    if (slot.bytes == 0 || slot.flow != flow || slot.id != id) return std::nullopt;
    return Alias{std::span(slot.name).first(slot.bytes), slot.target};
  }
  /// The same ID asks something else now.
  void forget(std::uint64_t flow, std::uint16_t id) noexcept {
    Slot& slot = slots_[place_of(flow, id)];
    if (slot.flow == flow && slot.id == id) slot.bytes = 0;
  }

 private:
  struct Slot {
    std::uint64_t flow = 0;
    std::string_view target;
    std::uint16_t id = 0;
    std::uint8_t bytes = 0;  // of the name; 0: free
    std::array<std::uint8_t, kMaxName> name{};
  };
  static std::size_t place_of(std::uint64_t flow, std::uint16_t id) noexcept {
    constexpr std::uint64_t kMix = 0x9e3779b97f4a7c15;  // 2^64 divided by the golden ratio
    const auto mixed = (flow << 16 ^ id) * kMix;
    return mixed >> 54 & (kSlots - 1);
  }

  std::array<Slot, kSlots> slots_;
};

}  // namespace sekisho::dataplane
