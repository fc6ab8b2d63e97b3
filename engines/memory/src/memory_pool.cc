#include "engines/memory/memory_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>

namespace sekisho::engines {
namespace {

std::size_t class_of(std::size_t bytes) noexcept {
  const auto rounded = std::bit_ceil(std::max(bytes, MemoryPool::kSmallestBlock));
  return static_cast<std::size_t>(std::countr_zero(rounded) -
                                  std::countr_zero(MemoryPool::kSmallestBlock));
}

constexpr std::size_t size_of_class(std::size_t size_class) noexcept {
  return MemoryPool::kSmallestBlock << size_class;
}

constexpr std::size_t marks_bytes(std::size_t limit) noexcept {
  return limit / MemoryPool::kSmallestBlock;
}

}  // namespace

Result<std::unique_ptr<MemoryPool>> MemoryPool::create(std::size_t limit_bytes) {
  const auto limit =
      (std::max(limit_bytes, kLargestBlock) + kLargestBlock - 1) / kLargestBlock * kLargestBlock;
  void* base = mmap(nullptr, limit + marks_bytes(limit), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED)
    return Error{Error::Code::resource,
                 "no address space for " + std::to_string(limit >> 20) + " MiB of conversations"};
  return std::unique_ptr<MemoryPool>(new MemoryPool(static_cast<std::byte*>(base), limit));
}

MemoryPool::MemoryPool(std::byte* base, std::size_t limit) noexcept
    : base_(base), marks_(reinterpret_cast<std::uint8_t*>(base + limit)), limit_(limit) {}

MemoryPool::~MemoryPool() { munmap(base_, limit_ + marks_bytes(limit_)); }

std::size_t MemoryPool::block_bytes(std::size_t bytes) noexcept {
  return size_of_class(class_of(bytes));
}

std::uint8_t& MemoryPool::mark_of(const std::byte* block) noexcept {
  return marks_[static_cast<std::size_t>(block - base_) / kSmallestBlock];
}

void MemoryPool::put(std::byte* block, std::size_t size_class) noexcept {
  FreeBlock*& first = free_[size_class];
  auto* const added = ::new (block) FreeBlock{first, nullptr};
  if (first != nullptr) first->previous = added;
  first = added;
  ++num_free_[size_class];
  mark_of(block) = static_cast<std::uint8_t>(size_class + 1);
}

void MemoryPool::take(std::byte* block, std::size_t size_class) noexcept {
  auto* const taken = reinterpret_cast<FreeBlock*>(block);
  if (taken->previous != nullptr)
    taken->previous->next = taken->next;
  else
    free_[size_class] = taken->next;
  if (taken->next != nullptr) taken->next->previous = taken->previous;
  --num_free_[size_class];
  mark_of(block) = 0;
}

/// The smallest free block that is large enough, halved until it fits. Fresh memory comes last, so
/// that what was touched once is used again.
std::byte* MemoryPool::take_any(std::size_t size_class) noexcept {
  std::size_t larger = size_class;
  while (larger < kClasses && free_[larger] == nullptr) ++larger;
  std::byte* block = nullptr;
  if (larger < kClasses) {
    block = reinterpret_cast<std::byte*>(free_[larger]);
    take(block, larger);
  } else {
    if (carved_ == limit_) return nullptr;
    larger = kClasses - 1;
    block = base_ + carved_;
    carved_ += kLargestBlock;
  }
  while (larger > size_class) {
    --larger;
    put(block + size_of_class(larger), larger);
  }
  return block;
}

void* MemoryPool::allocate(std::size_t bytes) noexcept {
  if (bytes > kLargestBlock) {
    ++refusals_;
    return nullptr;
  }
  const auto size_class = class_of(bytes);
  std::byte* const block = take_any(size_class);
  if (block == nullptr) {
    ++refusals_;
    return nullptr;
  }
  used_ += size_of_class(size_class);
  return block;
}

void MemoryPool::release(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  auto size_class = class_of(bytes);
  used_ -= size_of_class(size_class);
  auto* freed = static_cast<std::byte*>(block);
  while (size_class + 1 < kClasses &&
         (size_class >= kKeptClasses || num_free_[size_class] >= kKeptOfClass)) {
    const auto offset = static_cast<std::size_t>(freed - base_);
    std::byte* const buddy = base_ + (offset ^ size_of_class(size_class));
    if (mark_of(buddy) != size_class + 1) break;
    take(buddy, size_class);
    freed = std::min(freed, buddy);
    ++size_class;
  }
  put(freed, size_class);
}

}  // namespace sekisho::engines
