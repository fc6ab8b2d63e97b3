#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// The compiled rule table as bytes, used in place from the mapped snapshot. Made by compile.cc,
/// checked completely by load.cc, so that judge.cc and explain.cc need no bounds checks.
///
/// Every enabled rule has one bit. A *row* says which rules one value of one dimension selects: a
/// summary (1 bit per 64 rules) and, per 512 rules, the index of a 64-byte block in a pool of
/// unique blocks. Rows are named by their index ("row id") across all dimensions.
namespace sekisho::engines::firewall {

inline constexpr std::array<char, 8> kMagic{'s', 'e', 'k', 'f', 'w', 'l', '0', '3'};
inline constexpr std::size_t kMaxArtifactBytes = std::size_t{512} << 20;
inline constexpr std::size_t kMaxContents = 65'535;  // different content selections of one policy
inline constexpr std::size_t kMaxSchedules = 64;     // bits of Conditions::active_schedules

inline constexpr std::uint32_t kBitsPerWord = 64;
inline constexpr std::uint32_t kWordsPerBlock = 8;
inline constexpr std::uint32_t kBlocksPerSummary = 8;  // one summary word speaks for 64 words
inline constexpr std::uint32_t kBitsPerSummary = kBitsPerWord * kWordsPerBlock * kBlocksPerSummary;
inline constexpr std::uint32_t kMaxSummaryWords = 32;
static_assert(kMaxSummaryWords * kBitsPerSummary == 1 << 17);  // kOneMoreBits
inline constexpr std::uint32_t kNoRow = 0xffffffff;

/// What an address leads to: a row id, or one of the first 8,192 rows and one more rule. Most
/// intervals differ from their surroundings by one rule; so they cost no row, and the tables that
/// flows touch stay in the cache.
inline constexpr std::uint32_t kOneMoreFlag = 0x40000000;
inline constexpr std::uint32_t kOneMoreBits = 17;
inline constexpr std::uint32_t kOneMoreRows = 1 << 13;
inline constexpr std::uint32_t kNoBit = 0xffffffff;

/// How one bit is decided once its row bits are all set.
struct RuleRecord {
  enum Flag : std::uint8_t {
    block = 1,
    reset = 2,
    monitor = 4,  // of a rule that lets through
    answer = 4,   // of one that blocks, with `reset`
    log = 8,
    scheduled = 16,     // `schedule` is a bit of Conditions::active_schedules
    with_content = 32,  // `content` is an index into the contents
    never = 64,         // padding: no rule has this bit
    inspects = 128,     // its profile looks at the content of what it lets through
  };
  std::uint32_t rule;
  std::uint8_t flags;
  std::uint8_t schedule;
  std::uint16_t content;
};
static_assert(sizeof(RuleRecord) == 8);

/// One row of the administrator's table, for explain.
struct RuleInfo {
  enum Flag : std::uint32_t {
    disabled = 1 << 0,
    source_any = 1 << 1,
    source_addresses = 1 << 2,
    source_fqdns = 1 << 3,
    source_macs = 1 << 4,
    source_users = 1 << 5,
    source_countries = 1 << 6,
    destination_any = 1 << 7,
    destination_addresses = 1 << 8,
    destination_fqdns = 1 << 9,
    destination_countries = 1 << 10,
    from_lan = 1 << 11,
    from_wan = 1 << 12,
    no_content = 1 << 13,  // its content selection is empty: it never matches
  };
  std::uint32_t bit;  // kNoBit: it can never match
  std::uint32_t flags;
};

/// What a rule's content selection wants.
struct Content {
  enum Flag : std::uint32_t {
    wants_application = 1,
    wants_url_category = 2,
    wants_function = 4,
    wants_protocol =
        8,  // with wants_application: of those some can be Facts::carrier of an own one
  };
  std::uint32_t flags;
  std::uint32_t first_application;  // into the application ids, ascending
  std::uint32_t num_applications;
  std::uint32_t first_place;  // into the places
  std::uint32_t num_places;
  std::uint32_t categories;      // index of a CategorySet, with wants_url_category
  std::uint32_t first_function;  // into the functions, ascending by application
  std::uint32_t num_functions;   // at least 1 with wants_function
};

/// Functions of an application of which not all is selected.
struct SelectedFunctions {
  std::uint16_t application;
  std::uint16_t reserved;
  std::uint32_t set;  // rules::FunctionSet
};

/// Bit i: the URL category of id i.
using CategorySet = std::array<std::uint64_t, 16>;
inline constexpr std::size_t kCategoryBits = 16 * 64;

/// Where some application of a content can be at all. protocol 0: any; port 0: any.
struct ApplicationPlace {
  std::uint8_t protocol;
  std::uint8_t reserved;
  std::uint16_t port;
};

/// How the service row of one IP protocol is found: row = first_row + 2 * class + side, where class
/// = service_classes[offset + (key & mask)].
struct ProtocolEntry {
  enum Key : std::uint16_t { destination_port, icmp_type };
  std::uint32_t offset;
  std::uint32_t first_row;
  std::uint16_t mask;
  std::uint16_t key;
};

/// A node of the IPv4 trie: bit i of `bits` is set where a new interval of the next address byte
/// begins; the value of the k-th interval is word `values + k` of the pool. `before[w]` counts the
/// bits below bits[w]. Up to six values are kept in the node itself, which is 16 words of the pool.
struct TrieNode {
  std::array<std::uint64_t, 4> bits;
  std::uint32_t values;
  std::array<std::uint8_t, 4> before;
  std::array<std::uint32_t, 6> own_values;
};
static_assert(sizeof(TrieNode) == 64);

/// A node of the IPv4 trie for a /16 of at most eight intervals: where they begin, ascending from
/// 0, in the lower 16 bits of the address. Unused places begin at 65,535 and repeat the last value.
struct TrieList {
  static constexpr std::size_t kIntervals = 8;
  std::array<std::uint16_t, kIntervals> starts;
  std::array<std::uint32_t, kIntervals> values;
  std::array<std::uint32_t, 4> reserved;
};
static_assert(sizeof(TrieList) == 64);

/// Nodes of one trie. In the pool they follow the root entries in this order; then come the values
/// that did not fit in a node.
struct TrieCounts {
  std::uint32_t inner;   // nodes over the third byte of an address
  std::uint32_t leaves;  // nodes over the last
  std::uint32_t lists;
};
inline constexpr std::uint32_t kTrieRootEntries = 65'536;
inline constexpr std::uint32_t kTrieNodeWords = 16;
inline constexpr std::uint32_t kTrieOwnValues = 6;
inline constexpr std::uint32_t kTrieOwnOffset = 10;  // words before own_values
inline constexpr std::uint32_t kTrieNodeFlag = 0x80000000;
inline constexpr std::uint32_t kTrieListFlag = 0x40000000;  // with kTrieNodeFlag: a TrieList

/// Two big-endian halves of an IPv6 address as integers.
struct Ipv6Key {
  std::uint64_t high;
  std::uint64_t low;
  auto operator<=>(const Ipv6Key&) const = default;
};

/// A slot of the MAC hash table; `key` is mac_key(), 0 when free.
struct MacSlot {
  std::uint64_t key;
  std::uint32_t row;
  std::uint32_t reserved;
};

/// A slot of the hash table of FQDN ids; id 0 when free. Rows are kNoRow when the side has none.
struct FqdnSlot {
  std::uint32_t id;
  std::uint32_t source_row;
  std::uint32_t destination_row;
};

/// A slot of the hash table of FQDN patterns by text; id 0 when free. The text of "*.example.com"
/// is "example.com".
struct PatternSlot {
  std::uint64_t hash;
  std::uint32_t id;
  std::uint32_t text_offset;
  std::uint16_t text_bytes;
  std::uint16_t wildcard;
  std::uint32_t reserved;
};

/// From `minute` of the week on, until the next run, these schedules are on.
struct ScheduleRun {
  std::uint64_t active;
  std::uint32_t minute;
  std::uint32_t reserved;
};
inline constexpr std::uint32_t kMinutesPerWeek = 7 * 24 * 60;

enum class SectionId : std::uint32_t {
  rows,
  row_countries,  // per row the country its addresses are in, 0 unknown; none when not needed
  blocks,
  records,
  word_first_rule,  // per word of 64 bits the lowest rule number in it
  rule_infos,
  source_trie,
  destination_trie,
  source_v6_starts,
  source_v6_values,
  destination_v6_starts,
  destination_v6_values,
  protocols,
  service_classes,
  macs,
  fqdns,
  patterns,
  pattern_text,
  contents,
  content_applications,
  content_places,
  content_categories,
  content_functions,
  schedule_runs,
  count_
};
inline constexpr std::size_t kNumSections = static_cast<std::size_t>(SectionId::count_);

/// Bytes from the artifact's beginning, a multiple of 64, and number of elements.
struct SectionExtent {
  std::uint64_t offset;
  std::uint64_t count;
};

struct ArtifactHeader {
  enum Flag : std::uint32_t {
    source_fqdns = 1,
    destination_fqdns = 2,
    wants_content = 4,
    wants_urls = 8,
    users = 16,
    wants_functions = 32
  };
  std::array<char, 8> magic;
  std::uint32_t num_rules;
  std::uint32_t summary_words;
  std::uint32_t flags;
  TrieCounts source_trie;
  TrieCounts destination_trie;
  std::uint32_t reserved;
  std::array<SectionExtent, kNumSections> sections;
};

/// Bytes of one row: summary words, block indices, rounded up to whole cache lines.
constexpr std::size_t row_bytes(std::uint32_t summary_words) noexcept {
  const std::size_t used = summary_words * (sizeof(std::uint64_t) + kBlocksPerSummary * 4);
  return (used + 63) / 64 * 64;
}

}  // namespace sekisho::engines::firewall
