#include <algorithm>
#include <bit>

#include "compiler.h"
#include "fqdn_patterns.h"

namespace sekisho::engines::firewall {

namespace {

/// Header first, then sections on 64-byte boundaries.
class ArtifactWriter {
 public:
  ArtifactWriter() : bytes_(aligned(sizeof(ArtifactHeader))) {}

  template <class T>
  void add(SectionId id, const std::vector<T>& content) {
    header_.sections[static_cast<std::size_t>(id)] = {bytes_.size(), content.size()};
    const std::size_t begin = bytes_.size();
    bytes_.resize(aligned(begin + content.size() * sizeof(T)));
    if (!content.empty()) std::memcpy(&bytes_[begin], content.data(), content.size() * sizeof(T));
  }
  ArtifactHeader& header() { return header_; }

  /// Empty when there is more than kMaxArtifactBytes.
  Artifact finish() && {
    if (bytes_.size() > kMaxArtifactBytes) return {};
    std::memcpy(bytes_.data(), &header_, sizeof header_);
    return std::move(bytes_);
  }

 private:
  static std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }
  ArtifactHeader header_{};
  Artifact bytes_;
};

/// Slots of a hash table for `count` keys: at most half full.
std::size_t slots_for(std::size_t count) { return count == 0 ? 0 : std::bit_ceil(count * 2); }

template <class Slot, class Free>
Slot& free_slot(std::vector<Slot>& slots, std::uint64_t hash, Free is_free) {
  std::size_t i = hash & (slots.size() - 1);
  while (!is_free(slots[i])) i = (i + 1) & (slots.size() - 1);
  return slots[i];
}

}  // namespace

std::vector<MacSlot> Compiler::build_macs() {
  std::vector<MacSlot> slots(slots_for(macs_.size()));
  for (const auto& [mac, bits] : macs_)
    free_slot(slots, mix(mac_key(mac)), [](const MacSlot& slot) { return slot.key == 0; }) = {
        mac_key(mac), rows_.add_bits(bits), 0};
  return slots;
}

std::vector<FqdnSlot> Compiler::build_fqdns() {
  std::vector<FqdnSlot> slots(slots_for(fqdns_.size()));
  const auto row = [this](const std::vector<std::uint32_t>& bits) {
    return bits.empty() ? kNoRow : rows_.add_bits(bits);
  };
  for (const auto& [id, fqdn] : fqdns_)
    free_slot(slots, mix(id), [](const FqdnSlot& slot) { return slot.id == 0; }) = {
        id, row(fqdn.source_bits), row(fqdn.destination_bits)};
  return slots;
}

void Compiler::build_patterns(std::vector<PatternSlot>& slots, std::vector<char>& text) const {
  slots.resize(slots_for(fqdns_.size()));
  for (const auto& [id, fqdn] : fqdns_) {
    if (is_user_pattern(fqdn.pattern)) continue;  // no host name stands for a user
    const bool wildcard = fqdn.pattern.starts_with("*.");
    const std::string_view name = std::string_view(fqdn.pattern).substr(wildcard ? 2 : 0);
    const std::uint64_t hash = suffix_hash(name);
    free_slot(slots, hash, [](const PatternSlot& slot) { return slot.id == 0; }) = {
        hash,
        id,
        static_cast<std::uint32_t>(text.size()),
        static_cast<std::uint16_t>(name.size()),
        static_cast<std::uint16_t>(wildcard),
        0};
    text.insert(text.end(), name.begin(), name.end());
  }
}

std::vector<ScheduleRun> Compiler::build_schedule_runs() const {
  std::vector<std::uint64_t> active(kMinutesPerWeek);
  for (std::size_t i = 0; i < policy_.schedules.size(); ++i) {
    for (const policy::ScheduleEntry& entry : policy_.schedules[i].entries) {
      const auto from = static_cast<std::uint32_t>(entry.from.count());
      const auto to = static_cast<std::uint32_t>(entry.to.count());
      const std::uint32_t length = (to > from ? to - from : to + 24 * 60 - from);
      for (std::uint32_t day = 0; day < 7; ++day)
        if (entry.days >> day & 1)
          for (std::uint32_t minute = 0; minute < std::min(length, kMinutesPerWeek); ++minute)
            active[(day * 24 * 60 + from + minute) % kMinutesPerWeek] |= std::uint64_t{1} << i;
    }
  }
  std::vector<ScheduleRun> runs;
  for (std::uint32_t minute = 0; minute < kMinutesPerWeek; ++minute)
    if (runs.empty() || runs.back().active != active[minute])
      runs.push_back({active[minute], minute, 0});
  return runs;
}

