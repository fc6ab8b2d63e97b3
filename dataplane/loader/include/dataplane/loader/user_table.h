#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "config/base/address.h"
#include "config/snapshot/meta.h"

namespace sekisho::dataplane {

/// Which user of the policy is at an address, or has a MAC. Immutable.
class UserTable {
 public:
  UserTable() = default;
  /// Who is named first has what several claim.
  explicit UserTable(std::span<const snapshot::SnapshotMeta::User> users);

  /// The user's engines::firewall::user_id(): by the address, else by the MAC; 0: nobody's.
  std::uint32_t find(const IpAddress& address, const MacAddress& mac) const noexcept;
  /// Which of the users it was made of has `id`.
  std::optional<std::size_t> index_of(std::uint32_t id) const noexcept;

 private:
  struct Place {
    AddressRange range;
    std::uint32_t user;
  };
  std::vector<Place> places_;  // by address; none overlaps another
  std::vector<std::pair<MacAddress, std::uint32_t>> macs_;
  std::vector<std::pair<std::uint32_t, std::size_t>> by_id_;
};

}  // namespace sekisho::dataplane
