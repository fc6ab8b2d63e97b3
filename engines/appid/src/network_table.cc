#include "engines/appid/network_table.h"

#include <algorithm>

#include "rules/applications/catalogue.h"

namespace sekisho::engines::appid {
namespace {

IpAddress address_of(std::string_view bytes) noexcept {
  IpAddress address;
  std::copy_n(bytes.begin(), std::min(bytes.size(), address.bytes.size()), address.bytes.begin());
  return address;
}

}  // namespace

NetworkTable::NetworkTable() {
  for (const auto& application : rules::applications())
    for (const auto& network : application.networks)
      entries_.push_back(
          {{address_of(network.first), address_of(network.last)}, network.port, application.id});
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& x, const Entry& y) { return x.range < y.range; });
}

ApplicationId NetworkTable::find(const IpAddress& address, std::uint16_t port) const noexcept {
  auto entry = std::upper_bound(
      entries_.begin(), entries_.end(), address,
      [](const IpAddress& wanted, const Entry& one) { return wanted < one.range.first; });
  if (entry == entries_.begin()) return 0;
  --entry;
  const bool fits = entry->range.contains(address) && (entry->port == 0 || entry->port == port);
  return fits ? entry->application : ApplicationId{0};
}

}  // namespace sekisho::engines::appid