std::vector<std::uint32_t> Compiler::word_first_rules() const {
  std::vector<std::uint32_t> first(rows_.num_words(), 0xffffffff);
  for (std::size_t bit = 0; bit < records_.size(); ++bit)
    if (!(records_[bit].flags & RuleRecord::never))
      first[bit / kBitsPerWord] = std::min(first[bit / kBitsPerWord], records_[bit].rule);
  return first;
}

std::uint32_t Compiler::header_flags() const {
  const bool wants_content =
      std::any_of(records_.begin(), records_.end(),
                  [](const RuleRecord& record) { return record.flags & RuleRecord::with_content; });
  return (source_fqdns_ ? ArtifactHeader::source_fqdns : 0u) |
         (destination_fqdns_ ? ArtifactHeader::destination_fqdns : 0u) |
         (users_ ? ArtifactHeader::users : 0u) |
         (wants_content ? ArtifactHeader::wants_content : 0u) |
         (content_categories_.empty() ? 0u : ArtifactHeader::wants_urls) |
         (content_functions_.empty() ? 0u : ArtifactHeader::wants_functions);
}

Artifact Compiler::build() {
  const auto map_for = [this](const AddressRules& rules) {
    return rules.countries.empty() ? nullptr : &country_map_;
  };
  const bool countries = !sources_.countries.empty() || !destinations_.countries.empty();
  const CountryMap* source_countries = map_for(sources_);
  const CountryMap* destination_countries = map_for(destinations_);
  const AddressTables source = build_addresses(sources_, source_countries, rows_);
  if (rows_.total_bytes() > kMaxArtifactBytes) return {};
  const AddressTables destination = build_addresses(destinations_, destination_countries, rows_);
  if (rows_.total_bytes() > kMaxArtifactBytes) return {};
  const ServiceTables services = build_services(services_, rows_);
  const std::vector<MacSlot> macs = build_macs();
  const std::vector<FqdnSlot> fqdns = build_fqdns();
  std::vector<PatternSlot> patterns;
  std::vector<char> pattern_text;
  build_patterns(patterns, pattern_text);

  ArtifactWriter writer;
  writer.add(SectionId::rows, rows_.bytes());
  writer.add(SectionId::row_countries,
             countries ? rows_.countries() : std::vector<std::uint16_t>{});
  writer.add(SectionId::blocks, rows_.pool().words());
  writer.add(SectionId::records, records_);
  writer.add(SectionId::word_first_rule, word_first_rules());
  writer.add(SectionId::rule_infos, infos_);
  writer.add(SectionId::source_trie, source.trie);
  writer.add(SectionId::destination_trie, destination.trie);
  writer.add(SectionId::source_v6_starts, source.v6_starts);
  writer.add(SectionId::source_v6_values, source.v6_values);
  writer.add(SectionId::destination_v6_starts, destination.v6_starts);
  writer.add(SectionId::destination_v6_values, destination.v6_values);
  writer.add(SectionId::protocols, services.protocols);
  writer.add(SectionId::service_classes, services.classes);
  writer.add(SectionId::macs, macs);
  writer.add(SectionId::fqdns, fqdns);
  writer.add(SectionId::patterns, patterns);
  writer.add(SectionId::pattern_text, pattern_text);
  writer.add(SectionId::contents, contents_);
  writer.add(SectionId::content_applications, content_applications_);
  writer.add(SectionId::content_places, content_places_);
  writer.add(SectionId::content_categories, content_categories_);
  writer.add(SectionId::content_functions, content_functions_);
  writer.add(SectionId::schedule_runs, build_schedule_runs());
  ArtifactHeader& header = writer.header();
  header.magic = kMagic;
  header.num_rules = static_cast<std::uint32_t>(policy_.rules.size());
  header.summary_words = layout_.summary_words;
  header.flags = header_flags();
  header.source_trie = source.trie_counts;
  header.destination_trie = destination.trie_counts;
  return std::move(writer).finish();
}

}  // namespace sekisho::engines::firewall
