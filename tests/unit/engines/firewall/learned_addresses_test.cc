#include "engines/firewall/learned_addresses.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "sanitizers.h"

namespace sekisho::engines::firewall {

namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::uint32_t operator()() { return static_cast<std::uint32_t>(engine_()); }

 private:
  std::mt19937 engine_;
};

using Patterns = std::array<FqdnId, LearnedAddresses::kPatternsPerAddress>;

std::vector<FqdnId> patterns(const LearnedAddresses& learned, const IpAddress& address,
                             std::uint32_t now) {
  Patterns out;
  std::vector<FqdnId> found(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(
                                                           learned.patterns_of(address, now, out)));
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

TEST_CASE("what is forgotten can be learned again") {
  LearnedAddresses learned(16);
  const auto address = IpAddress::from_v4(0x0a000001), other = IpAddress::from_v4(0x0a000002);
  learned.learn(address, 7, 100, 10);
  learned.learn(other, 7, 100, 10);
  learned.forget(address);
  CHECK(patterns(learned, address, 10).empty());
  CHECK(patterns(learned, other, 10) == std::vector<FqdnId>{7});
  CHECK(learned.learn(address, 9, 100, 10));
  CHECK(patterns(learned, address, 10) == std::vector<FqdnId>{9});
}

TEST_CASE("an address is known by what it was learned for, until that expires") {
  LearnedAddresses learned(16);
  const IpAddress address = IpAddress::from_v4(0x0a000001);
  CHECK(patterns(learned, address, 0).empty());
  CHECK(learned.learn(address, 7, 100, 10));
  CHECK_FALSE(learned.learn(address, 7, 200, 10));  // a longer life is nothing new
  CHECK_FALSE(learned.learn(address, 7, 150, 10));  // and is not shortened
  CHECK(learned.learn(address, 8, 120, 10));
  CHECK(patterns(learned, address, 120) == std::vector<FqdnId>{7, 8});
  CHECK(patterns(learned, address, 121) == std::vector<FqdnId>{7});
  CHECK(patterns(learned, address, 201).empty());
  CHECK(learned.learn(address, 7, 400, 201));  // had expired: new again
  CHECK(patterns(learned, IpAddress::from_v4(0x0a000002), 0).empty());
}

TEST_CASE("the eighth pattern of an address displaces the one that expires first") {
  LearnedAddresses learned(16);
  const IpAddress address = IpAddress::from_v4(1);
  for (FqdnId id = 1; id <= 7; ++id) learned.learn(address, id, 100 + id, 10);
  CHECK(learned.displaced() == 0);
  CHECK(learned.learn(address, 8, 200, 10));
  CHECK(learned.displaced() == 1);
  CHECK(patterns(learned, address, 10) == std::vector<FqdnId>{2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("a full table gives way to what is new and counts it") {
  LearnedAddresses learned(64);
  for (std::uint32_t i = 0; i < 1000; ++i)
    CHECK(learned.learn(IpAddress::from_v4(i), 1, 1000 + i, 10));
  CHECK(learned.displaced() >= 1000 - 64);
  CHECK(patterns(learned, IpAddress::from_v4(999), 10) == std::vector<FqdnId>{1});
  const std::uint64_t before = learned.displaced();
  for (std::uint32_t i = 0; i < 4; ++i) learned.learn(IpAddress::from_v4(5000 + i), 1, 9000, 8000);
  CHECK(learned.displaced() == before);  // room that had expired is taken without a loss
}

TEST_CASE("the table agrees with a map on random lessons while there is room") {
  Random random(11);
  LearnedAddresses learned(4096);
  std::map<std::uint32_t, std::map<FqdnId, std::uint32_t>> expected;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint32_t address = random() % 200;
    const FqdnId id = 1 + random() % 7;
    const std::uint32_t expires = 100 + random() % 1000;
    const std::uint32_t now = 50 + random() % 900;
    std::uint32_t& known = expected[address][id];
    CHECK(learned.learn(IpAddress::from_v4(address), id, expires, now) == (known < now));
    known = std::max(known, expires);
    std::vector<FqdnId> alive;
    for (const auto& [pattern, until] : expected[address])
      if (until >= now) alive.push_back(pattern);
    CHECK(patterns(learned, IpAddress::from_v4(address), now) == alive);
  }
  CHECK(learned.displaced() == 0);
}

TEST_CASE("threads that learn and ask at once never see a pattern of another address") {
  // Pattern = address + 1, far more addresses than slots: what is displaced must never leak.
  LearnedAddresses learned(64);
  const int rounds = kSanitized ? 20'000 : 200'000;
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> found{0};
  const auto work = [&](unsigned seed) {
    Random random(seed);
    for (int i = 0; i < rounds; ++i) {
      const std::uint32_t address = random() % 500;
      learned.learn(IpAddress::from_v4(address), address + 1, 1000, 10);
      const std::uint32_t asked = random() % 500;
      Patterns out;
      const std::size_t count = learned.patterns_of(IpAddress::from_v4(asked), 10, out);
      for (std::size_t k = 0; k < count; ++k) {
        found.fetch_add(1, std::memory_order_relaxed);
        // Noise of a late writer is a random number; one that names a pattern would be a leak.
        if (out[k] != asked + 1 && out[k] <= 500) wrong.fetch_add(1, std::memory_order_relaxed);
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) threads.emplace_back(work, t);
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(found > 1000);
}

}  // namespace sekisho::engines::firewall
