#pragma once

#include <bit>
#include <cstring>
#include <span>

#include "artifact.h"
#include "config/base/address.h"
#include "engines/firewall/firewall.h"
#include "mapped_door.h"

/// Typed views of a checked artifact and the lookups that judge and explain share.
namespace sekisho::engines::firewall {

inline std::uint64_t load_u64(const std::byte* at) noexcept {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}
inline std::uint32_t load_u32(const std::byte* at) noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Not __builtin_prefetch: g++ 12 takes a function that does nothing else for one without effect,
/// and drops its calls.
inline void prefetch(const void* address) noexcept {
  asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char*>(address)));
}

inline std::uint64_t mix(std::uint64_t value) noexcept {  // the finalizer of MurmurHash3
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ULL;
  return value ^ value >> 33;
}

/// Never 0.
inline std::uint64_t mac_key(const MacAddress& mac) noexcept {
  std::uint64_t key = 0;
  std::memcpy(&key, mac.bytes.data(), mac.bytes.size());
  return key | std::uint64_t{1} << 48;
}

inline Ipv6Key v6_key(const IpAddress& address) noexcept {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, address.bytes.data(), 8);
  std::memcpy(&low, address.bytes.data() + 8, 8);
  return {__builtin_bswap64(high), __builtin_bswap64(low)};
}

/// From IPv4 address (host order) to value: a root table over the first 16 bits, then at most two
/// nodes, or one list. begin(), middle() and finish() are find() in three steps, for several
/// addresses side by side: each asks the cache for what the next one reads.
struct Ipv4Trie {
  const std::uint32_t* pool = nullptr;

  std::uint32_t find(std::uint32_t address) const noexcept {
    return finish(address, middle(address, begin(address)));
  }

  void prefetch_root(std::uint32_t address) const noexcept { prefetch(&pool[address >> 16]); }
  std::uint32_t begin(std::uint32_t address) const noexcept {
    const std::uint32_t value = pool[address >> 16];
    prefetch_target(value);
    return value;
  }
  std::uint32_t middle(std::uint32_t address, std::uint32_t value) const noexcept {
    if (!(value & kTrieNodeFlag)) return value;
    if (value & kTrieListFlag) return look_up(value, address & 0xffff);
    value = step(value, address >> 8 & 0xff);
    prefetch_target(value);
    return value;
  }
  std::uint32_t finish(std::uint32_t address, std::uint32_t value) const noexcept {
    return value & kTrieNodeFlag ? step(value, address & 0xff) : value;
  }

 private:
  static constexpr std::uint32_t index_in(std::uint32_t value) noexcept {
    return value & ~(kTrieNodeFlag | kTrieListFlag);
  }
  /// Without a branch: it would wait for `value`.
  void prefetch_target(std::uint32_t value) const noexcept {
    prefetch(pool + (value & kTrieNodeFlag ? index_in(value) : 0));
  }
  std::uint32_t look_up(std::uint32_t value, std::uint32_t key) const noexcept {
    const auto* list = view_as<TrieList>(pool + index_in(value));
    std::uint32_t begun = 0;
    for (const std::uint16_t start : list->starts) begun += start <= key ? 1 : 0;
    return list->values[begun - 1];
  }
  std::uint32_t step(std::uint32_t value, std::uint32_t key) const noexcept {
    const auto* node = view_as<TrieNode>(pool + index_in(value));
    const std::uint32_t word = key >> 6;
    const std::uint64_t up_to_key = ~std::uint64_t{0} >> (63 - (key & 63));
    const auto rank = static_cast<std::uint32_t>(std::popcount(node->bits[word] & up_to_key));
    return pool[node->values + node->before[word] + rank - 1];
  }
};

/// From IPv6 address to value: branch-free search in the ascending starts of the intervals, the
/// first of which is 0.
struct Ipv6Intervals {
  const Ipv6Key* starts = nullptr;
  const std::uint32_t* values = nullptr;
  std::uint32_t count = 0;

  std::uint32_t find(const Ipv6Key& key) const noexcept {
    std::uint32_t at = 0;
    for (std::uint32_t length = count; length > 1;) {
      const std::uint32_t half = length / 2;
      at += starts[at + half] <= key ? half : 0;
      length -= half;
    }
    return values[at];
  }
};

