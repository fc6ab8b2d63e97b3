#include "engines/memory/memory_pool.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <random>
#include <vector>

namespace sekisho::tests {
namespace {

using engines::MemoryPool;

std::unique_ptr<MemoryPool> pool_of(std::size_t bytes) {
  auto pool = MemoryPool::create(bytes);
  REQUIRE(static_cast<bool>(pool));
  return std::move(*pool);
}

TEST_CASE("A pool refuses what does not fit, counts it, and is whole again afterwards") {
  const auto pool = pool_of(2 * MemoryPool::kLargestBlock);
  CHECK(pool->allocate(MemoryPool::kLargestBlock + 1) == nullptr);
  void* const a = pool->allocate(MemoryPool::kLargestBlock);
  void* const b = pool->allocate(MemoryPool::kLargestBlock - 5);
  REQUIRE(a != nullptr);
  REQUIRE(b != nullptr);
  CHECK(pool->allocate(1) == nullptr);
  CHECK(pool->refusals() == 2);
  CHECK(pool->used_bytes() == pool->limit_bytes());
  pool->release(a, MemoryPool::kLargestBlock);
  pool->release(b, MemoryPool::kLargestBlock - 5);
  CHECK(pool->used_bytes() == 0);
}

TEST_CASE("A request takes the next power of two, 64 bytes at least") {
  CHECK(MemoryPool::block_bytes(1) == 64);
  CHECK(MemoryPool::block_bytes(64) == 64);
  CHECK(MemoryPool::block_bytes(65) == 128);
  CHECK(MemoryPool::block_bytes(5000) == 8192);
}

TEST_CASE("A pool that was all small blocks serves large ones again") {
  const auto pool = pool_of(32 * MemoryPool::kLargestBlock);
  std::vector<void*> small;
  while (void* const block = pool->allocate(64)) small.push_back(block);
  CHECK(small.size() == pool->limit_bytes() / 64);
  std::mt19937 random(1);
  std::shuffle(small.begin(), small.end(), random);
  for (void* const block : small) pool->release(block, 64);
  // A few of each size stay as they are; the rest is joined.
  std::size_t large = 0;
  while (pool->allocate(MemoryPool::kLargestBlock / 4) != nullptr) ++large;
  CHECK(large >= 64);
}

/// What is allocated, by address.
class Model {
 public:
  void add(void* block, std::size_t bytes, std::uint8_t fill) {
    auto* const begin = static_cast<std::uint8_t*>(block);
    const auto next = blocks_.upper_bound(begin);
    if (next != blocks_.end()) REQUIRE(begin + MemoryPool::block_bytes(bytes) <= next->first);
    if (next != blocks_.begin()) {
      const auto previous = std::prev(next);
      REQUIRE(previous->first + MemoryPool::block_bytes(previous->second.bytes) <= begin);
    }
    std::memset(begin, fill, bytes);
    blocks_[begin] = {bytes, fill};
    used_ += MemoryPool::block_bytes(bytes);
  }
  std::size_t used() const { return used_; }
  bool empty() const { return blocks_.empty(); }
  /// Takes out a random one, after checking that nobody wrote into it.
  std::pair<void*, std::size_t> take(std::mt19937& random) {
    auto at = std::next(blocks_.begin(), static_cast<long>(random() % blocks_.size()));
    const auto [bytes, fill] = at->second;
    auto* const block = at->first;
    REQUIRE(std::all_of(block, block + bytes,
                        [value = fill](std::uint8_t byte) { return byte == value; }));
    used_ -= MemoryPool::block_bytes(bytes);
    blocks_.erase(at);
    return {block, bytes};
  }

 private:
  struct Block {
    std::size_t bytes;
    std::uint8_t fill;
  };
  std::map<std::uint8_t*, Block> blocks_;
  std::size_t used_ = 0;
};

TEST_CASE("Blocks of random sizes never overlap, are aligned, and add up") {
  const auto pool = pool_of(3 * MemoryPool::kLargestBlock);
  std::mt19937 random(7);
  Model model;
  for (int step = 0; step < 40'000; ++step) {
    const bool fill_up = step / 4000 % 2 == 0;
    if (model.empty() || random() % 8 < (fill_up ? 5U : 3U)) {
      const std::size_t bytes = 1 + random() % (std::size_t{1} << (random() % 19));
      void* const block = pool->allocate(bytes);
      if (block == nullptr) continue;
      REQUIRE(reinterpret_cast<std::uintptr_t>(block) % 64 == 0);
      model.add(block, bytes, static_cast<std::uint8_t>(random()));
    } else {
      const auto [block, bytes] = model.take(random);
      pool->release(block, bytes);
    }
    REQUIRE(pool->used_bytes() == model.used());
  }
  while (!model.empty()) {
    const auto [block, bytes] = model.take(random);
    pool->release(block, bytes);
  }
  CHECK(pool->used_bytes() == 0);
}

struct Counted {
  explicit Counted(int& live) : live_(&live) { ++*live_; }
  virtual ~Counted() { --*live_; }
  int* live_;
};
struct Derived : Counted {
  using Counted::Counted;
  std::uint8_t more[500] = {};
};

TEST_CASE("An object in a pool is destroyed with its owner, whatever its base") {
  const auto pool = pool_of(MemoryPool::kLargestBlock);
  int live = 0;
  {
    const auto object = engines::make_pooled<Derived, Counted>(*pool, live);
    REQUIRE(object != nullptr);
    CHECK(live == 1);
    CHECK(pool->used_bytes() >= sizeof(Derived));
  }
  CHECK(live == 0);
  CHECK(pool->used_bytes() == 0);
  while (pool->allocate(sizeof(Derived)) != nullptr) continue;
  CHECK(engines::make_pooled<Derived, Counted>(*pool, live) == nullptr);
  CHECK(live == 0);
}

}  // namespace
}  // namespace sekisho::tests
