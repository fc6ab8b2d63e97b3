#include "http1/header_table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

namespace sekisho::engines::http1 {
namespace {

/// A pool of which one block of the smallest size is left.
std::unique_ptr<MemoryPool> nearly_empty_pool() {
  auto made = MemoryPool::create(MemoryPool::kLargestBlock);
  REQUIRE(made);
  auto pool = std::move(*made);
  void* last = nullptr;
  while (void* block = pool->allocate(MemoryPool::kSmallestBlock)) last = block;
  pool->release(last, MemoryPool::kSmallestBlock);
  return pool;
}

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("Fields that the pool refuses are left out, but for those that frame the body") {
  constexpr std::size_t kFit = MemoryPool::kSmallestBlock / sizeof(HeaderField);
  const auto pool = nearly_empty_pool();
  HeaderTable table(*pool);
  std::string head;
  for (std::size_t i = 0; i < 2 * kFit; ++i) head += "X-Field: value\r\n";
  head += "Content-Length: 5\r\n";
  table.parse(bytes_of(head), 0);
  CHECK(table.fields().size() == kFit);
  CHECK(table.oddities.too_many);
  const auto* length = table.find(Name::content_length);
  REQUIRE(length != nullptr);
  CHECK(length == &table.fields().back());
  CHECK(pool->refusals() != 0);
}

TEST_CASE("However many fields there are, the host and what frames the body are among them") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  for (std::size_t before = HeaderTable::kMaxFields - 3; before < HeaderTable::kMaxFields + 3;
       ++before) {
    CAPTURE(before);
    HeaderTable table(*pool);
    std::string head;
    for (std::size_t i = 0; i < before; ++i) head += "X-Field: value\r\n";
    head += "Host: first\r\nX-Field: value\r\nContent-Length: 5\r\nHost: second\r\n";
    table.parse(bytes_of(head), 0);
    const auto* host = table.find(Name::host);
    REQUIRE(host != nullptr);
    CHECK(host->value_at == head.find("first"));
    const auto fields = table.fields();
    CHECK(std::count_if(fields.begin(), fields.end(),
                        [](const auto& one) { return one.name == Name::host; }) == 2);
    const auto* length = table.find(Name::content_length);
    REQUIRE(length != nullptr);
    CHECK(head[length->value_at] == '5');
  }
}

TEST_CASE("A table without any memory has no fields and says so") {
  const auto pool = nearly_empty_pool();
  void* rest = pool->allocate(MemoryPool::kSmallestBlock);
  HeaderTable table(*pool);
  const std::string head = "Host: a\r\nContent-Length: 5\r\n";
  table.parse(bytes_of(head), 0);
  CHECK(table.fields().empty());
  CHECK(table.find(Name::content_length) == nullptr);
  CHECK(table.oddities.too_many);
  pool->release(rest, MemoryPool::kSmallestBlock);
  table.parse(bytes_of(head), 0);
  CHECK(table.fields().size() == 2);
  CHECK_FALSE(table.oddities.too_many);
}

}  // namespace sekisho::engines::http1
