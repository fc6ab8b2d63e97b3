#pragma once

#include <array>

#include "engines/conversation/inspector.h"
#include "engines/protocols/file_magic.h"

namespace sekisho::engines {

/// A file that crosses a conversation, as far as it went; its name is its own.
struct KnownFile {
  static constexpr std::size_t kMaxName = 1024;

  KnownFile(MemoryPool& pool, const Transaction& of, FileDigests::Kinds kinds) noexcept
      : transaction(&of), name(pool, kMaxName), wants_digests(kinds.any()), digests(kinds) {}

  /// Once its beginning is at hand.
  void find_magic(const FileView& file) noexcept;

  const Transaction* transaction;
  PooledBytes name;
  FileView view;  // name and digests are those here; no bytes
  bool wants_digests;
  FileDigests digests;
  FileDigests::Values values;
  std::array<char, kFileMagicText> magic_room;
  std::string_view magic;                    // what it is; empty: not known, or nobody asks
  std::array<std::uint32_t, 4> stored_by{};  // signatures
  std::uint8_t num_stored_by = 0;
  bool wanted = false;  // a rule wants it stored
  bool stored = false;
  bool untold = false;  // complete, its record waits for a packet of its direction
};

/// The files of a conversation whose transactions are open.
class Files {
 public:
  static constexpr std::size_t kMax = 16;

  explicit Files(MemoryPool& pool) noexcept : pool_(pool) {}

  /// Takes up what is new of a file. Null when too many are known, or without memory: those have
  /// no digests. Which `digests` it has is decided when it begins.
  KnownFile* grow(const Transaction& transaction, const FileView& file,
                  FileDigests::Kinds digests) noexcept;
  /// The transaction is over.
  void forget(const Transaction& transaction) noexcept;
  void forget(const KnownFile& file) noexcept;
  std::span<const Pooled<KnownFile>> all() const noexcept { return {files_.data(), num_files_}; }

 private:
  KnownFile* find(const Transaction& transaction, std::uint32_t id) noexcept;
  KnownFile* open(const Transaction& transaction, const FileView& file,
                  FileDigests::Kinds digests) noexcept;

  MemoryPool& pool_;
  std::array<Pooled<KnownFile>, kMax> files_;
  std::size_t num_files_ = 0;
};

/// Members of `fileinfo`, and of `files` in alerts.
void write_file(const KnownFile& file, std::uint64_t transaction_id,
                events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines
