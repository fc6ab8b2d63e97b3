#include <algorithm>
#include <bit>
#include <string>

#include "tables.h"

namespace sekisho::engines::firewall {

namespace {

Error damaged(std::string_view what) {
  return {Error::Code::invalid_input, "firewall tables are damaged: " + std::string(what)};
}

/// Reads and checks one artifact. Each check returns what is wrong, or null. After all have passed,
/// no index in the tables leads outside of them, whatever the bytes are.
class Loader {
 public:
  explicit Loader(std::span<const std::byte> artifact) : bytes_(artifact) {}

  const char* check(Firewall::Tables& tables) {
    if (const char* wrong = read_header()) return wrong;
    if (const char* wrong = view_sections(tables)) return wrong;
    for (const auto check_part :
         {&Loader::check_rows, &Loader::check_rules, &Loader::check_addresses,
          &Loader::check_services, &Loader::check_hashes, &Loader::check_contents})
      if (const char* wrong = (this->*check_part)(tables)) return wrong;
    return nullptr;
  }

 private:
  const char* read_header() {
    if (bytes_.size() < sizeof header_) return "no header";
    if (!is_aligned(bytes_.data())) return "not on 8 bytes";
    std::memcpy(&header_, bytes_.data(), sizeof header_);
    if (header_.magic != kMagic) return "wrong magic or version";
    if (header_.summary_words == 0 || header_.summary_words > kMaxSummaryWords)
      return "summary words";
    if (header_.num_rules > policy::kMaxRules) return "number of rules";
    return nullptr;
  }

  template <class T>
  bool view(SectionId id, std::span<const T>& out) const {
    const SectionExtent& extent = header_.sections[static_cast<std::size_t>(id)];
    if (extent.offset % 64 != 0 || extent.offset > bytes_.size()) return false;
    if (extent.count > (bytes_.size() - extent.offset) / sizeof(T)) return false;
    if (extent.count > 0xfffffff0) return false;
    out = {view_as<T>(bytes_.data() + extent.offset), extent.count};
    return true;
  }

  const char* view_sections(Firewall::Tables& tables) {
    const bool good = view(SectionId::rows, rows_) &&
                      view(SectionId::row_countries, tables.row_countries) &&
                      view(SectionId::blocks, blocks_) && view(SectionId::records, records_) &&
                      view(SectionId::word_first_rule, word_first_rule_) &&
                      view(SectionId::rule_infos, tables.rule_infos) &&
                      view(SectionId::source_trie, source_trie_) &&
                      view(SectionId::destination_trie, destination_trie_) &&
                      view(SectionId::source_v6_starts, source_v6_starts_) &&
                      view(SectionId::source_v6_values, source_v6_values_) &&
                      view(SectionId::destination_v6_starts, destination_v6_starts_) &&
                      view(SectionId::destination_v6_values, destination_v6_values_) &&
                      view(SectionId::protocols, tables.protocols) &&
                      view(SectionId::service_classes, tables.service_classes) &&
                      view(SectionId::macs, tables.macs) && view(SectionId::fqdns, tables.fqdns) &&
                      view(SectionId::patterns, tables.patterns) &&
                      view(SectionId::pattern_text, tables.pattern_text) &&
                      view(SectionId::contents, tables.contents) &&
                      view(SectionId::content_applications, tables.content_applications) &&
                      view(SectionId::content_places, tables.content_places) &&
                      view(SectionId::content_categories, tables.content_categories) &&
                      view(SectionId::content_functions, tables.content_functions) &&
                      view(SectionId::schedule_runs, tables.schedule_runs);
    if (!good) return "a section is out of bounds";
    tables.num_rules = header_.num_rules;
    tables.summary_words = header_.summary_words;
    tables.flags = header_.flags;
    tables.row_stride = row_bytes(header_.summary_words);
    tables.rows = rows_.data();
    tables.blocks = blocks_.data();
    tables.records = records_.data();
    tables.word_first_rule = word_first_rule_.data();
    return nullptr;
  }

