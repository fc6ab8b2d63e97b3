#pragma once

#include "exchanges.h"
#include "nfs/nfs_transaction.h"
#include "recent_table.h"

namespace sekisho::engines::nfs {

/// A call whose reply needs what it asked.
struct PendingCall {
  explicit PendingCall(MemoryPool& pool) noexcept : name(pool, NfsTransaction::kMaxName) {}
  std::uint32_t xid = 0, version = 0, procedure = 0;
  bool guarded = false, encrypted = false;
  FileHandle handle;  // that is read, or was named
  std::uint64_t offset = 0;
  PooledBytes name;
};

/// A file's name, as it was looked up.
struct KnownFile {
  explicit KnownFile(MemoryPool& pool) noexcept : name(pool, NfsTransaction::kMaxName) {}
  FileHandle handle;
  PooledBytes name;
};

/// Data of a message: where in it.
struct Data {
  std::size_t offset = 0;
  std::uint64_t length = 0;
};

/// Calls and replies of one client and server, without their transport.
class NfsConversation final : private FileSink {
 public:
  static constexpr std::size_t kMaxOpen = 128;     // transactions, files among them
  static constexpr std::size_t kMaxPending = 128;  // calls whose reply is awaited
  static constexpr std::size_t kMaxNames = 256;    // of files

  NfsConversation(MemoryPool& pool, const ParserOptions& options) noexcept
      : pool_(pool), options_(options), transactions_(pool) {}

  /// For the calls that follow.
  void listen(ProtocolEvents& events) noexcept { events_ = &events; }
  /// A message, or its beginning; what data of it are then given to data().
  Data message(Direction direction, Bytes message) noexcept;
  void data(Direction direction, Bytes bytes) noexcept;
  void data_lost(Direction direction, std::uint64_t count) noexcept;
  void data_end(Direction direction) noexcept;
  void finish_all() noexcept;
  Transaction* newest() noexcept { return transactions_.newest(); }

 private:
  Data read_arguments(const Call& call, Bytes message) noexcept;
  Data read_arguments2(const Call& call, XdrReader& reader) noexcept;
  Data read_arguments3(const Call& call, XdrReader& reader) noexcept;
  Data read_compound(const Call& call, XdrReader& reader) noexcept;
  Data read_deed(const Call& call, std::uint32_t operation, const FileHandle& current,
                 XdrReader& reader) noexcept;
  Data read_results(Bytes message, const Reply& reply) noexcept;
  Data read_results2(const PendingCall& call, std::uint32_t status, XdrReader& reader) noexcept;
  Data read_results3(const PendingCall& call, std::uint32_t status, XdrReader& reader) noexcept;
  Data read_compound_results(const PendingCall& call, XdrReader& reader) noexcept;
  void read_directory(XdrReader& reader) noexcept;

  NfsTransaction* open(const Call& call, std::uint32_t procedure) noexcept;
  void simple(const Call& call, const FileHandle& handle, Bytes name, Bytes target = {}) noexcept;
  PendingCall* await(const Call& call, std::uint32_t procedure, const FileHandle& handle) noexcept;
  void finish(NfsTransaction& transaction) noexcept;
  void answered(const PendingCall& call, std::uint32_t status, bool accepted,
                const FileHandle& found) noexcept;

  NfsTransaction* file_of(const FileHandle& handle, Direction direction) noexcept;
  NfsTransaction* open_file(const Call& call, std::uint32_t procedure, const FileHandle& handle,
                            Direction direction) noexcept;
  void ask_read(const Call& call, std::uint32_t procedure, const FileHandle& handle,
                std::uint64_t offset) noexcept;
  Data begin_write(const Call& call, std::uint32_t procedure, const FileHandle& handle,
                   std::uint64_t offset, XdrReader& reader, bool is_last) noexcept;
  Data begin_read(const PendingCall& call, XdrReader& reader, bool is_last) noexcept;
  Data begin_part(Direction direction, NfsTransaction& transaction, std::uint64_t offset,
                  std::uint32_t xid, XdrReader& reader, bool is_last) noexcept;
  void close_file(const FileHandle& handle) noexcept;
  void end_file(NfsTransaction& transaction, bool truncated) noexcept;

  Bytes name_of(const FileHandle& handle) noexcept;
  void remember(const FileHandle& handle, Bytes name) noexcept;
  void file_grew(const FileView& file) noexcept override {
    events_->file_grew(*file_under_way_, file);
  }

  struct Target {
    bool active = false;
    bool is_last = false;
    FileHandle handle;
  };

  MemoryPool& pool_;
  ParserOptions options_;
  ProtocolEvents* events_ = nullptr;
  Exchanges<NfsTransaction, kMaxOpen> transactions_;
  RecentTable<PendingCall, kMaxPending> pending_;
  RecentTable<KnownFile, kMaxNames> names_;
  Target targets_[2];
  NfsTransaction* file_under_way_ = nullptr;  // while its bytes are told
  std::uint32_t next_file_ = 0;
};

}  // namespace sekisho::engines::nfs