inline bool is_v4(const IpAddress& address) noexcept {
  std::uint64_t high = 0;
  std::uint32_t middle = 0;
  std::memcpy(&high, address.bytes.data(), 8);
  std::memcpy(&middle, address.bytes.data() + 8, 4);
  return high == 0 && middle == 0xffff0000;  // ::ffff:0:0/96 read as little-endian
}

/// From the address of one end to value. The steps are those of Ipv4Trie; IPv6 is found in the
/// last.
struct AddressTable {
  Ipv4Trie v4;
  Ipv6Intervals v6;

  std::uint32_t find(const IpAddress& address) const noexcept {
    return is_v4(address) ? v4.find(address.v4()) : v6.find(v6_key(address));
  }
  void prefetch_root(const IpAddress& address) const noexcept {
    if (is_v4(address)) v4.prefetch_root(address.v4());
  }
  std::uint32_t begin(const IpAddress& address) const noexcept {
    return is_v4(address) ? v4.begin(address.v4()) : 0;
  }
  std::uint32_t middle(const IpAddress& address, std::uint32_t value) const noexcept {
    return is_v4(address) ? v4.middle(address.v4(), value) : 0;
  }
  std::uint32_t finish(const IpAddress& address, std::uint32_t value) const noexcept {
    return is_v4(address) ? v4.finish(address.v4(), value) : v6.find(v6_key(address));
  }
};

struct Firewall::Tables {
  std::uint32_t num_rules = 0;
  std::uint32_t summary_words = 0;
  std::uint32_t flags = 0;
  std::size_t row_stride = 0;
  const std::byte* rows = nullptr;
  const std::uint64_t* blocks = nullptr;
  const RuleRecord* records = nullptr;
  const std::uint32_t* word_first_rule = nullptr;
  AddressTable sources;
  AddressTable destinations;
  std::span<const ProtocolEntry> protocols;
  std::span<const std::uint16_t> service_classes;
  std::span<const MacSlot> macs;
  std::span<const FqdnSlot> fqdns;
  std::span<const PatternSlot> patterns;
  std::span<const char> pattern_text;
  std::span<const Content> contents;
  std::span<const std::uint16_t> content_applications;
  std::span<const ApplicationPlace> content_places;
  std::span<const CategorySet> content_categories;
  std::span<const SelectedFunctions> content_functions;
  std::span<const ScheduleRun> schedule_runs;
  std::span<const RuleInfo> rule_infos;
  std::span<const std::uint16_t> row_countries;

  const std::byte* row(std::uint32_t id) const noexcept { return rows + id * row_stride; }
  std::uint64_t word(const std::byte* of_row, std::uint32_t index) const noexcept {
    return block(of_row, index)[index % kWordsPerBlock];
  }
  /// The block that has word `index`.
  const std::uint64_t* block(const std::byte* of_row, std::uint32_t index) const noexcept {
    const std::uint32_t id =
        load_u32(of_row + summary_words * sizeof(std::uint64_t) + index / kWordsPerBlock * 4);
    return blocks + std::size_t{id} * kWordsPerBlock;
  }

  std::uint32_t service_row(const Facts& facts) const noexcept;
  std::uint32_t mac_row(const MacAddress& mac) const noexcept;  // kNoRow: no rule names it
  const FqdnSlot* fqdn(FqdnId id) const noexcept;               // null: no rule names it
};

/// A row and perhaps one rule more.
struct Row {
  const Firewall::Tables* tables = nullptr;
  const std::byte* bytes = nullptr;
  std::uint32_t more_word = 0;
  std::uint64_t more_bits = 0;  // of that word

  std::uint64_t summary(std::uint32_t index) const noexcept {
    const std::uint64_t more = more_word / 64 == index ? more_bits != 0 : 0;
    return load_u64(bytes + index * sizeof(std::uint64_t)) | more << more_word % 64;
  }
  std::uint64_t word(std::uint32_t index) const noexcept {
    return tables->word(bytes, index) | (index == more_word ? more_bits : 0);
  }
  const std::uint64_t* block(std::uint32_t index) const noexcept {
    return tables->block(bytes, index);
  }
  bool has(std::uint32_t bit) const noexcept {
    return word(bit / kBitsPerWord) >> bit % kBitsPerWord & 1;
  }
};

