#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tables.h"

namespace sekisho::engines::ips {

/// Collects the sections of an artifact; what is equal is stored once.
class ArtifactWriter {
 public:
  Slice add_text(std::string_view text);
  Slice add_bytes(std::span<const std::uint8_t> bytes);
  Slice add_numbers(const std::vector<std::uint64_t>& values);
  Slice add_ids(const std::vector<std::uint32_t>& values);
  Slice add_addresses(const std::vector<AddressRange>& ranges);
  Slice add_ports(const std::vector<rules::PortRange>& ranges);
  Slice add_transforms(const std::vector<TransformRecord>& records);
  std::uint32_t add_regex(std::string_view pattern, std::uint32_t options);
  std::uint32_t add_database(const DatabaseAddress& address, std::span<const std::byte> serialised,
                             Slice patterns);
  /// Of a database that was added for others; nullopt: there is none at that address.
  std::optional<std::uint32_t> share_database(const DatabaseAddress& address, Slice patterns);

  std::vector<RuleRecord> rules;
  std::vector<BufferRecord> buffers;
  std::vector<Element> elements;
  std::vector<TestRecord> tests, changes;
  std::vector<ThresholdRecord> thresholds;
  std::vector<GroupRecord> groups;
  std::vector<PatternRecord> patterns;
  std::vector<ListRecord> lists;
  std::vector<ListEntry> list_entries;
  std::vector<EventRecord> packet_events, application_events;
  std::vector<AddressStep> source_steps, destination_steps, reputation_steps;
  std::vector<CountryStep> country_steps;
  std::vector<DatasetRecord> datasets;
  std::vector<DatasetEntry> dataset_entries;
  std::vector<ReputationEntry> reputations;

  std::vector<std::byte> finish() const;

 private:
  std::vector<std::uint8_t> strings_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::uint32_t> ids_;
  std::vector<AddressRange> addresses_;
  std::vector<rules::PortRange> ports_;
  std::vector<TransformRecord> transforms_;
  std::vector<RegexRecord> regexes_;
  std::vector<DatabaseRecord> databases_;
  std::vector<std::byte> database_bytes_;
  std::map<std::string, Slice> known_[6];
  std::map<std::string, std::uint32_t> known_regexes_;
};

template <class T>
Slice append(std::vector<T>& section, const std::vector<T>& records) {
  const Slice slice{static_cast<std::uint32_t>(section.size()),
                    static_cast<std::uint32_t>(records.size())};
  section.insert(section.end(), records.begin(), records.end());
  return slice;
}

}  // namespace sekisho::engines::ips
