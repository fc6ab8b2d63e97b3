#include "engines/stream/stream_window.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

namespace sekisho::tests {
namespace {

using engines::MemoryPool;
using engines::stream::StreamWindow;

TEST_CASE("A window is the end of what was appended, and compares by sequence number") {
  const auto pool = *MemoryPool::create(1 << 21);
  std::mt19937 random(13);
  for (int round = 0; round < 60; ++round) {
    StreamWindow window;
    const auto base = static_cast<std::uint32_t>(random());
    window.start(base);
    std::vector<std::uint8_t> sequence;  // with what was left out
    std::vector<std::uint8_t> stream;    // without
    const StreamWindow::Limits limits{random() % 3000, 4096, std::size_t{4096} << (round % 4)};
    for (int step = 0; step < 500; ++step) {
      std::vector<std::uint8_t> bytes(1 + random() % 1500);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
      const auto kept = window.view().size();
      const auto count = window.append(*pool, bytes, limits);
      REQUIRE(count == bytes.size());
      sequence.insert(sequence.end(), bytes.begin(), bytes.end());
      stream.insert(stream.end(), bytes.begin(), bytes.end());
      if (random() % 20 == 0) {
        window.leave_out(static_cast<std::uint8_t>(step));
        sequence.push_back(static_cast<std::uint8_t>(step));
      }
      const auto view = window.view();
      REQUIRE(view.size() >= std::min(std::min(limits.keep, kept) + bytes.size(), limits.most));
      REQUIRE(std::equal(view.rbegin(), view.rend(), stream.rbegin()));
      REQUIRE(window.next() == base + static_cast<std::uint32_t>(sequence.size()));
      const auto oldest = window.oldest() - base;
      auto copy = std::vector<std::uint8_t>(sequence.begin() + oldest, sequence.end());
      REQUIRE(window.equals(window.oldest(), copy));
      const auto from = random() % copy.size();
      const auto length = 1 + random() % (copy.size() - from);
      const auto start = window.oldest() + static_cast<std::uint32_t>(from);
      REQUIRE(window.equals(start, std::span(copy).subspan(from, length)));
      ++copy[from + random() % length];
      REQUIRE_FALSE(window.equals(start, std::span(copy).subspan(from, length)));
    }
    CHECK(window.capacity() <= limits.most);
    window.release(*pool);
    CHECK(pool->used_bytes() == 0);
  }
}

TEST_CASE("A window that may not grow takes pieces, and forgets") {
  const auto pool = *MemoryPool::create(1 << 20);
  StreamWindow window;
  window.start(0);
  const std::vector<std::uint8_t> bytes(5000, 'x');
  const auto count = window.append(*pool, bytes, {100, 2048, 2048});
  CHECK(count > 0);
  CHECK(count <= 2048);
  window.skip(7);
  CHECK(window.view().empty());
  CHECK(window.next() == count + 7);
  CHECK(window.oldest() == window.next());
  window.release(*pool);
}

}  // namespace
}  // namespace sekisho::tests