  const char* check_rows(Firewall::Tables& tables) {
    if (blocks_.size() % kWordsPerBlock != 0) return "blocks";
    const std::size_t num_blocks = blocks_.size() / kWordsPerBlock;
    if (rows_.empty() || rows_.size() % tables.row_stride != 0) return "rows";
    num_rows_ = rows_.size() / tables.row_stride;
    if (num_rows_ >= kOneMoreFlag) return "number of rows";
    const std::size_t summaries = tables.summary_words * sizeof(std::uint64_t);
    const std::uint32_t per_row = tables.summary_words * kBlocksPerSummary;
    for (std::size_t row = 0; row < num_rows_; ++row)
      for (std::uint32_t i = 0; i < per_row; ++i)
        if (load_u32(rows_.data() + row * tables.row_stride + summaries + i * std::size_t{4}) >=
            num_blocks)
          return "a row's block";
    if (!tables.row_countries.empty() && tables.row_countries.size() != num_rows_)
      return "row countries";
    return nullptr;
  }

  const char* check_rules(Firewall::Tables& tables) {
    const std::size_t bits = std::size_t{tables.summary_words} * kBitsPerSummary;
    if (records_.size() != bits || word_first_rule_.size() != bits / kBitsPerWord)
      return "rule records";
    for (const RuleRecord& record : records_) {
      if (record.flags & RuleRecord::never) continue;
      if (record.rule == 0 || record.rule > tables.num_rules) return "a rule number";
      if (record.schedule >= kMaxSchedules) return "a rule's schedule";
      if (record.flags & RuleRecord::with_content && record.content >= tables.contents.size())
        return "a rule's content";
    }
    if (tables.rule_infos.size() != tables.num_rules) return "rule descriptions";
    for (const RuleInfo& info : tables.rule_infos) {
      if (info.bit == kNoBit) continue;
      if (info.bit >= bits || (records_[info.bit].flags & RuleRecord::never)) return "a rule's bit";
    }
    return nullptr;
  }

  const char* check_addresses(Firewall::Tables& tables) {
    if (!check_trie(source_trie_, header_.source_trie) ||
        !check_trie(destination_trie_, header_.destination_trie))
      return "IPv4 addresses";
    tables.sources.v4.pool = source_trie_.data();
    tables.destinations.v4.pool = destination_trie_.data();
    if (!check_intervals(source_v6_starts_, source_v6_values_) ||
        !check_intervals(destination_v6_starts_, destination_v6_values_))
      return "IPv6 addresses";
    tables.sources.v6 = {source_v6_starts_.data(), source_v6_values_.data(),
                         static_cast<std::uint32_t>(source_v6_values_.size())};
    tables.destinations.v6 = {destination_v6_starts_.data(), destination_v6_values_.data(),
                              static_cast<std::uint32_t>(destination_v6_values_.size())};
    return nullptr;
  }

  bool is_row(std::uint32_t row) const { return row < num_rows_; }
  bool is_value(std::uint32_t value) const {
    if (value & kTrieNodeFlag || !is_row(row_id_of(value))) return false;
    return !(value & kOneMoreFlag) ||
           (value & ((1u << kOneMoreBits) - 1)) < header_.summary_words * kBitsPerSummary;
  }

