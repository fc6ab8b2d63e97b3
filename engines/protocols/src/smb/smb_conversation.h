#pragma once

#include <array>

#include "exchanges.h"
#include "message_assembler.h"
#include "recent_table.h"
#include "smb/record_reader.h"
#include "smb/smb_transaction.h"

namespace sekisho::engines::smb {

/// A named pipe over which DCERPC is spoken.
struct Pipe {
  static constexpr std::size_t kMaxPdu = 0xffff;

  explicit Pipe(MemoryPool& pool) noexcept
      : messages{MessageAssembler(pool, kMaxPdu, dcerpc::pdu_bytes),
                 MessageAssembler(pool, kMaxPdu, dcerpc::pdu_bytes)} {}
  dcerpc::Interfaces interfaces;
  MessageAssembler messages[2];
  bool broken[2] = {};  // not DCERPC, or bytes of it are missing
};

/// An open file or pipe.
struct Handle {
  explicit Handle(MemoryPool& pool) noexcept : name(pool, SmbTransaction::kMaxName) {}
  FileId id;
  PooledBytes name;
  Pooled<Pipe> pipe;
};

/// A connected share.
struct Tree {
  explicit Tree(MemoryPool& pool) noexcept : share(pool, SmbTransaction::kMaxName) {}
  std::uint64_t session_id = 0;
  std::uint32_t id = 0;
  bool is_pipe = false;
  PooledBytes share;
};

/// A READ that waits for its data.
struct PendingRead {
  Header header;
  FileId file;
  std::uint64_t offset = 0;
};

/// What both versions share: who asked what, open files, pipes and shares.
class SmbConversation final : private FileSink {
 public:
  static constexpr std::size_t kMaxOpen = 128;     // transactions, files among them
  static constexpr std::size_t kMaxHandles = 256;  // open files
  static constexpr std::size_t kMaxTrees = 32;     // connected shares
  static constexpr std::size_t kMaxReads = 128;    // without data yet

  SmbConversation(MemoryPool& pool, const ParserOptions& options) noexcept
      : dialect_text(pool, kMaxDialectText), pool_(pool), options_(options), transactions_(pool) {}

  /// For the calls that follow.
  void listen(ProtocolEvents& events) noexcept { events_ = &events; }

  SmbTransaction* open(const Header& header, Subject subject) noexcept;
  /// The request that `answer` answers; null: it was not seen.
  SmbTransaction* asked(const Header& answer) noexcept;
  template <class Fits>
  SmbTransaction* find(Fits fits) noexcept {
    return transactions_.find(fits);
  }
  void request_done(SmbTransaction& transaction) noexcept;
  void answered(SmbTransaction& transaction, const Header& answer) noexcept;
  void finish(SmbTransaction& transaction) noexcept;
  void finish_all() noexcept;
  void add_oddity(std::string_view name) noexcept;

  Tree* tree(const Header& header) noexcept;
  void connect(const Header& answer, Bytes share, bool is_pipe) noexcept;
  void disconnect(const Header& header) noexcept;

  Handle* handle(const FileId& id) noexcept;
  Handle* open_handle(const FileId& id, Bytes name) noexcept;
  /// The client closes it: files that it read or wrote end, and so do calls.
  void close(const FileId& id) noexcept;

  void asked_to_read(const Header& header, const FileId& file, std::uint64_t offset) noexcept;
  std::optional<PendingRead> take_read(const Header& answer) noexcept;
  /// Data of a READ or WRITE come next in that direction.
  Bulk begin_data(Direction direction, const Header& request, const FileId& file,
                  std::uint64_t offset, Bulk where) noexcept;
  void data(Direction direction, Bytes bytes) noexcept;
  void data_lost(Direction direction, std::uint64_t count) noexcept;
  void data_end(Direction direction) noexcept;
  void end_of_file(const FileId& file, std::uint32_t status) noexcept;
  /// What came to or from a pipe in one piece; false: that is no pipe of DCERPC.
  bool transact(Direction direction, const Header& header, const FileId& file,
                Bytes bytes) noexcept;

  Transaction* newest() noexcept { return transactions_.newest(); }
  MemoryPool& pool() const noexcept { return pool_; }

  std::uint16_t dialect = 0;  // SMB2's, as answered
  static constexpr std::size_t kMaxDialectText = 64;
  PooledBytes dialect_text;                   // SMB1's
  std::uint32_t max_read = 0, max_write = 0;  // as the server told; 0: it did not

 private:
  /// Where data of a direction go.
  struct Target {
    enum class Kind : std::uint8_t { none, file, pipe } kind = Kind::none;
    FileId file;
    Header header;
  };

  void file_grew(const FileView& file) noexcept override {
    events_->file_grew(*file_under_way_, file);
  }
  SmbTransaction* file_transaction(const FileId& id, Direction direction) noexcept;
  SmbTransaction* open_file(Direction direction, const Header& request, const FileId& id) noexcept;
  void end_file(SmbTransaction& transaction, bool truncated) noexcept;
  Pipe* pipe_of(const FileId& file, const Header& header, Bytes first) noexcept;
  void read_pipe(Direction direction, const Header& header, Handle& handle, Bytes bytes) noexcept;
  void read_pdu(Direction direction, const Header& header, Handle& handle,
                const dcerpc::Pdu& pdu) noexcept;
  SmbTransaction* open_call(const Header& header, Handle& handle, std::uint32_t id) noexcept;

  MemoryPool& pool_;
  ParserOptions options_;
  ProtocolEvents* events_ = nullptr;
  Exchanges<SmbTransaction, kMaxOpen> transactions_;
  RecentTable<Handle, kMaxHandles> handles_;
  RecentTable<Tree, kMaxTrees> trees_;
  std::array<PendingRead, kMaxReads> reads_;
  std::size_t num_reads_ = 0;
  Target targets_[2];
  SmbTransaction* file_under_way_ = nullptr;  // while its bytes are told
  std::uint32_t next_file_ = 0;
};

}  // namespace sekisho::engines::smb
