#pragma once

#include <array>
#include <cstddef>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines {

/// malloc and free, as the unpacking libraries want them, on a pool. Their free does not tell the
/// size, so the few blocks of one unpacker are kept in a table: a size before each block would
/// double what a power-of-two window takes.
class PoolAllocator {
 public:
  static constexpr std::size_t kMaxBlocks = 32;

  explicit PoolAllocator(MemoryPool& pool) noexcept : pool_(pool) {}
  PoolAllocator(const PoolAllocator&) = delete;
  PoolAllocator& operator=(const PoolAllocator&) = delete;
  ~PoolAllocator() {
    for (const auto& block : blocks_)
      if (block.at != nullptr) pool_.release(block.at, block.bytes);
  }

  void* allocate(std::size_t bytes) noexcept {
    for (auto& block : blocks_) {
      if (block.at != nullptr) continue;
      block = {pool_.allocate(bytes), bytes};
      return block.at;
    }
    return nullptr;
  }
  void release(void* at) noexcept {
    if (at == nullptr) return;
    for (auto& block : blocks_) {
      if (block.at != at) continue;
      pool_.release(block.at, block.bytes);
      block = {};
      return;
    }
  }

 private:
  struct Block {
    void* at = nullptr;
    std::size_t bytes = 0;
  };
  MemoryPool& pool_;
  std::array<Block, kMaxBlocks> blocks_{};
};

}  // namespace sekisho::engines
