#include <algorithm>
#include <set>

#include "pack_groups.h"

namespace sekisho::engines::ips {
namespace {

struct Edge {
  IpAddress at;
  std::uint32_t rule;
  bool begins;
};

}  // namespace

bool next_address(IpAddress& address) {
  for (std::size_t i = address.bytes.size(); i-- > 0;)
    if (++address.bytes[i] != 0) return true;
  return false;
}

std::vector<AddressStep> address_steps(
    const std::vector<std::pair<std::vector<AddressRange>, std::uint32_t>>& rules,
    ArtifactWriter& writer) {
  std::vector<Edge> edges;
  for (const auto& [ranges, rule] : rules)
    for (const auto& range : ranges) {
      edges.push_back({range.first, rule, true});
      auto behind = range.last;
      if (next_address(behind)) edges.push_back({behind, rule, false});
    }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
  std::vector<AddressStep> steps;
  std::multiset<std::uint32_t> active;
  for (std::size_t i = 0; i < edges.size();) {
    const auto at = edges[i].at;
    for (; i < edges.size() && edges[i].at == at; ++i) {
      if (edges[i].begins)
        active.insert(edges[i].rule);
      else if (const auto found = active.find(edges[i].rule); found != active.end())
        active.erase(found);
    }
    const std::set<std::uint32_t> distinct(active.begin(), active.end());
    steps.push_back({at, writer.add_ids({distinct.begin(), distinct.end()})});
  }
  return steps;
}

}  // namespace sekisho::engines::ips