  /// Nodes stand in the pool as TrieCounts says; each points only at the next kind, so that a
  /// lookup ends.
  bool check_trie(std::span<const std::uint32_t> pool, const TrieCounts& counts) const {
    const std::uint64_t nodes = std::uint64_t{counts.inner} + counts.leaves + counts.lists;
    if (pool.size() < kTrieRootEntries || (pool.size() - kTrieRootEntries) / kTrieNodeWords < nodes)
      return false;
    const std::size_t inner_end = kTrieRootEntries + std::size_t{counts.inner} * kTrieNodeWords;
    const std::size_t leaf_end = inner_end + std::size_t{counts.leaves} * kTrieNodeWords;
    const std::size_t list_end = leaf_end + std::size_t{counts.lists} * kTrieNodeWords;
    const auto leads_to = [&](std::uint32_t value, std::size_t begin, std::size_t end) {
      const std::uint32_t at = value & ~(kTrieNodeFlag | kTrieListFlag);
      return at >= begin && at < end && at % kTrieNodeWords == 0;
    };
    for (const std::uint32_t value : pool.first(kTrieRootEntries)) {
      if (!(value & kTrieNodeFlag) ? !is_value(value)
          : value & kTrieListFlag  ? !leads_to(value, leaf_end, list_end)
                                   : !leads_to(value, kTrieRootEntries, inner_end))
        return false;
    }
    for (std::size_t at = kTrieRootEntries; at < leaf_end; at += kTrieNodeWords) {
      const auto values = values_of(pool, at);
      for (const std::uint32_t value : values) {
        const bool leaf = at < inner_end && value & kTrieNodeFlag;
        if (leaf ? value & kTrieListFlag || !leads_to(value, inner_end, leaf_end)
                 : !is_value(value))
          return false;
      }
      if (values.empty()) return false;
    }
    for (std::size_t at = leaf_end; at < list_end; at += kTrieNodeWords)
      if (!check_list(pool.subspan(at, kTrieNodeWords))) return false;
    return true;
  }

  bool check_list(std::span<const std::uint32_t> words) const {
    const auto* list = view_as<TrieList>(words.data());
    return list->starts[0] == 0 &&
           std::all_of(list->values.begin(), list->values.end(),
                       [this](std::uint32_t value) { return is_value(value); });
  }

  /// The values of the node at `at`; empty when it is not consistent.
  static std::span<const std::uint32_t> values_of(std::span<const std::uint32_t> pool,
                                                  std::size_t at) {
    const auto* node = view_as<TrieNode>(&pool[at]);
    const std::uint32_t count = check_node(*node);
    if (node->values > pool.size() || pool.size() - node->values < count) return {};
    return pool.subspan(node->values, count);
  }

  /// Number of values of a consistent node, else 0.
  static std::uint32_t check_node(const TrieNode& node) {
    if (!(node.bits[0] & 1)) return 0;
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      if (node.before[i] != count) return 0;
      count += static_cast<std::uint32_t>(std::popcount(node.bits[i]));
    }
    return count;
  }

  bool check_intervals(std::span<const Ipv6Key> starts, std::span<const std::uint32_t> rows) const {
    return !rows.empty() && starts.size() == rows.size() &&
           std::all_of(rows.begin(), rows.end(),
                       [this](std::uint32_t value) { return is_value(value); });
  }

  const char* check_services(Firewall::Tables& tables) {
    if (tables.protocols.size() != 256) return "protocols";
    for (const ProtocolEntry& entry : tables.protocols) {
      if (entry.mask & (entry.mask + 1)) return "a protocol's mask";
      if (entry.offset > tables.service_classes.size() ||
          tables.service_classes.size() - entry.offset <= entry.mask)
        return "a protocol's classes";
      const auto classes =
          tables.service_classes.subspan(entry.offset, entry.mask + std::size_t{1});
      const std::uint64_t most = *std::max_element(classes.begin(), classes.end());
      if (entry.first_row + 2 * most + 1 >= num_rows_) return "a protocol's rows";
    }
    return nullptr;
  }

  /// A power of two with a free slot, so that probing ends.
  template <class Slot, class Key>
  static bool is_hash(std::span<const Slot> slots, Key Slot::*key) {
    if (slots.empty()) return true;
    return std::has_single_bit(slots.size()) &&
           std::any_of(slots.begin(), slots.end(), [key](const Slot& s) { return s.*key == 0; });
  }

