#include "dataplane/flow/fragment_table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <vector>

#include "flow_builders.h"

namespace sekisho::dataplane {
namespace {

using test::kSecond;

constexpr std::uint64_t kStart = 1000 * kSecond;
constexpr std::uint32_t kTimeout = 30;

FragmentTable table_of(std::size_t capacity) {
  Result<FragmentTable> table = FragmentTable::create(capacity, kTimeout);
  REQUIRE(table);
  return *std::move(table);
}

/// A fragment of datagram `id` from the key's a to its b; `bytes` of payload at `offset`.
PacketInfo fragment(std::uint32_t id, std::uint32_t offset, std::uint16_t bytes, bool more,
                    bool v4 = true) {
  PacketInfo packet{};
  packet.key.a = IpAddress::from_v4(0x0a000001);
  packet.key.b = IpAddress::from_v4(0x0a000002);
  if (!v4) packet.key.a.bytes[0] = packet.key.b.bytes[0] = 0x20;
  packet.key.protocol = packet.protocol = 17;
  packet.kind = offset == 0 ? PacketKind::first_fragment : PacketKind::later_fragment;
  if (offset == 0) {
    packet.key.port_a = 5000;
    packet.key.port_b = 53;
  }
  packet.from_a = true;
  packet.is_ipv4 = v4;
  packet.fragment_id = id;
  packet.fragment_offset = offset;
  packet.fragment_bytes = bytes;
  packet.more_fragments = more;
  return packet;
}

DropReason pass(FragmentTable& table, PacketInfo packet, std::uint64_t now = kStart) {
  return packet.fragment_offset == 0 ? table.first(packet, now) : table.later(packet, now);
}

TEST_CASE("later fragments take the ports of their first one") {
  const bool v4 = GENERATE(true, false);
  const bool from_a = GENERATE(true, false);
  FragmentTable table = table_of(64);
  PacketInfo first = fragment(7, 0, 1480, true, v4);
  first.from_a = from_a;
  REQUIRE(table.first(first, kStart) == DropReason::none);
  PacketInfo later = fragment(7, 1480, 100, true, v4);
  later.from_a = from_a;
  REQUIRE(table.later(later, kStart) == DropReason::none);
  CHECK(later.key.port_a == 5000);
  CHECK(later.key.port_b == 53);
  CHECK(later.key.protocol == 17);
  CHECK(later.from_a == from_a);
  CHECK(table.size() == 1);
}

TEST_CASE("an IPv6 fragment whose transport hides behind extension headers is found") {
  FragmentTable table = table_of(64);
  REQUIRE(pass(table, fragment(7, 0, 1400, true, false)) == DropReason::none);
  PacketInfo later = fragment(7, 1400, 100, true, false);
  later.key.protocol = 60;  // all that a later fragment shows: destination options
  REQUIRE(table.later(later, kStart) == DropReason::none);
  CHECK(later.key.protocol == 17);
}

TEST_CASE("a fragment of anything else is not taken for part of a datagram") {
  FragmentTable table = table_of(64);
  REQUIRE(pass(table, fragment(7, 0, 1480, true)) == DropReason::none);
  std::vector<PacketInfo> others(9, fragment(7, 1480, 100, true));
  others[0].fragment_id = 8;
  others[1].key.a.bytes[15] ^= 1;
  others[2].key.b.bytes[15] ^= 1;
  others[3].key.vlan = 5;
  others[4].key.inner_vlan = 5;
  others[5].key.segment = 1;
  others[6].key.tunnel = 1;
  others[7].key.protocol = 6;
  others[8].from_a = false;  // the other direction counts its ids by itself
  for (std::size_t i = 0; i < others.size(); ++i) {
    CAPTURE(i);
    CHECK(table.later(others[i], kStart) == DropReason::fragment_before_first);
  }
}

TEST_CASE("fragments pass in any order after the first, and none of their bytes twice") {
  struct Step {
    std::uint32_t offset;
    std::uint16_t bytes;
    bool more;
    DropReason drop;
  };
  struct Case {
    const char* name;
    std::vector<Step> steps;
    std::size_t left;  // datagrams remembered afterwards
  };
  using enum DropReason;
  const Case cases[] = {
      {"in order", {{0, 800, true, none}, {800, 800, true, none}, {1600, 100, false, none}}, 0},
      {"last before the middle",
       {{0, 800, true, none}, {1600, 100, false, none}, {800, 800, true, none}},
       0},
      {"before the first", {{800, 800, true, fragment_before_first}}, 0},
      {"the first again", {{0, 800, true, none}, {0, 800, true, fragment_overlap}}, 1},
      {"the first again, longer", {{0, 800, true, none}, {0, 1600, true, fragment_overlap}}, 1},
      {"a later one again",
       {{0, 800, true, none}, {800, 800, true, none}, {800, 800, true, fragment_overlap}},
       1},
      {"one byte over the first", {{0, 800, true, none}, {792, 8, true, fragment_overlap}}, 1},
      {"around a later one",
       {{0, 800, true, none}, {1600, 8, true, none}, {1592, 24, true, fragment_overlap}},
       1},
      {"a copy does not harm the datagram",
       {{0, 800, true, none},
        {800, 800, true, none},
        {800, 800, true, fragment_overlap},
        {1600, 8, false, none}},
       0},
      {"behind the end",
       {{0, 800, true, none}, {1600, 8, false, none}, {1608, 8, true, fragment_overlap}},
       1},
      {"two ends",
       {{0, 800, true, none}, {1600, 8, false, none}, {2400, 8, false, fragment_overlap}},
       1},
      {"an end before what has passed",
       {{0, 800, true, none}, {2400, 8, true, none}, {1600, 8, false, fragment_overlap}},
       1},
      {"nothing in it", {{0, 800, true, none}, {800, 0, true, ipv4_fragment_bad_length}}, 1},
      {"beyond 65,535", {{0, 800, true, none}, {65528, 8, true, ipv4_fragment_too_large}}, 1},
      {"up to 65,535", {{0, 800, true, none}, {65528, 7, false, none}}, 1},
      {"after the end of the datagram",
       {{0, 800, true, none}, {800, 8, false, none}, {800, 8, false, fragment_before_first}},
       0},
      {"a first one that is also the last", {{0, 800, false, none}}, 0},
  };
  for (const Case& c : cases) {
    FragmentTable table = table_of(64);
    for (std::size_t i = 0; i < c.steps.size(); ++i) {
      const Step& step = c.steps[i];
      CAPTURE(c.name, i);
      CHECK(pass(table, fragment(1, step.offset, step.bytes, step.more)) == step.drop);
    }
    CAPTURE(c.name);
    CHECK(table.size() == c.left);
  }
}

TEST_CASE("more than 16 separate runs of one datagram are refused, and filling gaps makes room") {
  FragmentTable table = table_of(64);
  REQUIRE(pass(table, fragment(1, 0, 8, true)) == DropReason::none);
  for (std::uint32_t i = 1; i < FragmentTable::kMaxRanges; ++i)
    REQUIRE(pass(table, fragment(1, i * 16, 8, true)) == DropReason::none);
  CHECK(pass(table, fragment(1, 4000, 8, true)) == DropReason::fragment_table_full);
  CHECK(pass(table, fragment(1, 8, 8, true)) == DropReason::none);
  CHECK(pass(table, fragment(1, 4000, 8, true)) == DropReason::none);
}

TEST_CASE("a datagram is given up after its timeout") {
  FragmentTable table = table_of(64);
  REQUIRE(pass(table, fragment(1, 0, 8, true)) == DropReason::none);
  const std::uint64_t end = kStart + kTimeout * kSecond;
  CHECK(pass(table, fragment(1, 8, 8, true), end - 1) == DropReason::none);
  CHECK(pass(table, fragment(1, 16, 8, true), end) == DropReason::fragment_timeout);
  CHECK(pass(table, fragment(1, 24, 8, true), end) == DropReason::fragment_before_first);
  CHECK(table.size() == 0);
  // The number may come again.
  REQUIRE(pass(table, fragment(1, 0, 8, true), end) == DropReason::none);
  CHECK(pass(table, fragment(1, 0, 8, true), end + kTimeout * kSecond) == DropReason::none);
  CHECK(table.size() == 1);
}

TEST_CASE("when there is no room the oldest datagram of the set gives way") {
  FragmentTable table = table_of(8);
  REQUIRE(table.capacity() == 8);
  for (std::uint32_t id = 0; id < 8; ++id)
    REQUIRE(pass(table, fragment(id, 0, 8, true), kStart + id) == DropReason::none);
  REQUIRE(pass(table, fragment(8, 0, 8, true), kStart + 8) == DropReason::none);
  CHECK(table.size() == 8);
  CHECK(pass(table, fragment(0, 8, 8, true), kStart + 9) == DropReason::fragment_before_first);
  for (std::uint32_t id = 1; id < 9; ++id)
    CHECK(pass(table, fragment(id, 8, 8, true), kStart + 9) == DropReason::none);
}

TEST_CASE("a capacity of no datagrams, or of too many, is refused with the bounds") {
  for (const std::size_t capacity : {std::size_t{0}, FragmentTable::kMaxCapacity + 1}) {
    const Result<FragmentTable> table = FragmentTable::create(capacity, kTimeout);
    REQUIRE_FALSE(table);
    CHECK(table.error().message.find("1-16777216") != std::string::npos);
  }
}

/// The slow way: a bit per byte that has passed.
class Model {
 public:
  DropReason pass(std::uint32_t id, std::uint32_t offset, std::uint32_t bytes, bool more) {
    if (offset == 0) {
      if (!more) return DropReason::none;
      if (datagrams_.contains(id)) return DropReason::fragment_overlap;
      datagrams_[id].passed.assign(bytes, true);
      return DropReason::none;
    }
    const auto found = datagrams_.find(id);
    if (found == datagrams_.end()) return DropReason::fragment_before_first;
    Datagram& d = found->second;
    const std::uint32_t end = offset + bytes;
    if (d.bytes != 0 && (!more || end > d.bytes)) return DropReason::fragment_overlap;
    if (!more && end < d.passed.size()) return DropReason::fragment_overlap;
    for (std::uint32_t i = offset; i < std::min<std::size_t>(end, d.passed.size()); ++i)
      if (d.passed[i]) return DropReason::fragment_overlap;
    std::vector<bool> passed = d.passed;
    passed.resize(std::max<std::size_t>(passed.size(), end));
    std::fill(passed.begin() + offset, passed.begin() + end, true);
    if (runs(passed) > FragmentTable::kMaxRanges) return DropReason::fragment_table_full;
    d.passed = passed;
    if (!more) d.bytes = end;
    if (d.bytes == d.passed.size() && runs(d.passed) == 1) datagrams_.erase(found);
    return DropReason::none;
  }
  std::size_t size() const { return datagrams_.size(); }

