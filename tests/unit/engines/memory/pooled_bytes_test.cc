#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "engines/memory/memory_pool.h"

namespace sekisho::tests {
namespace {

using engines::MemoryPool;
using engines::PooledBytes;

TEST_CASE("Bytes are taken whole or not at all, up to the bound") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  PooledBytes bytes(*pool, 10);
  const std::uint8_t eight[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(bytes.append(eight));
  CHECK_FALSE(bytes.append(eight));
  CHECK(bytes.size() == 8);
  CHECK(bytes.append_some(eight) == 2);
  CHECK(bytes.view()[9] == 2);
  CHECK(bytes.prepare(1).empty());
  bytes.reset();
  CHECK(pool->used_bytes() == 0);
}

TEST_CASE("Moved bytes have one owner") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  const std::uint8_t some[3] = {1, 2, 3};
  PooledBytes a(*pool, 100);
  REQUIRE(a.append(some));
  PooledBytes b(std::move(a));
  PooledBytes c(*pool, 100);
  REQUIRE(c.append(some));
  c = std::move(b);
  CHECK(c.size() == 3);
  c.reset();
  CHECK(pool->used_bytes() == 0);
}

TEST_CASE("Random operations do what a vector does") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  constexpr std::size_t kMax = 5000;
  std::mt19937 random(3);
  PooledBytes bytes(*pool, kMax);
  std::vector<std::uint8_t> model;
  std::vector<std::uint8_t> input(600);
  for (int step = 0; step < 20'000; ++step) {
    std::generate(input.begin(), input.end(), [&] { return static_cast<std::uint8_t>(random()); });
    const std::span<const std::uint8_t> some(input.data(), random() % input.size());
    switch (random() % 6) {
      case 0:
        if (bytes.append(some))
          model.insert(model.end(), some.begin(), some.end());
        else
          REQUIRE(model.size() + some.size() > kMax);
        break;
      case 1: {
        const auto taken = some.first(std::min(some.size(), kMax - model.size()));
        REQUIRE(bytes.append_some(some) == taken.size());
        model.insert(model.end(), taken.begin(), taken.end());
        break;
      }
      case 2: {
        const auto room = bytes.prepare(some.size());
        if (room.size() != some.size()) break;
        std::copy(some.begin(), some.end(), room.begin());
        bytes.commit(some.size() / 2);
        model.insert(model.end(), some.begin(), some.begin() + static_cast<long>(some.size() / 2));
        break;
      }
      case 3: {
        const auto count = std::min<std::size_t>(random() % 800, model.size());
        bytes.erase_front(count);
        model.erase(model.begin(), model.begin() + static_cast<long>(count));
        break;
      }
      case 4:
        bytes.truncate(random() % (kMax / 2));
        model.resize(std::min(model.size(), bytes.size()));
        break;
      default:
        if (random() % 50 != 0) break;
        bytes.reset();
        model.clear();
        REQUIRE(pool->used_bytes() == 0);
    }
    REQUIRE(std::ranges::equal(bytes.view(), model));
  }
}

}  // namespace
}  // namespace sekisho::tests
