#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace sekisho::decrypt {

class BufferPool;

/// One buffer of a pool, or none. Goes back to the pool with its owner.
class Buffer {
 public:
  Buffer() noexcept = default;
  Buffer(Buffer&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)), bytes_(std::exchange(other.bytes_, nullptr)) {}
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer() { reset(); }

  explicit operator bool() const noexcept { return bytes_ != nullptr; }
  std::span<std::uint8_t> bytes() const noexcept;
  void reset() noexcept;

 private:
  friend class BufferPool;
  Buffer(BufferPool* pool, std::uint8_t* bytes) noexcept : pool_(pool), bytes_(bytes) {}
  BufferPool* pool_ = nullptr;
  std::uint8_t* bytes_ = nullptr;
};

/// All the memory that the sessions of one loop have for bytes on their way: a session borrows a
/// buffer while an end does not take what the other has sent, and an idle one has none.
class BufferPool {
 public:
  static constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

  explicit BufferPool(std::size_t buffers);
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  Buffer take() noexcept;  // none when all are lent
  std::size_t lent() const noexcept { return total_ - free_.size(); }
  /// Counts up with every buffer that comes back.
  std::uint64_t returns() const noexcept { return returns_; }

 private:
  friend class Buffer;
  void give_back(std::uint8_t* bytes) noexcept;

  std::unique_ptr<std::uint8_t[]> memory_;
  std::vector<std::uint8_t*> free_;  // never longer than it began
  std::size_t total_;
  std::uint64_t returns_ = 0;
};

inline std::span<std::uint8_t> Buffer::bytes() const noexcept {
  return {bytes_, BufferPool::kBufferBytes};
}

}  // namespace sekisho::decrypt