 private:
  struct Datagram {
    std::vector<bool> passed;
    std::uint32_t bytes = 0;
  };
  static std::size_t runs(const std::vector<bool>& passed) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < passed.size(); ++i)
      count += passed[i] && (i == 0 || !passed[i - 1]);
    return count;
  }
  std::map<std::uint32_t, Datagram> datagrams_;
};

TEST_CASE("random fragments fare as in a model that keeps a bit per byte") {
  std::mt19937 random(5);
  std::map<DropReason, int> seen;
  for (int round = 0; round < 100; ++round) {
    FragmentTable table = table_of(4096);  // for 40 datagrams: none has to give way
    Model model;
    for (int i = 0; i < 3000; ++i) {
      const auto id = static_cast<std::uint32_t>(random() % 40);
      const auto offset = static_cast<std::uint32_t>(random() % 48) * 8;
      const auto bytes =
          static_cast<std::uint16_t>(8 * (random() % 8 == 0 ? 1 + random() % 20 : 1));
      const bool more = random() % 32 != 0;
      const DropReason expected = model.pass(id, offset, bytes, more);
      const DropReason got = pass(table, fragment(id, offset, bytes, more));
      ++seen[got];
      if (got != expected) FAIL(i << ": " << name_of(got) << ", not " << name_of(expected));
    }
    REQUIRE(table.size() == model.size());
  }
  for (const DropReason reason :
       {DropReason::none, DropReason::fragment_overlap, DropReason::fragment_before_first,
        DropReason::fragment_table_full})
    CHECK(seen[reason] > 20);
}

}  // namespace
}  // namespace sekisho::dataplane
