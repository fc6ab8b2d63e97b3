#include "controlplane/agent/event_drain.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kCapacity = 64;

void add(events::EventRing ring, std::uint64_t flow_id) {
  events::EventRecord* record = ring.reserve();
  if (record == nullptr) return;
  *record = {};
  record->type = events::EventType::drop;
  record->flow_id = flow_id;
  record->time_ns = 1'700'000'000'000'000'000;
  ring.commit();
}

std::vector<std::uint64_t> flows_in(const std::string& text) {
  std::vector<std::uint64_t> flows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    flows.push_back(nlohmann::json::parse(line).at("flow_id"));
  return flows;
}

struct Bench {
  ScratchFolder folder;
  EventLog log{
      std::move(*EveFile::open(folder.file("eve.json"), {1'000'000, std::chrono::hours(24), 3}))};
  std::string ring_path = folder.file("events.ring");
  EventDrain drain{ring_path,
                   {.rule = [](std::uint32_t, events::RuleNumber) { return std::string(); },
                    .application = [](std::uint16_t) { return std::string(); },
                    .port = [](std::uint8_t) { return std::string("lan0"); }},
                   log};
  std::vector<std::uint64_t> flows() const { return flows_in(folder.read("eve.json")); }
};

using Flows = std::vector<std::uint64_t>;

TEST_CASE("records of all workers become lines, once") {
  Bench bench;
  CHECK_FALSE(bench.drain.run_once());  // no dataplane yet
  auto rings = events::EventRingFile::create(bench.ring_path, 2, kCapacity);
  REQUIRE(rings);
  for (std::uint64_t i = 1; i <= 5; ++i) add(rings->ring(i % 2), i);
  REQUIRE(bench.drain.run_once());  // opens
  REQUIRE(*bench.drain.run_once() == 5);
  CHECK(*bench.drain.run_once() == 0);
  CHECK(bench.flows() == Flows{2, 4, 1, 3, 5});
  CHECK(bench.drain.read() == 5);
}

TEST_CASE("what the ring could not take is counted") {
  Bench bench;
  auto rings = events::EventRingFile::create(bench.ring_path, 1, kCapacity);
  REQUIRE(bench.drain.run_once());
  for (std::uint64_t i = 1; i <= kCapacity + 10; ++i) add(rings->ring(0), i);
  REQUIRE(bench.drain.run_once());
  CHECK(bench.drain.read() == kCapacity);
  CHECK(bench.drain.lost() == 10);
}

TEST_CASE("another reader goes on where the last one stopped") {
  Bench bench;
  auto rings = events::EventRingFile::create(bench.ring_path, 1, kCapacity);
  add(rings->ring(0), 1);
  REQUIRE(bench.drain.run_once());
  REQUIRE(*bench.drain.run_once() == 1);
  add(rings->ring(0), 2);
  EventDrain second(bench.ring_path, {}, bench.log);
  REQUIRE(second.run_once());
  REQUIRE(*second.run_once() == 1);
  CHECK(bench.flows() == Flows{1, 2});
}

TEST_CASE("a dataplane that restarts with the same rings loses nothing") {
  Bench bench;
  auto rings = events::EventRingFile::create(bench.ring_path, 1, kCapacity);
  REQUIRE(bench.drain.run_once());
  add(rings->ring(0), 1);
  auto again = events::EventRingFile::create(bench.ring_path, 1, kCapacity);
  add(again->ring(0), 2);
  REQUIRE(bench.drain.run_once());
  CHECK(bench.flows() == Flows{1, 2});
}

TEST_CASE("a dataplane that makes other rings is followed, and the old ones are emptied first") {
  Bench bench;
  const bool removed_first = GENERATE(false, true);
  auto rings = events::EventRingFile::create(bench.ring_path, 1, kCapacity);
  REQUIRE(bench.drain.run_once());
  add(rings->ring(0), 1);
  if (removed_first) std::filesystem::remove(bench.ring_path);
  auto other = events::EventRingFile::create(bench.ring_path, 2, kCapacity);
  REQUIRE(other);
  add(other->ring(1), 2);
  for (int i = 0; i < 3; ++i) REQUIRE(bench.drain.run_once());
  CHECK(bench.flows() == Flows{1, 2});
}

TEST_CASE("records wait in the ring while the disk takes nothing, and come whole afterwards") {
  Bench bench;
  auto rings = events::EventRingFile::create(bench.ring_path, 1, kCapacity);
  REQUIRE(bench.drain.run_once());
  for (std::uint64_t i = 1; i <= 20; ++i) add(rings->ring(0), i);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small{700, before.rlim_max};  // in the middle of some line
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const bool refused = !bench.drain.run_once();
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(refused);
  CHECK(bench.folder.read("eve.json").empty());
  REQUIRE(*bench.drain.run_once() == 20);
  CHECK(bench.flows().size() == 20);
}

}  // namespace
}  // namespace sekisho::controlplane