  const char* check_hashes(Firewall::Tables& tables) {
    const auto row_or_none = [this](std::uint32_t row) { return row == kNoRow || is_row(row); };
    if (!is_hash(tables.macs, &MacSlot::key)) return "MAC addresses";
    for (const MacSlot& slot : tables.macs)
      if (slot.key != 0 && !is_row(slot.row)) return "a MAC address's row";
    if (!is_hash(tables.fqdns, &FqdnSlot::id)) return "FQDNs";
    for (const FqdnSlot& slot : tables.fqdns)
      if (slot.id != 0 && !(row_or_none(slot.source_row) && row_or_none(slot.destination_row)))
        return "an FQDN's row";
    if (!is_hash(tables.patterns, &PatternSlot::id)) return "FQDN patterns";
    for (const PatternSlot& slot : tables.patterns)
      if (slot.id != 0 && (slot.text_offset > tables.pattern_text.size() ||
                           tables.pattern_text.size() - slot.text_offset < slot.text_bytes))
        return "the text of an FQDN pattern";
    return nullptr;
  }

  const char* check_contents(Firewall::Tables& tables) {
    const auto within = [](std::uint32_t first, std::uint32_t count, std::size_t size) {
      return first <= size && count <= size - first;
    };
    for (const Content& content : tables.contents)
      if (!within(content.first_application, content.num_applications,
                  tables.content_applications.size()) ||
          !within(content.first_place, content.num_places, tables.content_places.size()) ||
          (content.flags & Content::wants_url_category &&
           content.categories >= tables.content_categories.size()) ||
          !within(content.first_function, content.num_functions, tables.content_functions.size()))
        return "a content selection";
    if (tables.schedule_runs.empty() || tables.schedule_runs.front().minute != 0)
      return "schedules";
    return nullptr;
  }

  std::span<const std::byte> bytes_;
  ArtifactHeader header_{};
  std::size_t num_rows_ = 0;
  std::span<const std::byte> rows_;
  std::span<const std::uint64_t> blocks_;
  std::span<const RuleRecord> records_;
  std::span<const std::uint32_t> word_first_rule_;
  std::span<const std::uint32_t> source_trie_;
  std::span<const std::uint32_t> destination_trie_;
  std::span<const Ipv6Key> source_v6_starts_;
  std::span<const std::uint32_t> source_v6_values_;
  std::span<const Ipv6Key> destination_v6_starts_;
  std::span<const std::uint32_t> destination_v6_values_;
};

}  // namespace

Firewall::Firewall(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
Firewall::~Firewall() = default;

Result<std::unique_ptr<const Firewall>> Firewall::load(std::span<const std::byte> artifact) {
  auto tables = std::make_unique<Tables>();
  if (const char* wrong = Loader(artifact).check(*tables)) return damaged(wrong);
  return std::unique_ptr<const Firewall>(new Firewall(std::move(tables)));
}

bool Firewall::wants_content() const noexcept {
  return tables_->flags & ArtifactHeader::wants_content;
}
bool Firewall::wants_urls() const noexcept { return tables_->flags & ArtifactHeader::wants_urls; }
bool Firewall::wants_functions() const noexcept {
  return tables_->flags & ArtifactHeader::wants_functions;
}
bool Firewall::wants_fqdn() const noexcept {
  return tables_->flags & (ArtifactHeader::source_fqdns | ArtifactHeader::destination_fqdns);
}
std::uint32_t Firewall::num_rules() const noexcept { return tables_->num_rules; }

std::uint64_t Firewall::active_schedules(std::uint32_t minute_of_week) const noexcept {
  const auto runs = tables_->schedule_runs;
  auto run = std::upper_bound(
      runs.begin(), runs.end(), minute_of_week % kMinutesPerWeek,
      [](std::uint32_t minute, const ScheduleRun& r) { return minute < r.minute; });
  return run == runs.begin() ? 0 : std::prev(run)->active;
}

}  // namespace sekisho::engines::firewall
