#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include "dataplane/flow/flow_table.h"
#include "flow_builders.h"

namespace sekisho::dataplane {
namespace {

using test::key_number;
using test::kSecond;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
constexpr std::uint64_t kStart = 1'700'000'000 * kSecond + 123'456'789;

FlowTable table_of(std::uint32_t capacity, const FlowTimeouts& timeouts = {}) {
  Result<FlowTable> table = FlowTable::create(capacity, timeouts);
  REQUIRE(table);
  return *std::move(table);
}

/// Advances a clock in steps and notes when the only flow ends; 0 when it does not within
/// `limit_ns`.
std::uint64_t ends_at(FlowTable& table, std::uint64_t from_ns, std::uint64_t limit_ns,
                      std::uint64_t step_ns = kSecond / 10) {
  for (std::uint64_t now = from_ns; now <= limit_ns; now += step_ns) {
    bool ended = false;
    table.expire(now, kNoLimit, [&](Flow&) { ended = true; });
    if (ended) return now;
  }
  return 0;
}

TEST_CASE("an unanswered flow ends after the timeout of its protocol") {
  struct Case {
    std::uint8_t protocol;
    std::uint32_t timeout_s;
  };
  const auto c = GENERATE(Case{6, 30}, Case{17, 31}, Case{1, 32}, Case{58, 32}, Case{47, 33});
  FlowTimeouts timeouts;
  timeouts.tcp_half_open = 30;
  timeouts.udp_unanswered = 31;
  timeouts.icmp = 32;
  timeouts.other = 33;
  FlowTable table = table_of(4, timeouts);
  table.insert(key_number(0, c.protocol), kStart, [](Flow&) {});
  const std::uint64_t end = ends_at(table, kStart, kStart + 100 * kSecond);
  CAPTURE(int{c.protocol}, end);
  CHECK(end >= kStart + c.timeout_s * kSecond);
  CHECK(end <= kStart + (c.timeout_s + 1) * kSecond);
}

TEST_CASE("an answered flow ends one timeout after its last packet, at most a second late") {
  const std::uint32_t timeout_s = GENERATE(1U, 60U, 3600U, 4095U, 4096U, 20'000U);
  FlowTable table = table_of(4);
  Flow* const flow = table.insert(key_number(0), kStart, [](Flow&) {});
  table.promote(*flow, timeout_s);
  const std::uint64_t last = kStart + timeout_s * kSecond / 2;
  CHECK(ends_at(table, kStart, last) == 0);
  flow->last_ns = last;
  const std::uint64_t end = ends_at(table, last, last + (timeout_s + 10) * kSecond);
  CAPTURE(timeout_s);
  CHECK(end >= last + timeout_s * kSecond);
  CHECK(end <= last + (timeout_s + 1) * kSecond + kSecond / 10);
}

TEST_CASE(
    "a half-open flow that keeps sending lives on, and ends at most twice its timeout later") {
  FlowTable table = table_of(4);
  Flow* const flow = table.insert(key_number(0), kStart, [](Flow&) {});
  const std::uint64_t timeout = table.timeouts().udp_unanswered * kSecond;
  std::uint64_t last = kStart;
  for (; last < kStart + 10 * timeout; last += kSecond) {
    flow->last_ns = last;
    table.expire(last, kNoLimit, [](Flow&) { FAIL("ended while sending"); });
  }
  const std::uint64_t end = ends_at(table, last, last + 3 * timeout);
  CHECK(end >= flow->last_ns + timeout);
  CHECK(end <= flow->last_ns + 2 * timeout + kSecond);
}

TEST_CASE("a shorter timeout takes effect at once, a longer one as well") {
  struct Case {
    std::uint32_t first_s, then_s;
  };
  const auto c = GENERATE(Case{3600, 10}, Case{10, 3600}, Case{60, 59}, Case{9000, 8000});
  CAPTURE(c.first_s, c.then_s);
  FlowTable table = table_of(4);
  Flow* const flow = table.insert(key_number(0), kStart, [](Flow&) {});
  table.promote(*flow, c.first_s);
  table.set_timeout(*flow, c.then_s);
  const std::uint64_t end = ends_at(table, kStart, kStart + 10'000 * kSecond);
  CHECK(end >= kStart + c.then_s * kSecond);
  CHECK(end <= kStart + (c.then_s + 1) * kSecond + kSecond / 10);
}

TEST_CASE("a half-open flow given another timeout than its kind's ends by it") {
  FlowTable table = table_of(4);
  Flow* const flow = table.insert(key_number(0, 6), kStart, [](Flow&) {});
  table.set_timeout(*flow, 10);
  CHECK(flow->half_open);
  const std::uint64_t end = ends_at(table, kStart, kStart + 100 * kSecond);
  CHECK(end >= kStart + 10 * kSecond);
  CHECK(end <= kStart + 11 * kSecond + kSecond / 10);
}

TEST_CASE("after a jump of the clock one pass ends all that is idle") {
  const std::uint64_t jump_s = GENERATE(5'000U, 1'000'000U);
  FlowTable table = table_of(1000);
  for (std::uint32_t n = 0; n < 1000; ++n) {
    Flow* const flow = table.insert(key_number(n), kStart, [](Flow&) {});
    if (n % 2 == 0) table.promote(*flow, 1 + n * 4);
  }
  std::uint32_t ended = 0;
  table.expire(kStart + jump_s * kSecond, kNoLimit, [&](Flow&) { ++ended; });
  CHECK(ended == 1000);
  CHECK(table.size() == 0);
}

TEST_CASE("a clock that steps back ends nothing and loses nothing") {
  FlowTable table = table_of(4);
  table.promote(*table.insert(key_number(0), kStart, [](Flow&) {}), 60);
  table.expire(kStart + 30 * kSecond, kNoLimit, [](Flow&) { FAIL(); });
  const std::uint64_t earlier = kStart - 1000 * kSecond;
  table.promote(*table.insert(key_number(1), earlier, [](Flow&) {}), 60);
  table.expire(earlier, kNoLimit, [](Flow&) { FAIL(); });
  std::uint32_t ended = 0;
  table.expire(kStart + 62 * kSecond, kNoLimit, [&](Flow&) { ++ended; });
  CHECK(ended == 2);
}

TEST_CASE("expiry visits no more records than its budget and goes on where it stopped") {
  FlowTable table = table_of(1000);
  for (std::uint32_t n = 0; n < 1000; ++n) {
    Flow* const flow = table.insert(key_number(n), kStart, [](Flow&) {});
    if (n % 2 == 0) table.promote(*flow, 30);
  }
  std::uint32_t ended = 0, calls = 0;
  while (table.size() != 0 && calls < 1000) {
    std::uint32_t now = 0;
    table.expire(kStart + 60 * kSecond, 16, [&](Flow&) { ++now; });
    CHECK(now <= 16);
    ended += now;
    ++calls;
  }
  CHECK(ended == 1000);
  CHECK(calls <= 64);
}

TEST_CASE("half-open flows that fill the budget do not keep answered ones from ending") {
  FlowTable table = table_of(1000);
  table.promote(*table.insert(key_number(999), kStart, [](Flow&) {}), 5);
  for (std::uint32_t n = 0; n < 900; ++n) table.insert(key_number(n), kStart, [](Flow&) {});
  bool answered_ended = false;
  for (int call = 0; call < 10; ++call)
    table.expire(kStart + 100 * kSecond, 4, [&](Flow& flow) { answered_ended |= !flow.half_open; });
  CHECK(answered_ended);
}

TEST_CASE("when the table is full the oldest half-open flow gives way, never an answered one") {
  FlowTable table = table_of(100);
  for (std::uint32_t n = 0; n < 100; ++n) {
    Flow* const flow = table.insert(key_number(n), kStart + n * kSecond, [](Flow&) {});
    if (n < 50) table.promote(*flow, 3600);
  }
  for (std::uint32_t n = 100; n < 150; ++n) {
    Flow* victim = nullptr;
    Flow* const fresh =
        table.insert(key_number(n), kStart + n * kSecond, [&](Flow& flow) { victim = &flow; });
    REQUIRE(fresh != nullptr);
    REQUIRE(victim != nullptr);
    // The record is reused, but the key tells: 50, 51, ... in the order of their coming.
    CHECK(table.find(key_number(n - 50)) == nullptr);
  }
  for (std::uint32_t n = 0; n < 50; ++n) CHECK(table.find(key_number(n)) != nullptr);
}

TEST_CASE("a half-open flow that still sends outlives a silent younger one") {
  FlowTable table = table_of(2);
  Flow* const sending = table.insert(key_number(0), kStart, [](Flow&) {});
  table.insert(key_number(1), kStart + kSecond, [](Flow&) {});
  sending->last_ns = kStart + 20 * kSecond;
  table.insert(key_number(2), kStart + 21 * kSecond, [](Flow&) {});
  CHECK(table.find(key_number(0)) != nullptr);
  CHECK(table.find(key_number(1)) == nullptr);
}

TEST_CASE("a full table of answered flows gives up one near its timeout") {
  FlowTable table = table_of(100);
  for (std::uint32_t n = 0; n < 100; ++n)
    table.promote(*table.insert(key_number(n), kStart, [](Flow&) {}), 100 + n * 10);
  // The ten nearest have sent since they were armed and now are the furthest.
  for (std::uint32_t n = 0; n < 5; ++n)
    table.find(key_number(n))->last_ns = kStart + 2000 * kSecond;
  table.insert(key_number(200), kStart + kSecond, [](Flow&) {});
  CHECK(table.size() == 100);
  CHECK(table.find(key_number(5)) == nullptr);
}

TEST_CASE("many flows of random timeouts each end within their bounds") {
  FlowTable table = table_of(20'000);
  std::mt19937 random(3);
  std::map<std::uint64_t, std::uint64_t> deadlines;  // flow_id -> end of its timeout
  std::vector<Flow*> flows;
  for (std::uint32_t n = 0; n < 20'000; ++n) {
    Flow* const flow = table.insert(key_number(n), kStart, [](Flow&) {});
    flow->flow_id = n;
    const auto timeout_s = static_cast<std::uint32_t>(1 + random() % 6000);
    table.promote(*flow, timeout_s);
    flow->last_ns += random() % (5000 * kSecond);
    deadlines[n] = flow->last_ns + timeout_s * kSecond;
  }
  for (std::uint64_t now = kStart; table.size() != 0; now += kSecond / 2) {
    REQUIRE(now < kStart + 12'000 * kSecond);
    table.expire(now, kNoLimit, [&](Flow& flow) {
      const std::uint64_t deadline = deadlines.at(flow.flow_id);
      if (now < deadline || now > deadline + 2 * kSecond) FAIL("at the wrong time");
      deadlines.erase(flow.flow_id);
    });
  }
  CHECK(deadlines.empty());
}

}  // namespace
}  // namespace sekisho::dataplane
