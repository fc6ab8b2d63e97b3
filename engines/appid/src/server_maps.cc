#include "server_maps.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "artifact.h"

namespace sekisho::engines::appid {
namespace {

using PortRange = OwnApplications::PortRange;
using ServerMap = OwnApplications::ServerMap;

/// One address range with one service.
struct Entry {
  AddressRange addresses{};
  bool any_address = false, any_port = false;
  std::uint32_t first_port = 0, last_port = 0;  // as PortRange has them
  ApplicationId application = 0;
};

using Distance = std::array<std::uint8_t, 16>;

/// How many addresses a range has, less one.
Distance width_of(const AddressRange& range) {
  Distance width{};
  int borrow = 0;
  for (std::size_t i = width.size(); i-- > 0;) {
    const int difference = range.last.bytes[i] - range.first.bytes[i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    width[i] = static_cast<std::uint8_t>(difference + borrow * 256);
  }
  return width;
}

std::optional<IpAddress> next(IpAddress address) {
  for (std::size_t i = address.bytes.size(); i-- > 0;)
    if (++address.bytes[i] != 0) return address;
  return std::nullopt;  // there is none behind the last
}

Entry entry_of(const AddressRange* addresses, const policy::ServiceEntry* service,
               ApplicationId application) {
  Entry entry;
  entry.any_address = addresses == nullptr;
  entry.any_port = service == nullptr;
  entry.application = application;
  if (addresses != nullptr) entry.addresses = *addresses;
  if (service == nullptr) return entry;
  const auto protocol = std::uint32_t{service->protocol} << 16;
  entry.first_port = protocol | service->first;
  entry.last_port = protocol | service->last;
  return entry;
}

void add_entries(const policy::ApplicationServer& server, ApplicationId application,
                 std::vector<Entry>& entries) {
  const auto add_services = [&](const AddressRange* addresses) {
    if (server.services.empty()) entries.push_back(entry_of(addresses, nullptr, application));
    for (const auto& service : server.services)
      entries.push_back(entry_of(addresses, &service, application));
  };
  if (server.addresses.empty()) add_services(nullptr);
  for (const auto& range : server.addresses) add_services(&range);
}

/// Whether `x` counts before `y` where both fit; of equals the policy's order does.
bool counts_before(const Entry& x, const Entry& y) {
  if (x.any_address != y.any_address) return y.any_address;
  if (x.any_port != y.any_port) return y.any_port;
  const auto x_width = width_of(x.addresses), y_width = width_of(y.addresses);
  if (x_width != y_width) return x_width < y_width;
  return x.last_port - x.first_port < y.last_port - y.first_port;
}

/// The entries that hold at one address, each where none before it does.
class MapBuilder {
 public:
  explicit MapBuilder(ServerMaps& maps) : maps_(maps) {}

  /// Number of the map; `entries` in the order in which they count.
  std::uint32_t number_of(const std::vector<const Entry*>& entries) {
    const auto [known, fresh] =
        numbers_.try_emplace(entries, static_cast<std::uint32_t>(maps_.maps.size()));
    if (fresh) build(entries);
    return known->second;
  }

 private:
  void build(const std::vector<const Entry*>& entries) {
    ServerMap map{static_cast<std::uint32_t>(maps_.ranges.size()), 0, 0, 0};
    std::set<std::uint32_t> edges;  // where something may change
    for (const auto* entry : entries) {
      if (entry->any_port) {
        if (map.otherwise == 0) map.otherwise = entry->application;
        continue;
      }
      edges.insert(entry->first_port);
      edges.insert(entry->last_port + 1);
    }
    for (auto edge = edges.begin(); edge != edges.end() && std::next(edge) != edges.end(); ++edge)
      add_range(entries, *edge, *std::next(edge) - 1, map);
    map.num_ranges = static_cast<std::uint32_t>(maps_.ranges.size()) - map.first_range;
    maps_.maps.push_back(map);
  }
  /// Nothing changes between `first` and `last`.
  void add_range(const std::vector<const Entry*>& entries, std::uint32_t first, std::uint32_t last,
                 const ServerMap& map) {
    const auto fits = [&](const Entry* entry) {
      return !entry->any_port && entry->first_port <= first && first <= entry->last_port;
    };
    const auto entry = std::find_if(entries.begin(), entries.end(), fits);
    if (entry == entries.end()) return;
    auto& ranges = maps_.ranges;
    const bool goes_on = ranges.size() > map.first_range && ranges.back().last + 1 == first &&
                         ranges.back().application == (*entry)->application;
    if (goes_on)
      ranges.back().last = last;
    else
      ranges.push_back({first, last, (*entry)->application, 0});
  }

  ServerMaps& maps_;
  std::map<std::vector<const Entry*>, std::uint32_t> numbers_;
};

/// The steps of one family: at each the entries that hold from there.
std::vector<OwnApplications::AddressStep> steps_of(const std::vector<const Entry*>& entries,
                                                   MapBuilder& builder, const ServerMaps& maps) {
  std::set<IpAddress> edges;
  for (const auto* entry : entries) {
    edges.insert(entry->addresses.first);
    if (const auto behind = next(entry->addresses.last)) edges.insert(*behind);
  }
  std::vector<OwnApplications::AddressStep> steps;
  for (const auto& edge : edges) {
    std::vector<const Entry*> holding;
    std::copy_if(entries.begin(), entries.end(), std::back_inserter(holding),
                 [&](const Entry* entry) { return entry->addresses.contains(edge); });
    const auto map = holding.empty() ? 0 : builder.number_of(holding);
    if ((steps.empty() ? 0 : steps.back().map) != map) steps.push_back({edge, map});
    if (maps.ranges.size() > kMaxPortRanges) break;
  }
  return steps;
}

}  // namespace

ServerMaps make_server_maps(const std::vector<policy::ApplicationObject>& applications) {
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < std::min(applications.size(), OwnApplication::kMax); ++i)
    for (const auto& server : applications[i].servers)
      add_entries(server, OwnApplication::id_of(i), entries);
  std::stable_sort(entries.begin(), entries.end(), counts_before);
  std::vector<const Entry*> anywhere, v4, v6;
  for (const auto& entry : entries)
    (entry.any_address ? anywhere : entry.addresses.first.is_v4() ? v4 : v6).push_back(&entry);
  ServerMaps maps;
  MapBuilder builder(maps);
  builder.number_of(anywhere);
  maps.v4 = steps_of(v4, builder, maps);
  maps.v6 = steps_of(v6, builder, maps);
  return maps;
}

}  // namespace sekisho::engines::appid