/// The row id of an address's value, without the rule more.
inline std::uint32_t row_id_of(std::uint32_t value) noexcept {
  return value & kOneMoreFlag ? (value & ~kOneMoreFlag) >> kOneMoreBits : value;
}

inline Row row_of(const Firewall::Tables& tables, std::uint32_t row_id) noexcept {
  return {&tables, tables.row(row_id), 0, 0};
}

/// From an address's value.
inline Row row_of_value(const Firewall::Tables& tables, std::uint32_t value) noexcept {
  const std::uint32_t bit = value & ((1u << kOneMoreBits) - 1);
  const std::uint64_t more = value & kOneMoreFlag ? 1 : 0;
  return {&tables, tables.row(row_id_of(value)), bit / kBitsPerWord, more << bit % kBitsPerWord};
}

/// The rows whose union is one column of the table.
struct Column {
  // Of the address, the MAC, the names and the users behind it.
  std::array<Row, 2 + 2 * LearnedAddresses::kPatternsPerAddress> rows;
  std::uint32_t count = 0;
  void add(const Row& row) noexcept { rows[count++] = row; }
};

/// What the lists say of the flow. An address is judged before a URL is there.
inline ListOutcome list_outcome(const Facts& facts) noexcept {
  return facts.address_list != ListOutcome::none ? facts.address_list : facts.url.list;
}

/// Whether the flow's URL could matter to a rule of this content: it selects categories, and the
/// flow can have a URL that the allow list does not pass. Not of its present one's list: the next
/// may be on none.
inline bool may_turn_on_url(const Content& content, const Facts& facts) noexcept {
  constexpr std::uint8_t kTcp = 6, kUdp = 17;
  return (content.flags & Content::wants_url_category) != 0 &&
         facts.address_list != ListOutcome::allowed &&
         (facts.protocol == kTcp || facts.protocol == kUdp);
}
/// Whether the newest request could matter to a rule of this content: for its function, of which
/// lists say nothing, or for its URL.
inline bool may_turn_on_request(const Content& content, const Facts& facts) noexcept {
  constexpr std::uint8_t kTcp = 6, kUdp = 17;
  const bool has_requests = facts.protocol == kTcp || facts.protocol == kUdp;
  return ((content.flags & Content::wants_function) != 0 && has_requests) ||
         may_turn_on_url(content, facts);
}
inline bool asks_url(const Content& content, const Facts& facts) noexcept {
  return may_turn_on_url(content, facts) && facts.url.list != ListOutcome::allowed;
}
/// Whether the server's address could matter: the policy's own categories have addresses, too. Of
/// every protocol, and known from the first packet.
inline bool asks_address(const Content& content, const Facts& facts) noexcept {
  return (content.flags & Content::wants_url_category) != 0 && facts.address_categories.any() &&
         list_outcome(facts) != ListOutcome::allowed;
}

enum class ContentOutcome : std::uint8_t { matches, may_match_yet, does_not_match };

Column source_column(const Firewall::Tables& tables, const Facts& facts,
                     const Conditions& conditions) noexcept;
Column destination_column(const Firewall::Tables& tables, const Facts& facts,
                          const Conditions& conditions) noexcept;
/// Whether a request that is yet to come could be of a function that the content selects.
bool awaits_function(const Firewall::Tables& tables, const Content& content,
                     const Facts& facts) noexcept;
ContentOutcome content_outcome(const Firewall::Tables& tables, const Content& content,
                               const Facts& facts) noexcept;

inline std::uint32_t Firewall::Tables::service_row(const Facts& facts) const noexcept {
  const ProtocolEntry& entry = protocols[facts.protocol];
  const std::uint32_t key =
      entry.key == ProtocolEntry::icmp_type ? facts.icmp_type : facts.destination_port;
  const std::uint32_t side = facts.ingress == policy::Side::wan ? 1 : 0;
  return entry.first_row + 2u * service_classes[entry.offset + (key & entry.mask)] + side;
}

}  // namespace sekisho::engines::firewall
