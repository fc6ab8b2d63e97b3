#include "dataplane/worker/packet_history.h"

#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <random>
#include <vector>

using namespace sekisho::dataplane;

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t kSnap = 8;

WirePacket packet(const Bytes& bytes, std::uint64_t time_ns = 1) {
  return {
      .time_ns = time_ns, .frame_bytes = static_cast<std::uint32_t>(bytes.size()), .bytes = bytes};
}

/// First bytes of what is found.
std::vector<int> firsts(const PacketHistory::Found& found) {
  std::vector<int> list;
  for (std::size_t i = 0; i < found.count; ++i) list.push_back(found.packets[i].bytes[0]);
  return list;
}

}  // namespace

TEST_CASE("the last packets of a flow are found, oldest first, and nobody else's") {
  PacketHistory history(kSnap, 16);
  PacketTrail one, other;
  for (std::uint8_t i = 1; i <= 5; ++i) {
    history.keep(one, 7, packet({i, 0, 0}));
    history.keep(other, 8, packet({static_cast<std::uint8_t>(100 + i)}));
  }
  PacketHistory::Found found;
  history.find(one, 7, 3, found);
  CHECK(firsts(found) == std::vector{3, 4, 5});
  CHECK(found.overwritten == 0);
  history.find(one, 7, 64, found);
  CHECK(firsts(found) == std::vector{1, 2, 3, 4, 5});
  CHECK(found.overwritten == 0);
  history.find(other, 8, 1, found);
  CHECK(firsts(found) == std::vector{105});
  history.find(one, 7, 0, found);
  CHECK(found.count == 0);
  history.find({}, 9, 64, found);
  CHECK(found.count == 0);
}

TEST_CASE("a packet is kept up to the snap length, with its time and its real length") {
  PacketHistory history(kSnap, 4);
  PacketTrail trail;
  history.keep(trail, 1, packet({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 77));
  history.keep(trail, 1, packet({}, 78));
  PacketHistory::Found found;
  history.find(trail, 1, 2, found);
  REQUIRE(found.count == 2);
  CHECK(Bytes(found.packets[0].bytes.begin(), found.packets[0].bytes.end()) ==
        Bytes{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(found.packets[0].frame_bytes == 10);
  CHECK(found.packets[0].time_ns == 77);
  CHECK(found.packets[1].bytes.empty());
}

TEST_CASE("what others have overwritten is counted and not taken for the flow's own") {
  PacketHistory history(kSnap, 8);
  PacketTrail one, other;
  for (std::uint8_t i = 1; i <= 6; ++i) history.keep(one, 7, packet({i}));
  for (std::uint8_t i = 1; i <= 5; ++i) history.keep(other, 8, packet({i}));
  PacketHistory::Found found;
  history.find(one, 7, 6, found);
  CHECK(firsts(found) == std::vector{4, 5, 6});
  CHECK(found.overwritten == 3);
  for (int i = 0; i < 8; ++i) history.keep(other, 8, packet({9}));
  history.find(one, 7, 6, found);
  CHECK(found.count == 0);
  CHECK(found.overwritten == 6);
}

TEST_CASE("a history finds what a list of all packets has") {
  constexpr std::size_t kSlots = 64;
  PacketHistory history(kSnap, kSlots);
  std::map<std::uint64_t, PacketTrail> trails;
  std::deque<std::pair<std::uint64_t, std::uint8_t>> model;  // flow, first byte; the last kSlots
  std::mt19937 random(7);
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t flow = 1 + random() % 9;
    if (random() % 4 != 0) {
      const auto first = static_cast<std::uint8_t>(random());
      history.keep(trails[flow], flow, packet({first}));
      model.emplace_back(flow, first);
      if (model.size() > kSlots) model.pop_front();
      continue;
    }
    const std::size_t wanted = random() % (PacketHistory::kMostOfAFlow + 1);
    std::vector<int> expected;
    for (auto at = model.rbegin(); at != model.rend() && expected.size() < wanted; ++at)
      if (at->first == flow) expected.insert(expected.begin(), at->second);
    PacketHistory::Found found;
    history.find(trails[flow], flow, wanted, found);
    REQUIRE(firsts(found) == expected);
  }
}
