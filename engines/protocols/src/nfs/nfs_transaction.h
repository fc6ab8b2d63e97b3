#pragma once

#include <array>

#include "engines/protocols/parser.h"
#include "nfs/rpc.h"
#include "scattered_file.h"

namespace sekisho::engines::nfs {

/// What stands for a file: up to 128 bytes, RFC 7530 §2.1.
struct FileHandle {
  static constexpr std::size_t kMaxBytes = 128;

  FileHandle() = default;
  /// Longer ones are cut.
  explicit FileHandle(Bytes handle) noexcept;
  bool empty() const noexcept { return size == 0; }
  bool operator==(const FileHandle& other) const noexcept;

  std::array<std::uint8_t, kMaxBytes> bytes{};
  std::uint8_t size = 0;
  std::uint32_t hash = 0;  // CRC-32 (ISO 3309)
};

/// A call and its reply, or all that is read from or written to one file.
class NfsTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxName = 1024;
  static constexpr std::size_t kMaxMachine = 255;

  NfsTransaction(std::uint64_t id, MemoryPool& pool) noexcept
      : Transaction(id), name(pool, kMaxName), target(pool, kMaxName), machine(pool, kMaxMachine) {}

  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;
  void log(ProtocolEvents& events) noexcept;

  std::uint32_t xid = 0, version = 0, procedure = 0;
  std::uint32_t flavor = 0, uid = 0, gid = 0;
  PooledBytes name, target;  // of the file; what it becomes
  PooledBytes machine;
  FileHandle handle;
  std::uint32_t status = 0;
  bool accepted = true;
  bool is_file = false;
  Direction file_direction = Direction::to_client;
  Pooled<ScatteredFile> file;
  std::uint32_t chunks = 0, last_xid = 0;
  bool is_last = false;  // its end was told

 private:
  void write_chunks(events::BoundedJsonWriter& json) const noexcept;
};

}  // namespace sekisho::engines::nfs
