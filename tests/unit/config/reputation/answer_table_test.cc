#include "config/reputation/answer_table.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <thread>
#include <vector>

namespace sekisho::reputation {
namespace {

constexpr std::uint32_t kNow = 1'000'000;

struct Table {
  explicit Table(std::size_t buckets) : memory(buckets), table(memory.data(), buckets) {}
  std::vector<AnswerBucket> memory;
  AnswerTable table;
};

/// Everything in it follows from the key.
Answer answer_of(std::uint64_t key, std::uint32_t expires_s) {
  return {.expires_s = expires_s,
          .category = static_cast<std::uint16_t>(key * 7),
          .score = static_cast<std::uint8_t>(key % 101),
          .source = AnswerSource::service};
}

TEST_CASE("an answer is found until it expires, and another one takes its place") {
  Table one(4);
  auto& table = one.table;
  CHECK_FALSE(table.find(0, kNow));
  CHECK_FALSE(table.find(5, kNow));
  for (const std::uint64_t key : {0U, 5U, 9U}) {
    const auto answer = answer_of(key, kNow + 10);
    table.put(key, answer, kNow);
    CHECK(table.find(key, kNow) == answer);
    CHECK(table.find(key, kNow + 9) == answer);
    CHECK_FALSE(table.find(key, kNow + 10));
  }
  table.put(5, answer_of(6, kNow + 20), kNow);
  CHECK(table.find(5, kNow) == answer_of(6, kNow + 20));
  table.clear();
  CHECK_FALSE(table.find(5, kNow));
}

TEST_CASE("in a full bucket the expired one gives way, then the one that would expire first") {
  Table one(1);
  auto& table = one.table;
  for (std::uint64_t key = 1; key <= kAnswerWays; ++key)
    table.put(key, answer_of(key, kNow + 100 - static_cast<std::uint32_t>(key)), kNow);
  table.put(10, answer_of(10, kNow + 50), kNow);  // 4 goes
  CHECK_FALSE(table.find(4, kNow));
  CHECK(table.find(3, kNow));
  table.put(11, answer_of(11, kNow + 300), kNow + 60);  // 10 has expired
  CHECK(table.find(3, kNow + 60));
  CHECK_FALSE(table.find(10, kNow + 60));
}

TEST_CASE("what a stranger wrote into it is a value of ours or none") {
  Table one(1);
  for (const auto value : {~std::uint64_t{0}, std::uint64_t{0xffffffff'0001'65'63}}) {
    one.memory[0].ways[2].value = value;
    one.memory[0].ways[2].guard = value ^ 77;
    const auto found = one.table.find(77, kNow);
    REQUIRE(found);
    CHECK((found->score <= 100 || found->score == Answer::kUnrated));
    CHECK(found->source <= AnswerSource::failed);
  }
}

TEST_CASE("it forgets early at most, against a map, over random histories") {
  std::mt19937_64 random(7);
  Table one(64);
  std::map<std::uint64_t, Answer> expected;
  std::size_t found = 0, kept = 0;
  auto now = kNow;
  for (int i = 0; i < 100'000; ++i) {
    const auto key = random() % 300;
    now += random() % 50 == 0 ? 1 : 0;
    if (random() % 3 == 0) {
      auto answer = answer_of(random(), now + 1 + static_cast<std::uint32_t>(random() % 60));
      one.table.put(key, answer, now);
      expected[key] = answer;
    }
    const auto known = expected.find(key);
    const bool is_alive = known != expected.end() && known->second.expires_s > now;
    const auto answer = one.table.find(key, now);
    if (answer) CHECK((is_alive && *answer == known->second));
    found += answer.has_value();
    kept += is_alive;
  }
  CHECK(found > kept / 2);
}

TEST_CASE("readers see whole answers while one writes") {
  Table one(16);  // crowded: answers displace each other all the time
  constexpr std::uint64_t kKeys = 200;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> hits{0}, wrong{0};
  {
    std::vector<std::jthread> readers;
    for (int r = 0; r < 3; ++r)
      readers.emplace_back([&, r] {
        std::mt19937_64 random(static_cast<std::uint64_t>(r));
        while (!stop.load(std::memory_order_relaxed)) {
          const auto key = random() % kKeys;
          const auto answer = one.table.find(key, kNow);
          if (!answer) continue;
          ++hits;
          // Both versions of a key's answer differ in every part.
          const bool is_first = *answer == answer_of(key, kNow + 10);
          const bool is_second = *answer == answer_of(key + kKeys, kNow + 20);
          if (!is_first && !is_second) ++wrong;
        }
      });
    std::mt19937_64 random(99);
    for (int i = 0; i < 300'000 || hits == 0; ++i) {
      const auto key = random() % kKeys;
      one.table.put(key, i % 2 == 0 ? answer_of(key, kNow + 10) : answer_of(key + kKeys, kNow + 20),
                    kNow);
      if (i % 10'000 == 0) one.table.clear();
    }
    stop = true;
  }
  CHECK(hits > 0);
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace sekisho::reputation
