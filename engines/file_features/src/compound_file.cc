#include "compound_file.h"

#include <algorithm>

#include "config/base/text_bytes.h"

namespace sekisho::engines::file_features {
namespace {

constexpr std::uint32_t kLastSector = 0xfffffffa;  // from here on numbers are none ([MS-CFB] 2.1)
constexpr std::size_t kHeaderTable = 109;          // sectors of the table that the header names
constexpr std::size_t kEntryBytes = 128;
constexpr std::size_t kSmallBytes = 64;
/// Of the stream of small sectors: VBA's own streams are few and small.
constexpr std::size_t kMostSmall = std::size_t{8} << 20;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::vector<std::uint32_t> numbers_of(std::string_view bytes) {
  const FileView view(bytes_of(bytes));
  std::vector<std::uint32_t> numbers;
  numbers.reserve(bytes.size() / 4);
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) numbers.push_back(*view.le32(at));
  return numbers;
}

}  // namespace

Bytes CompoundFile::sector(std::uint32_t number) const noexcept {
  if (number >= kLastSector) return {};
  return file_.part((std::uint64_t{number} + 1) << sector_shift_,
                    std::uint64_t{1} << sector_shift_);
}

std::optional<CompoundFile> CompoundFile::open(Bytes file) {
  CompoundFile opened(file);
  if (!opened.read_header() || opened.entries_.empty()) return std::nullopt;
  return opened;
}

bool CompoundFile::read_header() {
  constexpr std::uint64_t kMagic = 0xe11ab1a1e011cfd0;
  if (!file_.has(0, 512) || *file_.le64(0) != kMagic) return false;
  const auto shift = *file_.le16(30);
  if ((shift != 9 && shift != 12) || *file_.le16(32) != 6) return false;
  sector_shift_ = shift;
  small_limit_ = *file_.le32(56);
  read_allocation(*file_.le32(68), *file_.le32(72));
  const auto table = chain(*file_.le32(60), 4 * (file_.size() / kSmallBytes + 1));
  next_small_ = numbers_of(table);
  read_entries(*file_.le32(48));
  return true;
}

/// The table of sectors lies in sectors that the header names, and further ones that name more.
void CompoundFile::read_allocation(std::uint32_t first_extra, std::uint32_t extras) {
  const auto num_sectors = static_cast<std::size_t>(file_.size() >> sector_shift_);
  const auto take = [&](std::uint32_t number) {
    const FileView part(sector(number));
    for (std::size_t at = 0; at + 4 <= part.size() && next_.size() < num_sectors; at += 4)
      next_.push_back(*part.le32(at));
  };
  for (std::size_t i = 0; i < kHeaderTable; ++i) take(*file_.le32(76 + 4 * i));
  for (std::size_t n = 0; n < std::min<std::size_t>(extras, num_sectors); ++n) {
    const FileView part(sector(first_extra));
    if (part.size() < 8) return;
    const auto last = part.size() - 4;
    for (std::size_t at = 0; at + 4 <= last; at += 4) take(*part.le32(at));
    first_extra = part.le32(last).value_or(kLastSector);
  }
}

std::string CompoundFile::chain(std::uint32_t start, std::size_t most) const {
  std::string out;
  for (std::size_t n = 0; n <= next_.size() && start < kLastSector && out.size() < most; ++n) {
    const auto part = sector(start);
    if (part.empty()) break;
    out += as_text(part).substr(0, most - out.size());
    if (start >= next_.size()) break;
    start = next_[start];
  }
  return out;
}

std::string CompoundFile::small_chain(std::uint32_t start, std::size_t most) const {
  std::string out;
  for (std::size_t n = 0; n <= next_small_.size() && out.size() < most; ++n) {
    const auto at = std::uint64_t{start} * kSmallBytes;
    if (start >= next_small_.size() || at >= small_.size()) break;
    out += std::string_view(small_).substr(at, std::min(kSmallBytes, most - out.size()));
    start = next_small_[start];
  }
  return out;
}

void CompoundFile::read_entries(std::uint32_t start) {
  constexpr std::uint8_t kStream = 2, kRoot = 5;
  const auto bytes = chain(start, kMostEntries * kEntryBytes);
  const FileView view(bytes_of(bytes));
  for (std::size_t at = 0; at + kEntryBytes <= bytes.size(); at += kEntryBytes) {
    const auto kind = view.bytes()[at + 66];
    const std::size_t name_bytes = std::min<std::size_t>(*view.le16(at + 64), 64);
    Entry entry{.name = {},
                .is_stream = kind == kStream,
                .start = *view.le32(at + 116),
                .size = *view.le32(at + 120)};
    for (std::size_t i = 0; i + 2 < name_bytes; i += 2) entry.name += bytes[at + i];
    if (kind == kRoot) small_ = chain(entry.start, std::min<std::size_t>(entry.size, kMostSmall));
    if (kind != 0) entries_.push_back(std::move(entry));
  }
}

const CompoundFile::Entry* CompoundFile::find(std::string_view name) const noexcept {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.is_stream &&
           std::equal(entry.name.begin(), entry.name.end(), name.begin(), name.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
  });
  return found == entries_.end() ? nullptr : &*found;
}

std::string CompoundFile::read(const Entry& entry, std::size_t most) const {
  most = std::min<std::size_t>(most, entry.size);
  return entry.size < small_limit_ ? small_chain(entry.start, most) : chain(entry.start, most);
}

}  // namespace sekisho::engines::file_features
