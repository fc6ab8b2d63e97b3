#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/base/address.h"
#include "config/base/result.h"
#include "engines/firewall/learned_addresses.h"

namespace sekisho::dataplane {

/// Who is behind an address, for a time.
struct UserAddress {
  IpAddress address;
  std::string user;
  std::vector<std::string> groups;
  std::uint32_t until_seconds = 0;  // of the steady clock
};

/// The users that somebody has identified (R013): what is told here rules see through `learned`.
/// Not thread-safe.
class UserAddresses {
 public:
  static constexpr std::size_t kMaxGroups =
      engines::firewall::LearnedAddresses::kPatternsPerAddress - 1;

  UserAddresses(engines::firewall::LearnedAddresses& learned, std::size_t capacity)
      : learned_(learned), capacity_(capacity) {}

  /// In the place of whoever was behind the address. resource: as many addresses as there can be
  /// have users; invalid_input: more than kMaxGroups groups.
  Status bind(UserAddress entry, std::uint32_t now_seconds);
  /// False: nobody was known to be there.
  bool release(const IpAddress& address);
  /// Those whose time is not over, by address.
  std::vector<UserAddress> list(std::uint32_t now_seconds) const;

  /// The user with this engines::firewall::user_id(), with the groups as last told, whether or not
  /// its time is over: events name who was there. Null: there was none, or it is long ago.
  const UserAddress* named(std::uint32_t id) const;

  /// Whether somebody is known to be there now.
  bool knows(const IpAddress& address, std::uint32_t now_seconds) const;
  /// Another number after each bind() and release().
  std::uint64_t changes() const noexcept { return changes_; }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  void remember(const UserAddress& entry);
  void forget_expired(std::uint32_t now_seconds);

  engines::firewall::LearnedAddresses& learned_;
  std::size_t capacity_;
  std::uint64_t changes_ = 0;
  std::map<IpAddress, UserAddress> entries_;
  std::map<std::uint32_t, UserAddress> by_id_;  // at most twice as many as entries
};

}  // namespace sekisho::dataplane
