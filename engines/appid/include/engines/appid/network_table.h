#pragma once

#include <cstdint>
#include <vector>

#include "config/base/address.h"
#include "engines/api/facts.h"

namespace sekisho::engines::appid {

/// Whose address a host has, of the applications whose operators publish their own (rules'
/// `networks`). Immutable once made, for any number of threads.
class NetworkTable {
 public:
  /// Of the whole catalogue.
  NetworkTable();

  /// 0: nobody's of ours, or not with this port. One binary search; no allocation.
  ApplicationId find(const IpAddress& address, std::uint16_t port) const noexcept;

 private:
  struct Entry {
    AddressRange range;
    std::uint16_t port;  // 0: any
    ApplicationId application;
  };
  std::vector<Entry> entries_;  // by address, apart from each other
};

}  // namespace sekisho::engines::appid
