#pragma once

#include "engines/protocols/parser.h"

namespace sekisho::engines {

/// Who is told of a file's bytes.
class FileSink {
 public:
  virtual void file_grew(const FileView& file) noexcept = 0;

 protected:
  ~FileSink() = default;
};

/// A file that comes in pieces: keeps the window in which patterns are looked for, tells the sink
/// of many small pieces at once.
class FileStream {
 public:
  static constexpr std::size_t kWindowBytes = 32 * 1024;
  static constexpr std::size_t kKeptBytes = 8 * 1024;  // of what was reported, for patterns across
  static constexpr std::size_t kMaxName = 1024;

  explicit FileStream(MemoryPool& pool) noexcept
      : name_(pool, kMaxName), window_(pool, kWindowBytes) {}

  /// `depth`: bytes looked at, 0: all.
  void begin(std::uint32_t id, std::span<const std::uint8_t> name, Direction direction,
             std::uint64_t depth) noexcept;
  bool is_open() const noexcept { return open_; }
  void append(std::span<const std::uint8_t> bytes, FileSink& sink) noexcept;
  /// Bytes of it were lost.
  void mark_gap() noexcept { gaps_ = true; }
  /// Tells of what was appended since the last time.
  void report(FileSink& sink) noexcept;
  /// `truncated`: it did not end where it should.
  void finish(FileSink& sink, bool truncated) noexcept;
  std::span<const std::uint8_t> name() const noexcept { return name_.view(); }

 private:
  void tell(FileSink& sink, bool complete, bool truncated) noexcept;

  PooledBytes name_;
  PooledBytes window_;
  std::uint64_t size_ = 0;  // in the window and before it
  std::uint64_t depth_ = 0;
  std::size_t fresh_ = 0;
  std::uint32_t id_ = 0;
  Direction direction_ = Direction::to_server;
  bool open_ = false, gaps_ = false, over_depth_ = false;
};

}  // namespace sekisho::engines
