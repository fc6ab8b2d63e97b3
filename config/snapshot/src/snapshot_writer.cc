#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "config/snapshot/snapshot.h"
#include "digest_door.h"
#include "layout.h"

namespace sekisho::snapshot {
namespace {

template <class T>
void put(std::vector<std::byte>& file, std::size_t at, const T& value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

}  // namespace

void SnapshotWriter::add(std::string_view name, std::span<const std::byte> content) {
  const auto place =
      std::lower_bound(sections_.begin(), sections_.end(), name,
                       [](const Section& section, std::string_view n) { return section.name < n; });
  const bool taken = place != sections_.end() && place->name == name;
  // Names are constants of the program: a wrong one is a broken invariant, not an input error.
  if (!is_valid_name(name) || taken || sections_.size() >= kMaxSections) std::abort();
  sections_.insert(place, {std::string(name), {content.begin(), content.end()}});
}

std::vector<std::byte> SnapshotWriter::finish() const {
  std::uint64_t end = aligned(sizeof(FileHeader) + sections_.size() * sizeof(TableRow));
  std::vector<TableRow> rows;
  for (const auto& section : sections_) {
    TableRow row{};
    std::copy(section.name.begin(), section.name.end(), row.name.begin());
    row.offset = end;
    row.bytes = section.content.size();
    rows.push_back(row);
    end = aligned(end + row.bytes);
  }

  std::vector<std::byte> file(end);
  FileHeader header{};
  header.magic = kMagic;
  header.version = kFormatVersion;
  header.num_sections = static_cast<std::uint32_t>(sections_.size());
  header.file_bytes = end;
  put(file, 0, header);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    put(file, sizeof(FileHeader) + i * sizeof(TableRow), rows[i]);
    const auto& content = sections_[i].content;
    std::copy(content.begin(), content.end(),
              file.begin() + static_cast<std::ptrdiff_t>(rows[i].offset));
  }
  header.digest = sha256(std::span(file).subspan(kDigestCovers));
  put(file, 0, header);
  return file;
}

}  // namespace sekisho::snapshot
