#include "address_builder.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "tables.h"

namespace sekisho::engines::firewall {

namespace {

std::optional<std::uint32_t> next(std::uint32_t key) {
  if (key == std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return key + 1;
}
std::optional<Ipv6Key> next(const Ipv6Key& key) {
  if (key.low != std::numeric_limits<std::uint64_t>::max()) return Ipv6Key{key.high, key.low + 1};
  if (key.high == std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return Ipv6Key{key.high + 1, 0};
}

/// At `at` the rule of `bit` begins or ends.
template <class Key>
struct Edge {
  Key at;
  std::uint32_t bit;
};

template <class Key>
struct KeyRange {
  Key first;
  Key last;
  std::uint32_t bit;
};

/// Edges of the ranges, those of one rule merged first, so that each edge toggles its bit.
template <class Key>
std::vector<Edge<Key>> edges_of(std::vector<KeyRange<Key>> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
    return a.bit != b.bit ? a.bit < b.bit : a.first < b.first;
  });
  std::vector<Edge<Key>> edges;
  edges.reserve(ranges.size() * 2);
  for (std::size_t i = 0; i < ranges.size();) {
    const std::uint32_t bit = ranges[i].bit;
    Key last = ranges[i].last;
    edges.push_back({ranges[i].first, bit});
    std::optional<Key> end = next(last);
    for (++i; i < ranges.size() && ranges[i].bit == bit && (!end || ranges[i].first <= *end); ++i)
      if (last < ranges[i].last) {
        last = ranges[i].last;
        end = next(last);
      }
    if (end) edges.push_back({*end, bit});
  }
  std::sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return edges;
}

template <class Interval, class Key>
std::vector<Interval> sweep(std::vector<KeyRange<Key>> ranges, RuleSet set, RowByIdentity& known,
                            RowTable& rows) {
  std::vector<std::uint32_t> begun;  // bits that begin here
  const auto value_now = [&] {
    const auto [entry, fresh] = known.try_emplace(set.identity(), 0);
    if (!fresh) return entry->second;
    for (const std::uint32_t bit : begun) {
      const auto without = known.find(set.identity_without(bit));
      if (without == known.end() || without->second >= kOneMoreRows) continue;
      return entry->second = kOneMoreFlag | without->second << kOneMoreBits | bit;
    }
    return entry->second = rows.add(set.blocks(rows.pool()));
  };
  const std::vector<Edge<Key>> edges = edges_of(std::move(ranges));
  std::vector<Interval> intervals;
  Key at{};
  for (std::size_t i = 0;;) {
    begun.clear();
    for (; i < edges.size() && edges[i].at == at; ++i)
      if (set.toggle(edges[i].bit)) begun.push_back(edges[i].bit);
    const std::uint32_t value = value_now();
    if (intervals.empty() || intervals.back().value != value) intervals.push_back({at, value});
    // The caller refuses tables beyond the limit; what is missing here is never used.
    if (i == edges.size() || rows.total_bytes() > kMaxArtifactBytes) return intervals;
    at = edges[i].at;
  }
}

/// Rows that are the union of an address row and a country row, one for each pair that occurs.
class CountryRows {
 public:
  CountryRows(const std::map<std::uint16_t, std::vector<std::uint32_t>>& bits, RowTable& rows)
      : rows_(rows) {
    for (const auto& [country, rules] : bits) blocks_[country] = rows.blocks_of_bits(rules);
  }

  std::uint32_t value(std::uint32_t address_value, std::uint16_t country) {
    if (!(address_value & kOneMoreFlag)) return row(address_value, country);
    const std::uint32_t united = row(row_id_of(address_value), country);
    const std::uint32_t bit = address_value & ((1u << kOneMoreBits) - 1);
    if (united < kOneMoreRows) return kOneMoreFlag | united << kOneMoreBits | bit;
    const auto [entry, fresh] = more_.try_emplace(std::uint64_t{united} << 32 | bit, 0);
    if (fresh) {
      RowBlocks blocks = rows_.blocks_of(united);
      const RowBlocks more = rows_.blocks_of_bits({bit});
      for (std::size_t i = 0; i < blocks.size(); ++i)
        blocks[i] = rows_.pool().intern_union(blocks[i], more[i]);
      entry->second = rows_.add(blocks, country);
    }
    return entry->second;
  }

