#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "config/base/result.h"

namespace sekisho::engines {

/// Memory of one worker's conversations: blocks of power-of-two sizes out of one reservation, no
/// lock, no system call. The reservation is the bound: what does not fit is refused and counted,
/// never taken from elsewhere. A call takes kClasses steps at most: a larger block is halved until
/// it fits, and free halves (buddies) become one again, except for a few of each small size that
/// are kept for the next request.
class MemoryPool {
 public:
  static constexpr std::size_t kSmallestBlock = 64;
  static constexpr std::size_t kLargestBlock = std::size_t{1} << 20;

  /// Reserves `limit_bytes` of address space (at least kLargestBlock, rounded up to it); pages are
  /// touched when first used.
  static Result<std::unique_ptr<MemoryPool>> create(std::size_t limit_bytes);
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  /// Aligned to min(block size, 64). nullptr: over kLargestBlock, or nothing left (counted).
  void* allocate(std::size_t bytes) noexcept;
  /// `bytes` as it was asked for.
  void release(void* block, std::size_t bytes) noexcept;

  /// What a request of `bytes` really takes.
  static std::size_t block_bytes(std::size_t bytes) noexcept;
  std::size_t used_bytes() const noexcept { return used_; }
  std::size_t limit_bytes() const noexcept { return limit_; }
  std::uint64_t refusals() const noexcept { return refusals_; }

 private:
  struct FreeBlock {
    FreeBlock* next;
    FreeBlock* previous;
  };
  static constexpr std::size_t kClasses = 15;       // 64 bytes ... 1 MiB
  static constexpr std::uint32_t kKeptOfClass = 8;  // free blocks that are not joined
  static constexpr std::size_t kKeptClasses = 7;    // up to 4 KiB

  MemoryPool(std::byte* base, std::size_t limit) noexcept;
  void put(std::byte* block, std::size_t size_class) noexcept;
  void take(std::byte* block, std::size_t size_class) noexcept;
  std::byte* take_any(std::size_t size_class) noexcept;
  std::uint8_t& mark_of(const std::byte* block) noexcept;

  std::byte* base_;
  std::uint8_t*
      marks_;  // one for each kSmallestBlock: class + 1 of the free block that begins there
  std::size_t limit_;
  std::size_t carved_ = 0;  // from base_: handed out at least once, a multiple of kLargestBlock
  std::size_t used_ = 0;
  std::uint64_t refusals_ = 0;
  std::array<FreeBlock*, kClasses> free_{};
  std::array<std::uint32_t, kClasses> num_free_{};
};

template <class T>
struct PooledDelete {
  MemoryPool* pool = nullptr;
  std::size_t bytes = 0;  // of the object as it was made, which may be derived from T
  void operator()(T* object) const noexcept {
    void* block = const_cast<std::remove_const_t<T>*>(object);
    object->~T();
    pool->release(block, bytes);
  }
};

/// Owns one object in a pool, which must outlive it. A derived object must be at the same address
/// as its base (single inheritance).
template <class T>
using Pooled = std::unique_ptr<T, PooledDelete<T>>;

/// A T in `pool`, seen as a Base; null when the pool refuses.
template <class T, class Base = T, class... Arguments>
Pooled<Base> make_pooled(MemoryPool& pool, Arguments&&... arguments) noexcept {
  static_assert(std::is_same_v<T, Base> || std::has_virtual_destructor_v<Base>);
  static_assert(alignof(T) <= 64);
  void* block = pool.allocate(sizeof(T));
  if (block == nullptr) return Pooled<Base>(nullptr, {&pool, sizeof(T)});
  return Pooled<Base>(::new (block) T(std::forward<Arguments>(arguments)...), {&pool, sizeof(T)});
}

/// Contiguous bytes that grow within the pool up to a bound of their own.
class PooledBytes {
 public:
  PooledBytes(MemoryPool& pool, std::size_t max_bytes) noexcept : pool_(&pool), max_(max_bytes) {}
  PooledBytes(PooledBytes&& other) noexcept;
  PooledBytes& operator=(PooledBytes&& other) noexcept;
  ~PooledBytes() { reset(); }

  /// All of `bytes`, or none and false: over the bound, or the pool refused. `bytes` may not lie in
  /// here.
  bool append(std::span<const std::uint8_t> bytes) noexcept;
  /// As many as fit under the bound; how many.
  std::size_t append_some(std::span<const std::uint8_t> bytes) noexcept;
  /// Room for `count` more bytes to be written in place; empty when refused. commit() takes up how
  /// many were written.
  std::span<std::uint8_t> prepare(std::size_t count) noexcept;
  void commit(std::size_t count) noexcept { size_ += count; }
  /// Forgets the first `count`, moving the rest down.
  void erase_front(std::size_t count) noexcept;
  void truncate(std::size_t count) noexcept { size_ = count < size_ ? count : size_; }
  void clear() noexcept { size_ = 0; }
  /// Gives the memory back.
  void reset() noexcept;

  std::span<const std::uint8_t> view() const noexcept { return {data_, size_}; }
  std::span<std::uint8_t> writable() noexcept { return {data_, size_}; }
  std::size_t size() const noexcept { return size_; }
  std::size_t max_size() const noexcept { return max_; }
  bool empty() const noexcept { return size_ == 0; }
  MemoryPool& pool() const noexcept { return *pool_; }

 private:
  bool reserve(std::size_t bytes) noexcept;

  MemoryPool* pool_;
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t max_;
};

}  // namespace sekisho::engines
