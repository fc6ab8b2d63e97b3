#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "artifact.h"
#include "config/base/address.h"
#include "row_builder.h"
#include "rules/geo/geo_database.h"

/// Compile time: from address ranges of rules to intervals of equal rows.
namespace sekisho::engines::firewall {

/// Addresses from `start` to the next interval's start.
struct V4Interval {
  std::uint32_t start;
  std::uint32_t value;
};
struct V6Interval {
  Ipv6Key start;
  std::uint32_t value;  // see kOneMoreFlag
};

/// The country database as intervals that cover everything; country 0 is none.
struct CountryMap {
  struct V4 {
    std::uint32_t start;
    std::uint16_t country;
  };
  struct V6 {
    Ipv6Key start;
    std::uint16_t country;
  };
  std::vector<V4> v4;
  std::vector<V6> v6;
};
CountryMap make_country_map(const std::vector<rules::GeoDatabase::Entry>& entries);

/// What the rules want of one address, source or destination.
struct AddressRules {
  struct Range {
    AddressRange range;  // of IPv4 when both ends are; ::/80 and the like are IPv6 only
    std::uint32_t bit;
  };
  std::vector<Range> ranges;
  std::vector<std::uint32_t> any;  // bits of rules that take every address
  std::map<std::uint16_t, std::vector<std::uint32_t>> countries;
};

struct AddressTables {
  std::vector<std::uint32_t> trie;  // see TrieNode
  TrieCounts trie_counts{};
  std::vector<Ipv6Key> v6_starts;
  std::vector<std::uint32_t> v6_values;
};

/// `countries`: null when no rule of this dimension names one.
AddressTables build_addresses(const AddressRules& rules, const CountryMap* countries,
                              RowTable& rows);

/// `intervals` begin at 0 and ascend.
void build_trie(const std::vector<V4Interval>& intervals, AddressTables& tables);

}  // namespace sekisho::engines::firewall