  bool too_many() const { return rows_.total_bytes() > kMaxArtifactBytes; }

 private:
  std::uint32_t row(std::uint32_t address_row, std::uint16_t country) {
    const std::uint64_t pair = std::uint64_t{address_row} << 16 | country;
    const auto [entry, fresh] = pairs_.try_emplace(pair, 0);
    if (fresh) entry->second = unite(address_row, country);
    return entry->second;
  }

  std::uint32_t unite(std::uint32_t address_row, std::uint16_t country) {
    RowBlocks blocks = rows_.blocks_of(address_row);
    if (const auto of_country = blocks_.find(country); of_country != blocks_.end())
      for (std::size_t i = 0; i < blocks.size(); ++i)
        blocks[i] = rows_.pool().intern_union(blocks[i], of_country->second[i]);
    return rows_.add(blocks, country);
  }

  RowTable& rows_;
  std::unordered_map<std::uint16_t, RowBlocks> blocks_;
  std::unordered_map<std::uint64_t, std::uint32_t> pairs_;  // address row, country
  std::unordered_map<std::uint64_t, std::uint32_t> more_;   // united row, one more bit
};

/// Both lists begin at 0; the result has every boundary of either.
template <class Interval, class CountryInterval>
std::vector<Interval> overlay(const std::vector<Interval>& addresses,
                              const std::vector<CountryInterval>& countries, CountryRows& rows) {
  std::vector<Interval> result;
  result.reserve(addresses.size() + countries.size());
  std::size_t a = 0;
  std::size_t c = 0;
  for (auto at = addresses[0].start;;) {
    const std::uint32_t value = rows.value(addresses[a].value, countries[c].country);
    if (result.empty() || result.back().value != value) result.push_back({at, value});
    const bool more_a = a + 1 < addresses.size();
    const bool more_c = c + 1 < countries.size();
    if ((!more_a && !more_c) || rows.too_many()) return result;
    if (!more_c || (more_a && addresses[a + 1].start < countries[c + 1].start))
      at = addresses[a + 1].start;
    else
      at = countries[c + 1].start;
    if (more_a && addresses[a + 1].start == at) ++a;
    if (more_c && countries[c + 1].start == at) ++c;
  }
}

template <class Interval, class Key>
void append_country(std::vector<Interval>& map, Key first, Key last, std::uint16_t country) {
  if (map.back().start == first)
    map.back().country = country;
  else
    map.push_back({first, country});
  if (const auto after = next(last)) map.push_back({*after, 0});
}

}  // namespace

CountryMap make_country_map(const std::vector<rules::GeoDatabase::Entry>& entries) {
  CountryMap map;
  map.v4.push_back({0, 0});
  map.v6.push_back({{0, 0}, 0});
  for (const rules::GeoDatabase::Entry& entry : entries) {
    const AddressRange& range = entry.range;
    if (range.first.is_v4() && range.last.is_v4())
      append_country(map.v4, range.first.v4(), range.last.v4(), entry.country);
    else
      append_country(map.v6, v6_key(range.first), v6_key(range.last), entry.country);
  }
  return map;
}

AddressTables build_addresses(const AddressRules& rules, const CountryMap* countries,
                              RowTable& rows) {
  std::vector<KeyRange<std::uint32_t>> v4_ranges;
  std::vector<KeyRange<Ipv6Key>> v6_ranges;
  for (const AddressRules::Range& range : rules.ranges) {
    if (range.range.first.is_v4() && range.range.last.is_v4())
      v4_ranges.push_back({range.range.first.v4(), range.range.last.v4(), range.bit});
    else
      v6_ranges.push_back({v6_key(range.range.first), v6_key(range.range.last), range.bit});
  }
  RuleSet any(rows);
  for (const std::uint32_t bit : rules.any) any.toggle(bit);
  RowByIdentity known;
  auto v4 = sweep<V4Interval>(std::move(v4_ranges), any, known, rows);
  auto v6 = sweep<V6Interval>(std::move(v6_ranges), any, known, rows);
  if (countries != nullptr) {
    CountryRows country_rows(rules.countries, rows);
    v4 = overlay(v4, countries->v4, country_rows);
    v6 = overlay(v6, countries->v6, country_rows);
  }
  AddressTables tables;
  build_trie(v4, tables);
  for (const V6Interval& interval : v6) {
    tables.v6_starts.push_back(interval.start);
    tables.v6_values.push_back(interval.value);
  }
  return tables;
}

namespace {

/// The values of the 256 keys of one byte as runs.
struct Run {
  std::uint32_t key;
  std::uint32_t value;
};

/// Builds nodes with pool indices relative to parts that are put together at the end.
class TrieBuilder {
 public:
  explicit TrieBuilder(const std::vector<V4Interval>& intervals) : intervals_(intervals) {}

