#pragma once

#include <array>

#include "engines/memory/memory_pool.h"
#include "smb/smb_wire.h"

namespace sekisho::engines::smb {

/// Data of a record: where in it.
struct Bulk {
  std::uint64_t offset = 0, length = 0;
};

/// Who is told of one direction's records.
class RecordSink {
 public:
  /// A record of `length` bytes: its beginning, as wanted_bytes() says. What data of it is then
  /// passed to bulk().
  virtual Bulk record(Bytes head, std::uint64_t length) noexcept = 0;
  virtual void bulk(Bytes data) noexcept = 0;
  virtual void bulk_lost(std::uint64_t count) noexcept = 0;
  virtual void bulk_end() noexcept = 0;
  /// The transport's message is over: no further record is related to the last one.
  virtual void message_end() noexcept = 0;

 protected:
  ~RecordSink() = default;
};

/// Cuts one direction's stream into the records of its messages. Only a split record's beginning is
/// copied; data passes through.
class RecordReader {
 public:
  static constexpr std::size_t kMaxRecord = 64 * 1024;  // looked at of a record without data

  explicit RecordReader(MemoryPool& pool) noexcept : partial_(pool, kMaxRecord) {}

  /// False: this is not SMB, and nothing before was.
  bool feed(Bytes bytes, RecordSink& sink) noexcept;
  /// `count` bytes are missing: the message under way goes on behind them, or the next is sought.
  void gap(std::uint64_t count, RecordSink& sink) noexcept;

 private:
  enum class State : std::uint8_t { frame, record, data, pass, seek };

  bool read_frame(Bytes& bytes) noexcept;
  void gather(Bytes& bytes, RecordSink& sink) noexcept;
  void give(Bytes record, RecordSink& sink) noexcept;
  void pass_data(Bytes& bytes, RecordSink& sink) noexcept;
  void seek(Bytes& bytes) noexcept;
  void advance(std::uint64_t count, RecordSink& sink) noexcept;
  void settle(RecordSink& sink) noexcept;

  PooledBytes partial_;
  std::array<std::uint8_t, kFrameHeadBytes> frame_{};
  std::uint8_t frame_bytes_ = 0;
  State state_ = State::frame;
  bool any_ = false;          // a message was seen
  bool in_bulk_ = false;      // bulk_end() is due
  std::uint64_t left_ = 0;    // of the message, from the record's beginning while one is read
  std::uint64_t length_ = 0;  // of the record
  std::uint64_t at_ = 0;      // bytes of the record that passed
  std::uint64_t bulk_begin_ = 0, bulk_end_ = 0;
};

}  // namespace sekisho::engines::smb
