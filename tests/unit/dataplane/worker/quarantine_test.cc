#include "dataplane/worker/quarantine.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

using namespace sekisho;
using namespace sekisho::dataplane;

namespace {

using Outcome = Quarantine::Added::Outcome;

IpAddress address(std::string_view text) { return *parse_ip_address(text); }

QuarantineEntry entry(const IpAddress& source, std::uint64_t since, std::uint64_t until) {
  return {.source = source,
          .since_ns = since,
          .until_ns = until,
          .generator = 1,
          .signature = 7,
          .revision = 2};
}

/// Every end that the owner of the housekeeping finds until it has been everywhere.
std::vector<EndedQuarantine> all_ended(Quarantine& quarantine, std::uint64_t now) {
  std::vector<EndedQuarantine> list;
  for (std::size_t i = 0; i < 2 * Quarantine::kCapacity; ++i)
    if (const auto ended = quarantine.next_ended(now)) list.push_back(*ended);
  return list;
}

}  // namespace

TEST_CASE("a source is in quarantine from its beginning to its end") {
  Quarantine quarantine;
  const auto source = GENERATE(address("192.0.2.7"), address("2001:db8::7"));
  CHECK_FALSE(quarantine.holds(source, 10));
  CHECK(quarantine.add(entry(source, 10, 100), 10).outcome == Outcome::begun);
  CHECK(quarantine.holds(source, 11));
  CHECK(quarantine.holds(source, 99));
  CHECK_FALSE(quarantine.holds(source, 100));
  CHECK_FALSE(quarantine.holds(address("192.0.2.8"), 11));
  const auto listed = quarantine.list(50);
  REQUIRE(listed.size() == 1);
  CHECK(listed[0].source == source);
  CHECK(listed[0].signature == 7);
  CHECK(listed[0].packets == 2);
  CHECK(quarantine.next_ended(99) == std::nullopt);
  const auto ended = all_ended(quarantine, 100);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].why == QuarantineEnd::expired);
  CHECK(ended[0].entry.source == source);
  CHECK(ended[0].entry.packets == 2);
  CHECK(quarantine.size() == 0);
}

TEST_CASE("another attack prolongs a quarantine and never shortens it") {
  Quarantine quarantine;
  const auto source = address("192.0.2.7");
  quarantine.add(entry(source, 10, 100), 10);
  CHECK(quarantine.add(entry(source, 20, 50), 20).outcome == Outcome::prolonged);
  CHECK(quarantine.holds(source, 99));
  CHECK(quarantine.add(entry(source, 30, 200), 30).outcome == Outcome::prolonged);
  CHECK(quarantine.holds(source, 199));
  CHECK(quarantine.size() == 1);
}

TEST_CASE("a source that is released passes at once, and its end is told") {
  Quarantine quarantine;
  const auto source = address("192.0.2.7");
  CHECK_FALSE(quarantine.release(source, 1));
  quarantine.add(entry(source, 10, 100), 10);
  CHECK(quarantine.release(source, 20));
  CHECK_FALSE(quarantine.holds(source, 20));
  CHECK_FALSE(quarantine.release(source, 20));
  CHECK(quarantine.list(20).empty());
  SECTION("by the housekeeping") {
    const auto ended = all_ended(quarantine, 21);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].why == QuarantineEnd::released);
  }
  SECTION("by its next attack, when that comes first") {
    const auto added = quarantine.add(entry(source, 21, 100), 21);
    CHECK(added.outcome == Outcome::begun);
    REQUIRE(added.ended);
    CHECK(added.ended->why == QuarantineEnd::released);
    CHECK(quarantine.holds(source, 22));
  }
}

TEST_CASE("our own addresses and those that are nobody's are never in quarantine") {
  Quarantine quarantine;
  quarantine.protect(address("192.0.2.1"));
  quarantine.protect(address("2001:db8::1"));
  for (const char* text : {"192.0.2.1", "2001:db8::1", "0.0.0.0", "127.0.0.1", "224.0.0.1",
                           "255.255.255.255", "::", "::1", "ff02::1"}) {
    CAPTURE(text);
    CHECK(quarantine.add(entry(address(text), 1, 100), 1).outcome == Outcome::never);
    CHECK_FALSE(quarantine.holds(address(text), 2));
  }
  CHECK(quarantine.add(entry(address("192.0.2.2"), 1, 100), 1).outcome == Outcome::begun);
}

TEST_CASE("the table is bounded: newer sources displace the oldest, each with an end") {
  Quarantine quarantine;
  std::uint64_t displaced = 0;
  const std::uint32_t sources = 4 * Quarantine::kCapacity;
  for (std::uint32_t i = 0; i < sources; ++i) {
    const auto source = IpAddress::from_v4(0x0a000000 + i);
    const auto added = quarantine.add(entry(source, i + 1, 1'000'000), i + 1);
    REQUIRE(added.outcome == Outcome::begun);
    CHECK(quarantine.holds(source, i + 1));
    if (!added.ended) continue;
    ++displaced;
    CHECK(added.ended->why == QuarantineEnd::displaced);
    CHECK_FALSE(quarantine.holds(added.ended->entry.source, i + 1));
  }
  CHECK(quarantine.size() <= Quarantine::kCapacity);
  CHECK(quarantine.size() + displaced == sources);
  // The last ones are all there, whatever bucket they are in.
  for (std::uint32_t i = sources - 4; i < sources; ++i)
    CHECK(quarantine.holds(IpAddress::from_v4(0x0a000000 + i), sources + 1));
}

TEST_CASE("a quarantine does what a map of sources and times does") {
  Quarantine quarantine;
  std::map<std::uint32_t, std::uint64_t> model;  // host -> until
  std::mt19937 random(5);
  std::uint64_t now = 1000;
  for (int step = 0; step < 20'000; ++step) {
    now += random() % 3;
    const std::uint32_t host = random() % 64;
    const auto source = IpAddress::from_v4(0x0a000000 + host);
    const bool was_in = model.contains(host) && model[host] > now;
    switch (random() % 4) {
      case 0: {
        const auto until = now + 1 + random() % 200;
        const auto added = quarantine.add(entry(source, now, until), now);
        CHECK(added.outcome == (was_in ? Outcome::prolonged : Outcome::begun));
        model[host] = was_in ? std::max(model[host], until) : until;
        break;
      }
      case 1:
        CHECK(quarantine.release(source, now) == was_in);
        model.erase(host);
        break;
      case 2:
        static_cast<void>(quarantine.next_ended(now));
        break;
      default:
        CHECK(quarantine.holds(source, now) == was_in);
    }
  }
  std::set<IpAddress> expected, listed;
  for (const auto& [host, until] : model)
    if (until > now) expected.insert(IpAddress::from_v4(0x0a000000 + host));
  for (const auto& one : quarantine.list(now)) listed.insert(one.source);
  CHECK(listed == expected);
}
