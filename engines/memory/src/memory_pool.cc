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

/// Small blocks are carved this many bytes at a time, so that a burst of them is one step.
constexpr std::size_t kCarveBytes = 4096;

}  // namespace

Result<std::unique_ptr<MemoryPool>> MemoryPool::create(std::size_t limit_bytes) {
  const auto limit =
      (std::max(limit_bytes, kLargestBlock) + kLargestBlock - 1) / kLargestBlock * kLargestBlock;
  void* base = mmap(nullptr, limit, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED)
    return Error{Error::Code::resource,
                 "no address space for " + std::to_string(limit >> 20) + " MiB of conversations"};
  return std::unique_ptr<MemoryPool>(new MemoryPool(static_cast<std::byte*>(base), limit));
}

MemoryPool::~MemoryPool() { munmap(base_, limit_); }

std::size_t MemoryPool::block_bytes(std::size_t bytes) noexcept {
  return size_of_class(class_of(bytes));
}

void* MemoryPool::allocate(std::size_t bytes) noexcept {
  if (bytes > kLargestBlock) {
    ++refusals_;
    return nullptr;
  }
  const auto size_class = class_of(bytes);
  void* block = free_[size_class];
  if (block != nullptr)
    free_[size_class] = free_[size_class]->next;
  else
    block = carve(size_class);
  if (block == nullptr) {
    ++refusals_;
    return nullptr;
  }
  used_ += size_of_class(size_class);
  return block;
}

/// Fresh memory behind everything handed out so far; when that is at its end, a larger free block
/// is split.
void* MemoryPool::carve(std::size_t size_class) noexcept {
  const auto size = size_of_class(size_class);
  const auto bytes = std::max(size, kCarveBytes);
  std::byte* fresh = nullptr;
  std::size_t available = 0;
  if (limit_ - carved_ >= bytes) {
    fresh = base_ + carved_;
    carved_ += bytes;
    available = bytes;
  } else {
    for (std::size_t larger = size_class + 1; larger < kClasses && fresh == nullptr; ++larger) {
      if (free_[larger] == nullptr) continue;
      fresh = reinterpret_cast<std::byte*>(free_[larger]);
      free_[larger] = free_[larger]->next;
      available = size_of_class(larger);
    }
  }
  if (fresh == nullptr) return nullptr;
  for (std::size_t at = size; at + size <= available; at += size)
    free_[size_class] = ::new (fresh + at) FreeBlock{free_[size_class]};
  return fresh;
}

void MemoryPool::release(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  const auto size_class = class_of(bytes);
  used_ -= size_of_class(size_class);
  free_[size_class] = ::new (block) FreeBlock{free_[size_class]};
}

}  // namespace sekisho::engines
