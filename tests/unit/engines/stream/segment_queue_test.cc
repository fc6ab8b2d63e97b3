#include "engines/stream/segment_queue.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace sekisho::tests {
namespace {

using engines::MemoryPool;
using engines::stream::OverlapPolicy;
using engines::stream::SegmentQueue;

TEST_CASE("A queue holds what a map of bytes holds, around the end of the number space") {
  const auto pool = *MemoryPool::create(1 << 21);
  std::mt19937 random(9);
  const std::uint32_t base = 0xffffff00;
  for (const bool last : {false, true}) {
    SegmentQueue queue;
    std::map<std::uint32_t, std::uint8_t> model;  // by place relative to base
    std::uint32_t taken = 0;
    for (int step = 0; step < 30'000; ++step) {
      std::vector<std::uint8_t> bytes(1 + random() % 60);
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % 3);
      const auto place = taken + static_cast<std::uint32_t>(random() % 600);
      const SegmentQueue::Piece piece{base + place, bytes, SegmentQueue::kNoUrgent};
      bool differs = false;
      for (std::uint32_t i = 0; i < bytes.size(); ++i)
        differs = differs || (model.contains(place + i) && model[place + i] != bytes[i]);
      REQUIRE(queue.differs(piece) == differs);
      const auto inserted =
          queue.insert(*pool, piece, last ? OverlapPolicy::last : OverlapPolicy::first, {400, 12});
      if (inserted == SegmentQueue::Inserted::yes) {
        for (std::uint32_t i = 0; i < bytes.size(); ++i) {
          if (last)
            model[place + i] = bytes[i];
          else
            model.try_emplace(place + i, bytes[i]);
        }
      }
      REQUIRE(queue.bytes() == model.size());
      REQUIRE(queue.segments() <= 12);
      while (queue.front() != nullptr && random() % 3 != 0) {
        auto* const front = queue.front();
        const auto first = model.begin();
        REQUIRE(front->sequence == base + first->first);
        REQUIRE(queue.end() == base + model.rbegin()->first + 1);
        const auto count = 1 + static_cast<std::uint32_t>(random() % front->size);
        for (std::uint32_t i = 0; i < count; ++i) {
          REQUIRE(front->data()[i] == model.begin()->second);
          model.erase(model.begin());
        }
        taken = front->sequence + count - base;
        queue.take_front(*pool, count);
      }
    }
    queue.clear(*pool);
    CHECK(pool->used_bytes() == 0);
  }
}

}  // namespace
}  // namespace sekisho::tests
