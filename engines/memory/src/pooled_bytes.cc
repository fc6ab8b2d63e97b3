#include <algorithm>
#include <cstring>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines {

PooledBytes::PooledBytes(PooledBytes&& other) noexcept
    : pool_(other.pool_),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      max_(other.max_) {}

PooledBytes& PooledBytes::operator=(PooledBytes&& other) noexcept {
  if (this == &other) return *this;
  reset();
  pool_ = other.pool_;
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  max_ = other.max_;
  return *this;
}

void PooledBytes::reset() noexcept {
  if (data_ != nullptr) pool_->release(data_, capacity_);
  data_ = nullptr;
  size_ = capacity_ = 0;
}

bool PooledBytes::reserve(std::size_t bytes) noexcept {
  if (bytes <= capacity_) return true;
  if (bytes > max_) return false;
  const auto wanted = MemoryPool::block_bytes(bytes);
  auto* larger = static_cast<std::uint8_t*>(pool_->allocate(wanted));
  if (larger == nullptr) return false;
  if (size_ != 0) std::memcpy(larger, data_, size_);
  if (data_ != nullptr) pool_->release(data_, capacity_);
  data_ = larger;
  capacity_ = wanted;
  return true;
}

bool PooledBytes::append(std::span<const std::uint8_t> bytes) noexcept {
  if (bytes.empty()) return true;
  if (bytes.size() > max_ - size_ || !reserve(size_ + bytes.size())) return false;
  std::memcpy(data_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  return true;
}

std::size_t PooledBytes::append_some(std::span<const std::uint8_t> bytes) noexcept {
  const auto count = std::min(bytes.size(), max_ - size_);
  return append(bytes.first(count)) ? count : 0;
}

std::span<std::uint8_t> PooledBytes::prepare(std::size_t count) noexcept {
  if (count > max_ - size_ || !reserve(size_ + count)) return {};
  return {data_ + size_, count};
}

void PooledBytes::erase_front(std::size_t count) noexcept {
  count = std::min(count, size_);
  size_ -= count;
  if (size_ != 0 && count != 0) std::memmove(data_, data_ + count, size_);
}

}  // namespace sekisho::engines