  void build(AddressTables& tables) {
    std::vector<std::uint32_t>& pool = tables.trie;
    pool.resize(kTrieRootEntries);
    std::size_t at = 0;
    for (std::uint32_t prefix = 0; prefix < kTrieRootEntries; ++prefix)
      pool[prefix] = inner(prefix, at);
    const auto words = [](const auto& nodes) {
      return static_cast<std::uint32_t>(nodes.size()) * kTrieNodeWords;
    };
    const std::uint32_t inner_begin = kTrieRootEntries;
    const std::uint32_t leaf_begin = inner_begin + words(inner_);
    const std::uint32_t list_begin = leaf_begin + words(leaves_);
    const std::uint32_t values_begin = list_begin + words(lists_);
    const auto leaf_values_begin = values_begin + static_cast<std::uint32_t>(inner_values_.size());
    for (std::uint32_t& value : pool)
      relocate(value, value & kTrieNodeFlag && value & kTrieListFlag ? list_begin : inner_begin);
    for (std::uint32_t& value : inner_values_) relocate(value, leaf_begin);
    pool.resize(values_begin);
    place(inner_, inner_begin, values_begin, leaf_begin, pool);
    place(leaves_, leaf_begin, leaf_values_begin, 0, pool);
    if (!lists_.empty()) std::memcpy(&pool[list_begin], lists_.data(), lists_.size() * 64);
    pool.insert(pool.end(), inner_values_.begin(), inner_values_.end());
    pool.insert(pool.end(), leaf_values_.begin(), leaf_values_.end());
    tables.trie_counts = {static_cast<std::uint32_t>(inner_.size()),
                          static_cast<std::uint32_t>(leaves_.size()),
                          static_cast<std::uint32_t>(lists_.size())};
  }

 private:
  static constexpr std::uint32_t kFlags = kTrieNodeFlag | kTrieListFlag;

  /// From the number of a node in its part to its place in the pool.
  static void relocate(std::uint32_t& value, std::uint32_t begin) {
    if (value & kTrieNodeFlag)
      value = (value & kFlags) | (begin + (value & ~kFlags) * kTrieNodeWords);
  }

  static void place(std::vector<TrieNode>& nodes, std::uint32_t begin, std::uint32_t values_begin,
                    std::uint32_t children_begin, std::vector<std::uint32_t>& pool) {
    for (TrieNode& node : nodes) {
      if (node.values == kOwn)
        node.values = begin + kTrieOwnOffset;
      else
        node.values += values_begin;
      for (std::uint32_t& value : node.own_values) relocate(value, children_begin);
      std::memcpy(&pool[begin], &node, sizeof node);
      begin += kTrieNodeWords;
    }
  }

