#include "bit_layout.h"

#include <algorithm>
#include <array>
#include <map>

#include "artifact.h"

namespace sekisho::engines::firewall {

namespace {

/// A selector that more rules share than this (or their 64th part) does not tell rules apart.
constexpr std::size_t kMinPopularity = 8;
constexpr std::size_t kRulesPerPopularity = 64;
constexpr std::size_t kMaxSelectiveRanges = 64;
constexpr std::uint32_t kMaxSelectivePorts = 64;
constexpr std::uint32_t kMaxSelectiveV4 = 4096;

using RangeCounts = std::map<AddressRange, std::size_t>;
using ServiceCounts = std::map<policy::ServiceEntry, std::size_t>;

bool is_small(const AddressRange& range) {
  if (range.first.is_v4() && range.last.is_v4())
    return range.last.v4() - range.first.v4() < kMaxSelectiveV4;
  return std::equal(range.first.bytes.begin(), range.first.bytes.begin() + 6,
                    range.last.bytes.begin());  // inside one /48
}

bool is_selective(const policy::HostSelectors& hosts, const RangeCounts& counts,
                  std::size_t popular) {
  if (hosts.everything() || !hosts.countries.empty()) return false;
  if (hosts.addresses.size() > kMaxSelectiveRanges) return false;
  return std::all_of(hosts.addresses.begin(), hosts.addresses.end(),
                     [&](const AddressRange& r) { return is_small(r) && counts.at(r) <= popular; });
}

bool is_selective(const std::vector<policy::ServiceEntry>& services, const ServiceCounts& counts,
                  std::size_t popular) {
  if (services.empty() || services.size() > kMaxSelectivePorts) return false;
  std::uint32_t ports = 0;
  for (const policy::ServiceEntry& entry : services) {
    if (entry.first > entry.last || counts.at(entry) > popular) return false;
    ports += entry.last - entry.first + 1u;
  }
  return ports <= kMaxSelectivePorts;
}

}  // namespace

bool never_matches(const policy::Rule& rule) { return !rule.enabled || rule.content.none; }

BitLayout lay_out(const std::vector<policy::Rule>& rules) {
  RangeCounts sources;
  RangeCounts destinations;
  ServiceCounts services;
  for (const policy::Rule& rule : rules) {
    for (const AddressRange& range : rule.source.addresses) ++sources[range];
    for (const AddressRange& range : rule.destination.addresses) ++destinations[range];
    for (const policy::ServiceEntry& entry : rule.services) ++services[entry];
  }
  const std::size_t popular = std::max(kMinPopularity, rules.size() / kRulesPerPopularity);
  std::array<std::vector<std::uint32_t>, 8> groups;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const policy::Rule& rule = rules[i];
    if (never_matches(rule)) continue;
    const unsigned group = (is_selective(rule.source, sources, popular) ? 0u : 4u) +
                           (is_selective(rule.destination, destinations, popular) ? 0u : 2u) +
                           (is_selective(rule.services, services, popular) ? 0u : 1u);
    groups[group].push_back(i);
  }
  BitLayout layout;
  layout.bit_of_rule.assign(rules.size(), kNoBit);
  for (const auto& group : groups) {
    for (const std::uint32_t rule : group) {
      layout.bit_of_rule[rule] = static_cast<std::uint32_t>(layout.rule_of_bit.size());
      layout.rule_of_bit.push_back(rule);
    }
    while (layout.rule_of_bit.size() % kBitsPerWord != 0) layout.rule_of_bit.push_back(kNoBit);
  }
  const auto bits = static_cast<std::uint32_t>(layout.rule_of_bit.size());
  layout.summary_words = std::max(1u, (bits + kBitsPerSummary - 1) / kBitsPerSummary);
  layout.rule_of_bit.resize(std::size_t{layout.summary_words} * kBitsPerSummary, kNoBit);
  return layout;
}

}  // namespace sekisho::engines::firewall
