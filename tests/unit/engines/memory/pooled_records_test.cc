#include "engines/memory/pooled_records.h"

#include <catch2/catch.hpp>

namespace sekisho::tests {
namespace {

using engines::MemoryPool;
using engines::PooledRecords;

struct Pair {
  std::uint32_t first = 0;
  std::uint16_t second = 0;
};

TEST_CASE("Records are kept in their order, up to the bound") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  PooledRecords<Pair> pairs(*pool, 3);
  CHECK(pairs.empty());
  for (std::uint16_t i = 0; i < 3; ++i) CHECK(pairs.append({7, i}));
  CHECK_FALSE(pairs.append({8, 8}));
  REQUIRE(pairs.size() == 3);
  CHECK(pairs.view()[2].second == 2);
  pairs.writable().back() = {9, 9};
  CHECK(pairs.view()[2].first == 9);
  pairs.truncate(1);
  CHECK(pairs.size() == 1);
  CHECK(pairs.append({10, 10}));
  CHECK(pairs.view()[1].first == 10);
}

TEST_CASE("A pool without memory refuses a record") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  void* const all = pool->allocate(MemoryPool::kLargestBlock);
  PooledRecords<Pair> pairs(*pool, 3);
  CHECK_FALSE(pairs.append({}));
  CHECK(pairs.view().empty());
  pool->release(all, MemoryPool::kLargestBlock);
}

}  // namespace
}  // namespace sekisho::tests
