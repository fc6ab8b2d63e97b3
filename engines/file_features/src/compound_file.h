#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "file_view.h"

namespace sekisho::engines::file_features {

/// A compound file ([MS-CFB]; OLE2): a file system in a file, for the old Office formats, and the
/// VBA project of the new ones. Chains of sectors are followed for no more sectors than there are,
/// so circles end.
class CompoundFile {
 public:
  struct Entry {
    std::string name;  // of its UTF-16 the low bytes
    bool is_stream = false;
    std::uint32_t start = 0;  // its first sector
    std::uint64_t size = 0;
  };
  static constexpr std::size_t kMostEntries = 4096;

  /// `file` outlives it. Nothing: it is none.
  static std::optional<CompoundFile> open(Bytes file);

  const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// The first stream of this name, whatever its case; null: there is none.
  const Entry* find(std::string_view name) const noexcept;
  /// At most `most` bytes of a stream; fewer where its chain breaks.
  std::string read(const Entry& entry, std::size_t most) const;

 private:
  explicit CompoundFile(Bytes file) noexcept : file_(file) {}
  bool read_header();
  void read_allocation(std::uint32_t first_extra, std::uint32_t extras);
  void read_entries(std::uint32_t start);
  Bytes sector(std::uint32_t number) const noexcept;
  std::string chain(std::uint32_t start, std::size_t most) const;
  std::string small_chain(std::uint32_t start, std::size_t most) const;

  FileView file_;
  unsigned sector_shift_ = 9;
  std::uint32_t small_limit_ = 4096;
  std::vector<std::uint32_t> next_;        // of each sector
  std::vector<std::uint32_t> next_small_;  // of each small one
  std::string small_;                      // the stream that small sectors lie in
  std::vector<Entry> entries_;
};

}  // namespace sekisho::engines::file_features