  /// True when [first, last] lies in interval `at`, after moving `at` to the one `first` is in.
  bool uniform(std::uint32_t first, std::uint32_t last, std::size_t& at) const {
    while (at + 1 < intervals_.size() && intervals_[at + 1].start <= first) ++at;
    return at + 1 == intervals_.size() || intervals_[at + 1].start > last;
  }

  std::uint32_t inner(std::uint32_t prefix, std::size_t& at) {
    const std::uint32_t base = prefix << 16;
    if (uniform(base, base | 0xffff, at)) return intervals_[at].value;
    const std::size_t end = std::min(at + TrieList::kIntervals, intervals_.size());
    if (end == intervals_.size() || intervals_[end].start > (base | 0xffff)) return list(base, at);
    runs_.clear();
    for (std::uint32_t key = 0; key < 256; ++key) {
      const std::uint32_t value = leaf(base | key << 8, at);
      if (runs_.empty() || runs_.back().value != value) runs_.push_back({key, value});
    }
    inner_.push_back(make_node(runs_, inner_values_));
    return kTrieNodeFlag | static_cast<std::uint32_t>(inner_.size() - 1);
  }

  std::uint32_t list(std::uint32_t base, std::size_t& at) {
    TrieList list{};
    list.starts.fill(0xffff);
    list.starts[0] = 0;
    list.values.fill(intervals_[at].value);
    std::size_t used = 1;
    for (; at + 1 < intervals_.size() && intervals_[at + 1].start <= (base | 0xffff); ++used) {
      ++at;
      list.starts[used] = static_cast<std::uint16_t>(intervals_[at].start);
      std::fill(list.values.begin() + static_cast<std::ptrdiff_t>(used), list.values.end(),
                intervals_[at].value);
    }
    lists_.push_back(list);
    return kFlags | static_cast<std::uint32_t>(lists_.size() - 1);
  }

  std::uint32_t leaf(std::uint32_t base, std::size_t& at) {
    if (uniform(base, base | 0xff, at)) return intervals_[at].value;
    std::vector<Run> runs;
    runs.push_back({0, intervals_[at].value});
    while (at + 1 < intervals_.size() && intervals_[at + 1].start <= (base | 0xff)) {
      ++at;
      runs.push_back({intervals_[at].start & 0xff, intervals_[at].value});
    }
    leaves_.push_back(make_node(runs, leaf_values_));
    return kTrieNodeFlag | static_cast<std::uint32_t>(leaves_.size() - 1);
  }

  static TrieNode make_node(const std::vector<Run>& runs, std::vector<std::uint32_t>& values) {
    TrieNode node{};
    for (const Run& run : runs) node.bits[run.key / 64] |= std::uint64_t{1} << run.key % 64;
    for (std::size_t i = 1; i < 4; ++i)
      node.before[i] =
          static_cast<std::uint8_t>(node.before[i - 1] + std::popcount(node.bits[i - 1]));
    if (runs.size() <= kTrieOwnValues) {
      node.values = kOwn;
      for (std::size_t i = 0; i < runs.size(); ++i) node.own_values[i] = runs[i].value;
    } else {
      node.values = static_cast<std::uint32_t>(values.size());
      for (const Run& run : runs) values.push_back(run.value);
    }
    return node;
  }

  static constexpr std::uint32_t kOwn = 0xffffffff;
  const std::vector<V4Interval>& intervals_;
  std::vector<TrieNode> inner_;
  std::vector<TrieNode> leaves_;
  std::vector<TrieList> lists_;
  std::vector<std::uint32_t> inner_values_;
  std::vector<std::uint32_t> leaf_values_;
  std::vector<Run> runs_;
};

}  // namespace

void build_trie(const std::vector<V4Interval>& intervals, AddressTables& tables) {
  TrieBuilder(intervals).build(tables);
}

}  // namespace sekisho::engines::firewall
