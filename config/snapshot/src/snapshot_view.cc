#include <algorithm>
#include <cstring>

#include "config/base/hex.h"
#include "config/snapshot/snapshot.h"
#include "digest_door.h"
#include "layout.h"

namespace sekisho::snapshot {
namespace {

Error damaged(std::string why) {
  return {Error::Code::invalid_input, "snapshot: " + std::move(why)};
}

template <class T>
T get(std::span<const std::byte> bytes, std::size_t at) noexcept {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Everything that can be told from the header alone.
Status check_header(const FileHeader& header, std::size_t num_bytes) {
  if (header.magic != kMagic) return damaged("not a snapshot file");
  if (header.version != kFormatVersion)
    return Error{Error::Code::version,
                 "snapshot: format version " + std::to_string(header.version) +
                     ", this program reads " + std::to_string(kFormatVersion)};
  if (header.file_bytes != num_bytes)
    return damaged(std::to_string(num_bytes) + " bytes, the header says " +
                   std::to_string(header.file_bytes));
  if (header.reserved != 0) return damaged("reserved header field is not zero");
  if (header.num_sections > kMaxSections)
    return damaged(std::to_string(header.num_sections) + " sections, at most " +
                   std::to_string(kMaxSections) + " are possible");
  const auto table_end = sizeof(FileHeader) + header.num_sections * sizeof(TableRow);
  if (table_end > num_bytes) return damaged("section table runs past the end");
  return ok();
}

Result<std::string> name_in(const TableRow& row) {
  const auto end = std::find(row.name.begin(), row.name.end(), '\0');
  const std::string name(row.name.begin(), end);
  const bool zero_filled = std::all_of(end, row.name.end(), [](char c) { return c == '\0'; });
  if (!is_valid_name(name) || !zero_filled) return damaged("section with an invalid name");
  return name;
}

}  // namespace

Result<SnapshotView> SnapshotView::open(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(FileHeader)) return damaged("shorter than its header");
  if (bytes.size() > kMaxSnapshotBytes)
    return damaged("larger than " + std::to_string(kMaxSnapshotBytes) + " bytes");
  const auto header = get<FileHeader>(bytes, 0);
  if (auto status = check_header(header, bytes.size()); !status) return std::move(status).error();
  const auto digest = sha256(bytes.subspan(kDigestCovers));
  if (digest != header.digest) return damaged("digest does not match the content");

  // The digest only proves that the file is as somebody wrote it; the table is still checked row
  // by row. Sections follow each other without gaps, so they cannot overlap.
  SnapshotView view;
  std::uint64_t expected = aligned(sizeof(FileHeader) + header.num_sections * sizeof(TableRow));
  for (std::size_t i = 0; i < header.num_sections; ++i) {
    const auto row = get<TableRow>(bytes, sizeof(FileHeader) + i * sizeof(TableRow));
    auto name = name_in(row);
    if (!name) return std::move(name).error();
    const auto where = "section '" + *name + "' ";
    if (!view.sections_.empty() && view.sections_.back().name >= *name)
      return damaged(where + "is out of order or there twice");
    if (row.offset % kSectionAlignment != 0) return damaged(where + "is misaligned");
    if (row.offset != expected) return damaged(where + "overlaps or leaves a gap");
    if (row.offset > bytes.size() || row.bytes > bytes.size() - row.offset)
      return damaged(where + "runs past the end");
    view.sections_.push_back({*std::move(name), bytes.subspan(row.offset, row.bytes)});
    expected = aligned(row.offset + row.bytes);
  }
  if (expected != bytes.size()) return damaged("bytes behind the last section");
  view.content_address_ = to_hex(digest);
  return view;
}

Result<std::span<const std::byte>> SnapshotView::section(std::string_view name) const {
  for (const auto& section : sections_)
    if (section.name == name) return section.content;
  return Error{Error::Code::not_found, "snapshot: no section '" + std::string(name) + "'"};
}

}  // namespace sekisho::snapshot
