// From the rings over the drain into the spool: every record once, whatever fails or is killed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "controlplane/agent/event_drain.h"
#include "fake_disk.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using Flows = std::vector<std::uint64_t>;
using Trouble = FakeDisk::Trouble;

constexpr std::size_t kCapacity = 64;
constexpr SpoolLimits kLimits{400'000, 16'384};

void add(events::EventRing ring, std::uint64_t flow_id) {
  events::EventRecord* record = ring.reserve();
  REQUIRE(record != nullptr);
  *record = {};
  record->type = events::EventType::drop;
  record->flow_id = flow_id;
  ring.commit();
}

Flows flows_of(Spool& spool) {
  Flows flows;
  for (std::uint64_t from = 1;;) {
    const auto lines = spool.read(from, 100, 100'000);
    REQUIRE(lines);
    if (lines->lines.empty()) return flows;
    for (const std::string& line : lines->lines)
      flows.push_back(nlohmann::json::parse(line).value("flow_id", std::uint64_t{0}));
    from = lines->first_sequence + lines->lines.size();
  }
}

/// A box with one ring whose control process can be killed and started again.
struct Box {
  ScratchFolder folder;
  FakeDisk disk;
  std::string ring_path = folder.file("events.ring");
  std::optional<events::EventRingFile> rings;
  std::optional<EventLog> log;
  std::optional<EventDrain> drain;
  std::shared_ptr<Spool> spool;

  Box() {
    make_rings();
    start();
  }
  void make_rings() {
    auto made = events::EventRingFile::create(ring_path, 1, kCapacity);
    REQUIRE(made);
    rings.emplace(std::move(*made));
  }
  void start() {
    auto file = EveFile::open(folder.file("eve.json"), {10'000'000, std::chrono::hours(24), 3});
    REQUIRE(file);
    log.emplace(std::move(*file));
    drain.emplace(ring_path, events::EveNames{}, *log);
  }
  void attach() {
    auto opened = Spool::open("/spool", kLimits, disk);
    REQUIRE(opened);
    spool = std::move(*opened);
    log->attach_spool(spool);
  }
  /// Without a word to the disk.
  void kill() {
    disk.plan(Trouble::fails, 0, 0);
    drain.reset();
    log.reset();
    spool.reset();
    disk.plan(Trouble::none, 0, 0);
  }
  void run() {
    for (int i = 0; i < 3; ++i) REQUIRE(drain->run_once());
  }
  /// The reader's index as it was before the last records were given back.
  void set_read_index(std::uint64_t value) const {
    std::fstream out(ring_path, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(4096 + 64);
    out.write(reinterpret_cast<const char*>(&value), sizeof value);
  }
  Flows in_file() const {
    Flows flows;
    std::istringstream lines(folder.read("eve.json"));
    for (std::string line; std::getline(lines, line);)
      flows.push_back(nlohmann::json::parse(line).value("flow_id", std::uint64_t{0}));
    return flows;
  }
};

TEST_CASE("records go to the file and to the spool, with the ring's position") {
  Box box;
  box.attach();
  for (std::uint64_t i = 1; i <= 5; ++i) add(box.rings->ring(0), i);
  box.run();
  CHECK(box.in_file() == Flows{1, 2, 3, 4, 5});
  CHECK(flows_of(*box.spool) == Flows{1, 2, 3, 4, 5});
  CHECK(box.spool->last_mark(box.rings->identity(), 0) == 5);
}

TEST_CASE("lines that no ring keeps go to the spool, but for stats") {
  Box box;
  box.attach();
  const std::vector<EventLine> lines{{R"({"flow_id":7})", "policy_change", 1},
                                     {R"({"flow_id":8})", "stats", 1}};
  REQUIRE(box.log->write(lines));
  CHECK(box.in_file() == Flows{7, 8});
  CHECK(flows_of(*box.spool) == Flows{7});
}

TEST_CASE("after a kill between spool and ring the records are written nowhere again") {
  Box box;
  const bool attached_late = GENERATE(false, true);
  box.attach();
  for (std::uint64_t i = 1; i <= 5; ++i) add(box.rings->ring(0), i);
  box.run();
  box.kill();
  box.set_read_index(2);
  add(box.rings->ring(0), 6);
  box.start();
  if (attached_late) {
    REQUIRE(box.drain->run_once());  // maps the rings
    box.attach();
  } else {
    box.attach();
  }
  box.run();
  CHECK(flows_of(*box.spool) == Flows{1, 2, 3, 4, 5, 6});
  CHECK(box.in_file() == Flows{1, 2, 3, 4, 5, 6});
}

TEST_CASE("marks of one ring file say nothing about another, even at the same place") {
  Box box;
  box.attach();
  for (std::uint64_t i = 1; i <= 5; ++i) add(box.rings->ring(0), i);
  box.run();
  std::filesystem::remove(box.ring_path);
  box.make_rings();
  for (std::uint64_t i = 6; i <= 8; ++i) add(box.rings->ring(0), i);
  if (GENERATE(false, true)) {
    box.kill();
    box.start();
    box.attach();
  }
  box.run();
  CHECK(flows_of(*box.spool) == Flows{1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("while the spool takes nothing the records wait, and are in the file once") {
  Box box;
  box.attach();
  add(box.rings->ring(0), 1);
  box.run();
  for (std::uint64_t i = 2; i <= 4; ++i) add(box.rings->ring(0), i);
  for (int attempt = 0; attempt < 3; ++attempt) {
    box.disk.plan(Trouble::fails, 0, 3);
    const auto refused = box.drain->run_once();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.starts_with("spool: /spool/"));
  }
  add(box.rings->ring(0), 5);
  CHECK(box.in_file() == Flows{1, 2, 3, 4});
  CHECK(flows_of(*box.spool) == Flows{1});
  CHECK(box.drain->read() == 1);
  box.disk.plan(Trouble::none, 0, 0);
  box.run();
  CHECK(box.in_file() == Flows{1, 2, 3, 4, 5});
  CHECK(flows_of(*box.spool) == Flows{1, 2, 3, 4, 5});
}

TEST_CASE("a spool can be taken away, and records that waited for it go on") {
  Box box;
  box.attach();
  add(box.rings->ring(0), 1);
  REQUIRE(box.drain->run_once());
  box.disk.plan(Trouble::fails, 0, 0);
  REQUIRE_FALSE(box.drain->run_once());
  box.log->attach_spool(nullptr);
  add(box.rings->ring(0), 2);
  box.run();
  CHECK(box.in_file() == Flows{1, 2});
  CHECK(flows_of(*box.spool).empty());
  CHECK(box.spool.use_count() == 1);
}

TEST_CASE("a line without a ring waits for the spool in memory, up to a bound") {
  Box box;
  box.attach();
  const auto write = [&](std::uint64_t flow, std::size_t bytes) {
    const std::string json = R"({"flow_id":)" + std::to_string(flow) + R"(,"x":")";
    const std::vector<EventLine> line{{json + std::string(bytes, 'x') + "\"}", "policy_change", 1}};
    box.disk.plan(Trouble::fails, 0, 0);
    return box.log->write(line);
  };
  CHECK_FALSE(write(1, 10));
  CHECK_FALSE(write(2, 10'000));
  CHECK_FALSE(write(3, EventLog::kMaxWaitingBytes));
  CHECK(box.log->counters().waiting == 2);
  CHECK(box.log->counters().unspooled == 1);
  box.disk.plan(Trouble::none, 0, 0);
  REQUIRE(box.drain->run_once());  // no record has to come for it
  CHECK(flows_of(*box.spool) == Flows{1, 2});
  CHECK(box.log->counters().waiting == 0);
  CHECK(box.in_file() == Flows{1, 2, 3});
}

/// Three rounds of records; the process may be killed in the middle of one.
void work(Box& box, std::uint64_t& last) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) add(box.rings->ring(0), ++last);
    for (int run = 0; run < 2; ++run) {
      const auto moved = box.drain->run_once();  // a kill must not end in the macro
      REQUIRE(moved);
    }
  }
}

TEST_CASE("a kill or power loss in any change of the spool: each record there once, in the file") {
  const bool power_loss = GENERATE(false, true);
  int changes = 0;
  {
    Box box;
    std::uint64_t last = 0;
    box.attach();
    box.disk.plan(Trouble::none, 0, 0);
    work(box, last);
    changes = box.disk.changes();
  }
  REQUIRE(changes >= 3);
  for (int change = 0; change < changes; ++change)
    for (int variant = 0; variant < FakeDisk::kVariants; ++variant) {
      CAPTURE(power_loss, change, variant);
      Box box;
      std::uint64_t last = 0;
      box.attach();
      box.disk.plan(Trouble::dies, change, variant);
      CHECK_THROWS_AS(work(box, last), Killed);
      box.kill();
      if (power_loss) {  // takes the rings along, and the file's end
        box.disk.lose_power(true);
        std::filesystem::remove(box.ring_path);
        box.make_rings();
      }
      box.start();
      box.attach();
      Flows expected(last);
      std::iota(expected.begin(), expected.end(), 1);
      const auto kept = flows_of(*box.spool);
      REQUIRE(kept.size() <= last);
      REQUIRE(kept.size() + 20 >= last);
      if (power_loss) expected.resize(kept.size());
      box.run();
      CHECK(flows_of(*box.spool) == expected);
      const auto before = last;
      work(box, last);
      for (auto flow = before + 1; flow <= last; ++flow) expected.push_back(flow);
      CHECK(flows_of(*box.spool) == expected);
      auto in_file = box.in_file();
      std::sort(in_file.begin(), in_file.end());
      in_file.erase(std::unique(in_file.begin(), in_file.end()), in_file.end());
      CHECK(in_file.size() == last);
    }
}

}  // namespace
}  // namespace sekisho::controlplane
