#pragma once

#include <array>

#include "file_stream.h"

namespace sekisho::engines {

/// A file whose parts say where they belong, as file servers send them: in order as a rule; a part
/// that is early waits for what is before it.
class ScatteredFile {
 public:
  static constexpr std::size_t kMaxWaiting = 16;                // early parts
  static constexpr std::size_t kMaxWaitingBytes = 1024 * 1024;  // of all of them

  explicit ScatteredFile(MemoryPool& pool) noexcept : pool_(pool), stream_(pool) {}

  void begin(std::uint32_t id, std::span<const std::uint8_t> name, Direction direction,
             std::uint64_t depth) noexcept {
    depth_ = depth;
    stream_.begin(id, name, direction, depth);
  }
  bool is_open() const noexcept { return stream_.is_open(); }
  /// Parts come one at a time. False: bytes of it were there before.
  bool begin_part(std::uint64_t offset) noexcept;
  void append(std::span<const std::uint8_t> bytes, FileSink& sink) noexcept;
  /// The next `count` bytes of the part are missing.
  void lose(std::uint64_t count) noexcept;
  void end_part(FileSink& sink) noexcept;
  void finish(FileSink& sink, bool truncated) noexcept;

 private:
  struct Waiting {
    explicit Waiting(MemoryPool& pool) noexcept : bytes(pool, kMaxWaitingBytes) {}
    std::uint64_t offset = 0;
    PooledBytes bytes;
  };
  bool keep(std::span<const std::uint8_t> bytes) noexcept;
  std::size_t first_waiting() const noexcept;
  void take_waiting(std::size_t index, FileSink& sink) noexcept;
  void take_all(FileSink& sink) noexcept;

  MemoryPool& pool_;
  FileStream stream_;
  std::uint64_t depth_ = 0;
  std::uint64_t next_ = 0;  // offset up to which the file was told
  std::uint64_t at_ = 0;    // offset of the next byte of the part under way
  std::array<Pooled<Waiting>, kMaxWaiting> waiting_;
  std::size_t num_waiting_ = 0;
  std::size_t waiting_bytes_ = 0;
  bool keeping_ = false;  // the part under way is the last one waiting
};

}  // namespace sekisho::engines
