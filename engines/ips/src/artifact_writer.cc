#include "artifact_writer.h"
#include "config/base/text_bytes.h"

#include <algorithm>
#include <cstring>

namespace sekisho::engines::ips {
namespace {

constexpr std::size_t kSectionAlignment = 64;

/// The slice of `values` in `section`, appended when it is not there yet.
template <class T>
Slice intern(std::map<std::string, Slice>& known, std::vector<T>& section, const T* values,
             std::size_t count) {
  if (count == 0) return {};
  std::string key(reinterpret_cast<const char*>(values), count * sizeof(T));
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  const Slice slice{static_cast<std::uint32_t>(section.size()), static_cast<std::uint32_t>(count)};
  section.insert(section.end(), values, values + count);
  known.emplace(std::move(key), slice);
  return slice;
}

template <class T>
void write_section(std::vector<std::byte>& out, Section section, const std::vector<T>& records) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.resize((out.size() + kSectionAlignment - 1) / kSectionAlignment * kSectionAlignment);
  const SectionEntry entry{out.size(), records.size() * sizeof(T)};
  const auto place =
      offsetof(ArtifactHeader, sections) + static_cast<std::size_t>(section) * sizeof(SectionEntry);
  std::memcpy(out.data() + place, &entry, sizeof(entry));
  out.resize(out.size() + entry.bytes);
  if (entry.bytes != 0) std::memcpy(out.data() + entry.offset, records.data(), entry.bytes);
}

}  // namespace

Slice ArtifactWriter::add_text(std::string_view text) { return add_bytes(bytes_of(text)); }
Slice ArtifactWriter::add_bytes(std::span<const std::uint8_t> bytes) {
  return intern(known_[0], strings_, bytes.data(), bytes.size());
}
Slice ArtifactWriter::add_numbers(const std::vector<std::uint64_t>& values) {
  return intern(known_[1], numbers_, values.data(), values.size());
}
Slice ArtifactWriter::add_ids(const std::vector<std::uint32_t>& values) {
  return intern(known_[2], ids_, values.data(), values.size());
}
Slice ArtifactWriter::add_addresses(const std::vector<AddressRange>& ranges) {
  return intern(known_[3], addresses_, ranges.data(), ranges.size());
}
Slice ArtifactWriter::add_ports(const std::vector<rules::PortRange>& ranges) {
  return intern(known_[4], ports_, ranges.data(), ranges.size());
}
Slice ArtifactWriter::add_transforms(const std::vector<TransformRecord>& records) {
  return intern(known_[5], transforms_, records.data(), records.size());
}

std::uint32_t ArtifactWriter::add_regex(std::string_view pattern, std::uint32_t options) {
  auto key = std::to_string(options) + ':';
  key += pattern;
  const auto [entry, is_new] =
      known_regexes_.emplace(std::move(key), static_cast<std::uint32_t>(regexes_.size()));
  if (is_new) regexes_.push_back({add_text(pattern), options});
  return entry->second;
}

std::uint32_t ArtifactWriter::add_database(const DatabaseAddress& address,
                                           std::span<const std::byte> serialised, Slice called) {
  databases_.push_back({database_bytes_.size(), serialised.size(), called, address});
  database_bytes_.insert(database_bytes_.end(), serialised.begin(), serialised.end());
  database_bytes_.resize((database_bytes_.size() + kSectionAlignment - 1) / kSectionAlignment *
                         kSectionAlignment);
  return static_cast<std::uint32_t>(databases_.size() - 1);
}

std::optional<std::uint32_t> ArtifactWriter::share_database(const DatabaseAddress& address,
                                                            Slice called) {
  const auto same = std::find_if(databases_.begin(), databases_.end(),
                                 [&](const auto& record) { return record.address == address; });
  if (same == databases_.end()) return std::nullopt;
  auto record = *same;
  record.patterns = called;
  databases_.push_back(record);
  return static_cast<std::uint32_t>(databases_.size() - 1);
}

std::vector<std::byte> ArtifactWriter::finish() const {
  std::vector<std::byte> out(sizeof(ArtifactHeader));
  ArtifactHeader header;
  header.num_fields = static_cast<std::uint32_t>(rules::num_fields());
  std::memcpy(out.data(), &header, sizeof(header));
  write_section(out, Section::strings, strings_);
  write_section(out, Section::numbers, numbers_);
  write_section(out, Section::ids, ids_);
  write_section(out, Section::addresses, addresses_);
  write_section(out, Section::ports, ports_);
  write_section(out, Section::rules, rules);
  write_section(out, Section::buffers, buffers);
  write_section(out, Section::elements, elements);
  write_section(out, Section::transforms, transforms_);
  write_section(out, Section::tests, tests);
  write_section(out, Section::changes, changes);
  write_section(out, Section::thresholds, thresholds);
  write_section(out, Section::regexes, regexes_);
  write_section(out, Section::groups, groups);
  write_section(out, Section::databases, databases_);
  write_section(out, Section::patterns, patterns);
  write_section(out, Section::lists, lists);
  write_section(out, Section::list_entries, list_entries);
  write_section(out, Section::packet_events, packet_events);
  write_section(out, Section::application_events, application_events);
  write_section(out, Section::source_steps, source_steps);
  write_section(out, Section::destination_steps, destination_steps);
  write_section(out, Section::datasets, datasets);
  write_section(out, Section::dataset_entries, dataset_entries);
  write_section(out, Section::reputations, reputations);
  write_section(out, Section::reputation_steps, reputation_steps);
  write_section(out, Section::country_steps, country_steps);
  write_section(out, Section::database_bytes, database_bytes_);
  const std::uint64_t bytes = out.size();
  std::memcpy(out.data() + offsetof(ArtifactHeader, bytes), &bytes, sizeof(bytes));
  return out;
}

}  // namespace sekisho::engines::ips
