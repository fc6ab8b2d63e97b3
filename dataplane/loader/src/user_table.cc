#include "dataplane/loader/user_table.h"

#include <algorithm>
#include <optional>
#include <set>

#include "engines/firewall/learned_addresses.h"

namespace sekisho::dataplane {
namespace {

struct Claim {
  AddressRange range;
  std::size_t user;  // by the policy's order
};

/// The address after; none after the last.
std::optional<IpAddress> after(IpAddress address) {
  for (std::size_t i = address.bytes.size(); i-- > 0;)
    if (++address.bytes[i] != 0) return address;
  return std::nullopt;
}

/// The address before; `address` is not the first.
IpAddress before(IpAddress address) {
  for (std::size_t i = address.bytes.size(); i-- > 0;)
    if (address.bytes[i]-- != 0) break;
  return address;
}

/// Where claims begin or have just ended, in order.
std::vector<IpAddress> edges_of(const std::vector<Claim>& claims) {
  std::vector<IpAddress> edges;
  for (const auto& claim : claims) {
    edges.push_back(claim.range.first);
    if (const auto next = after(claim.range.last)) edges.push_back(*next);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

}  // namespace

UserTable::UserTable(std::span<const snapshot::SnapshotMeta::User> users) {
  std::vector<Claim> claims;
  std::vector<std::uint32_t> ids;
  for (std::size_t i = 0; i < users.size(); ++i) {
    ids.push_back(engines::firewall::user_id(users[i].name));
    by_id_.emplace_back(ids.back(), i);
    for (const auto& range : users[i].addresses) claims.push_back({range, i});
    for (const auto& mac : users[i].macs) macs_.emplace_back(mac, ids.back());
  }
  std::sort(by_id_.begin(), by_id_.end());
  std::stable_sort(macs_.begin(), macs_.end(),
                   [](const auto& x, const auto& y) { return x.first < y.first; });
  std::sort(claims.begin(), claims.end(),
            [](const Claim& x, const Claim& y) { return x.range.first < y.range.first; });
  IpAddress last_of_all;
  last_of_all.bytes.fill(0xff);
  const auto edges = edges_of(claims);
  std::set<std::pair<std::size_t, IpAddress>> open;  // user and end of the claims over an edge
  auto next = claims.begin();
  for (std::size_t i = 0; i < edges.size(); ++i) {
    for (; next != claims.end() && next->range.first == edges[i]; ++next)
      open.emplace(next->user, next->range.last);
    while (!open.empty() && open.begin()->second < edges[i]) open.erase(open.begin());
    if (open.empty()) continue;
    const auto last = i + 1 < edges.size() ? before(edges[i + 1]) : last_of_all;
    places_.push_back({{edges[i], last}, ids[open.begin()->first]});
  }
}

std::uint32_t UserTable::find(const IpAddress& address, const MacAddress& mac) const noexcept {
  const auto place = std::upper_bound(
      places_.begin(), places_.end(), address,
      [](const IpAddress& wanted, const Place& at) { return wanted < at.range.first; });
  if (place != places_.begin() && std::prev(place)->range.contains(address))
    return std::prev(place)->user;
  const auto owner = std::lower_bound(
      macs_.begin(), macs_.end(), mac,
      [](const auto& one, const MacAddress& wanted) { return one.first < wanted; });
  return owner != macs_.end() && owner->first == mac ? owner->second : 0;
}

std::optional<std::size_t> UserTable::index_of(std::uint32_t id) const noexcept {
  const auto found = std::lower_bound(by_id_.begin(), by_id_.end(), std::pair{id, std::size_t{0}});
  if (found == by_id_.end() || found->first != id) return std::nullopt;
  return found->second;
}

}  // namespace sekisho::dataplane
