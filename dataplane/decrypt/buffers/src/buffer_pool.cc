#include "dataplane/decrypt/buffers/buffer_pool.h"

namespace sekisho::decrypt {

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this == &other) return *this;
  reset();
  pool_ = std::exchange(other.pool_, nullptr);
  bytes_ = std::exchange(other.bytes_, nullptr);
  return *this;
}

void Buffer::reset() noexcept {
  if (bytes_ != nullptr) pool_->give_back(bytes_);
  pool_ = nullptr;
  bytes_ = nullptr;
}

BufferPool::BufferPool(std::size_t buffers)
    : memory_(new std::uint8_t[buffers * kBufferBytes]), total_(buffers) {
  free_.reserve(buffers);
  for (std::size_t i = 0; i < buffers; ++i) free_.push_back(memory_.get() + i * kBufferBytes);
}

Buffer BufferPool::take() noexcept {
  if (free_.empty()) return {};
  // The one that came back last is the one that the cache still has.
  std::uint8_t* const bytes = free_.back();
  free_.pop_back();
  return {this, bytes};
}

void BufferPool::give_back(std::uint8_t* bytes) noexcept {
  free_.push_back(bytes);
  ++returns_;
}

}  // namespace sekisho::decrypt
