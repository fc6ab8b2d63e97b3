#include "service_builder.h"

#include <algorithm>
#include <array>

namespace sekisho::engines::firewall {

namespace {

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kIcmpv6 = 58;
constexpr std::uint8_t kSctp = 132;

/// At key `at` (port or type) the rule of `bit` begins (+1) or ends (-1).
struct Edge {
  std::uint32_t at;
  std::uint32_t bit;
  int change;
};

class ServiceBuilder {
 public:
  ServiceBuilder(const ServiceRules& rules, RowTable& rows)
      : rows_(rows),
        any_(rows),
        side_masks_{side_mask(rules.not_lan), side_mask(rules.not_wan)},
        uses_(rows.num_bits()) {
    for (const std::uint32_t bit : rules.any) any_.toggle(bit);
    for (const auto& entry : rules.entries) by_protocol_[entry.service.protocol].push_back(entry);
  }

  ServiceTables build() {
    tables_.classes.push_back(0);  // the single class of protocols that no rule names
    const std::uint32_t any_row = add_rows(any_);
    tables_.protocols.assign(256, {0, any_row, 0, ProtocolEntry::destination_port});
    for (std::uint32_t protocol = 0; protocol < 256; ++protocol)
      if (!by_protocol_[protocol].empty())
        tables_.protocols[protocol] = build_protocol(static_cast<std::uint8_t>(protocol));
    return std::move(tables_);
  }

 private:
  std::vector<std::uint64_t> side_mask(const std::vector<std::uint32_t>& excluded) const {
    std::vector<std::uint64_t> mask(rows_.num_words(), ~std::uint64_t{0});
    for (const std::uint32_t bit : excluded)
      mask[bit / kBitsPerWord] &= ~(std::uint64_t{1} << bit % kBitsPerWord);
    return mask;
  }

  /// Two rows: for flows from the LAN side and from the WAN side.
  std::uint32_t add_rows(const RuleSet& set) {
    const std::uint32_t first = rows_.num_rows();
    for (const auto& mask : side_masks_) {
      RowBlocks blocks(rows_.num_blocks());
      for (std::uint32_t b = 0; b < blocks.size(); ++b) {
        std::array<std::uint64_t, kWordsPerBlock> words;
        for (std::uint32_t w = 0; w < kWordsPerBlock; ++w)
          words[w] = set.words()[b * kWordsPerBlock + w] & mask[b * kWordsPerBlock + w];
        blocks[b] = rows_.pool().intern(words.data());
      }
      rows_.add(blocks);
    }
    return first;
  }

  ProtocolEntry build_protocol(std::uint8_t protocol) {
    const bool ports = protocol == kTcp || protocol == kUdp || protocol == kSctp;
    const bool types = protocol == kIcmp || protocol == kIcmpv6;
    const std::uint32_t keys = ports ? 65'536 : types ? 256 : 1;
    const auto offset = static_cast<std::uint32_t>(tables_.classes.size());
    const std::uint32_t first_row = rows_.num_rows();
    sweep(edges_of(by_protocol_[protocol], keys), keys);
    return {offset, first_row, static_cast<std::uint16_t>(keys - 1),
            types ? ProtocolEntry::icmp_type : ProtocolEntry::destination_port};
  }

  static std::vector<Edge> edges_of(const std::vector<ServiceRules::Entry>& entries,
                                    std::uint32_t keys) {
    std::vector<Edge> edges;
    for (const auto& [service, bit] : entries) {
      const std::uint32_t first = keys == 1 ? 0 : service.first;
      const std::uint32_t end = keys == 1 ? 1 : std::min(service.last + 1u, keys);
      if (first >= end) continue;
      edges.push_back({first, bit, 1});
      edges.push_back({end, bit, -1});
    }
    std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
    return edges;
  }

  void sweep(const std::vector<Edge>& edges, std::uint32_t keys) {
    RuleSet set = any_;
    RowByIdentity known;
    std::uint32_t num_classes = 0;
    std::fill(uses_.begin(), uses_.end(), 0);
    for (std::size_t i = 0, at = 0; at < keys;) {
      for (; i < edges.size() && edges[i].at == at; ++i) {
        int& uses = uses_[edges[i].bit];
        const bool was = uses > 0;
        uses += edges[i].change;
        if (was != (uses > 0)) set.toggle(edges[i].bit);
      }
      const std::size_t end = i < edges.size() ? edges[i].at : keys;
      const auto [entry, fresh] = known.try_emplace(set.identity(), num_classes);
      if (fresh) {
        add_rows(set);
        ++num_classes;
      }
      tables_.classes.insert(tables_.classes.end(), end - at,
                             static_cast<std::uint16_t>(entry->second));
      at = end;
    }
  }

  RowTable& rows_;
  RuleSet any_;
  std::array<std::vector<std::uint64_t>, 2> side_masks_;
  std::vector<int> uses_;  // per bit: entries that hold the current key
  std::array<std::vector<ServiceRules::Entry>, 256> by_protocol_;
  ServiceTables tables_;
};

}  // namespace

ServiceTables build_services(const ServiceRules& rules, RowTable& rows) {
  return ServiceBuilder(rules, rows).build();
}

}  // namespace sekisho::engines::firewall
