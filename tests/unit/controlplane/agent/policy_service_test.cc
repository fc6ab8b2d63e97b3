#include "controlplane/agent/policy_service.h"

#include <catch2/catch.hpp>

#include "controlplane/files/file_door.h"
#include "fake_dataplane.h"
#include "scratch_folder.h"
#include "test_snapshot.h"

namespace sekisho::controlplane {
namespace {

const std::string kAllowAll = "version: 1\nrules:\n  - {name: all, action: allow}\n";
const std::string kBlockAll = "version: 1\nrules:\n  - {name: none, action: block}\n";

struct Bench {
  ScratchFolder folder;
  DiskFiles disk;
  DataplaneClient client{folder.file("dataplane.sock")};
  std::optional<FakeDataplane> dataplane;
  std::vector<std::string> changes;
  std::optional<PolicyService> service;

  Bench() {
    dataplane.emplace(folder.file("dataplane.sock"));
    std::filesystem::create_directory(folder.file("policy"));
    restart();
  }
  /// A new sekisho-control on the same disk.
  void restart() {
    service.reset();
    service.emplace(std::move(*PolicyStore::open(folder.file("policy"), disk)),
                    CompilerSettings{.binary = COMPILER_BINARY, .geo_database = {}}, client,
                    [this](const PolicyChange& c) {
                      changes.push_back(std::string(c.what) + " " + std::to_string(c.serial));
                    });
  }
  Applied apply(const std::string& yaml) {
    auto outcome = service->apply(yaml, "test");
    REQUIRE(std::holds_alternative<Applied>(outcome));
    return *std::get_if<Applied>(&outcome);
  }
  void align() { REQUIRE(service->align(*client.state())); }
};

using Changes = std::vector<std::string>;

TEST_CASE("an applied policy runs in the dataplane, is current and can be shown") {
  Bench bench;
  const auto applied = bench.apply(kAllowAll);
  CHECK(applied.version.serial == 1);
  CHECK(bench.client.state()->serial == 1);
  CHECK(bench.client.state()->content_address == applied.version.content_address);
  CHECK(bench.service->current() == applied.version);
  const auto shown = bench.service->show(0);
  REQUIRE(shown);
  CHECK(shown->yaml == kAllowAll);
  CHECK(bench.service->meta_of(1)->rules.at(0).name == "all");
  CHECK(bench.changes == Changes{"applied 1"});
}

TEST_CASE("a policy with mistakes changes nothing") {
  Bench bench;
  bench.apply(kAllowAll);
  const auto outcome = bench.service->apply("version: 1\nrules: 7\n", "");
  REQUIRE(std::holds_alternative<Refusal>(outcome));
  CHECK_FALSE(std::get_if<Refusal>(&outcome)->diagnostics.empty());
  CHECK(bench.service->current()->serial == 1);
  CHECK(bench.dataplane->requests("policy.load").size() == 1);
  CHECK(bench.changes == Changes{"applied 1", "refused 0"});
}

TEST_CASE("what the dataplane refuses does not become current, and its serial is used up") {
  Bench bench;
  bench.apply(kAllowAll);
  bench.dataplane->refuse = true;
  const auto outcome = bench.service->apply(kBlockAll, "");
  REQUIRE(std::holds_alternative<Refusal>(outcome));
  CHECK(std::get_if<Refusal>(&outcome)->error.message ==
        "hand over to the dataplane: dataplane: no memory for it");
  CHECK(bench.service->show(0)->yaml == kAllowAll);
  bench.dataplane->refuse = false;
  CHECK(bench.apply(kBlockAll).version.serial == 3);
}

TEST_CASE("a lost reply does not undo a policy that the dataplane took") {
  Bench bench;
  bench.dataplane->lose_reply = true;
  CHECK(bench.apply(kAllowAll).version.serial == 1);
  CHECK(bench.service->current()->serial == 1);
}

TEST_CASE("without a dataplane nothing is applied") {
  Bench bench;
  bench.apply(kAllowAll);
  bench.dataplane.reset();
  const auto outcome = bench.service->apply(kBlockAll, "");
  REQUIRE(std::holds_alternative<Refusal>(outcome));
  CHECK(std::get_if<Refusal>(&outcome)->error.code == Error::Code::not_found);
  CHECK(bench.service->current()->serial == 1);
}

TEST_CASE("rollback brings an earlier policy back under a new serial") {
  Bench bench;
  bench.apply(kAllowAll);
  bench.apply(kBlockAll);
  const auto back = bench.service->rollback(0);
  REQUIRE(std::holds_alternative<Applied>(back));
  CHECK(std::get_if<Applied>(&back)->version.serial == 3);
  CHECK(bench.service->show(0)->yaml == kAllowAll);
  REQUIRE(std::holds_alternative<Applied>(bench.service->rollback(2)));
  CHECK(bench.service->show(0)->yaml == kBlockAll);
  const auto unknown = bench.service->rollback(99);
  REQUIRE(std::holds_alternative<Refusal>(unknown));
  CHECK(std::get_if<Refusal>(&unknown)->error.code == Error::Code::not_found);
  CHECK(bench.changes == Changes{"applied 1", "applied 2", "rolled_back 3", "rolled_back 4"});
}

TEST_CASE("a box without a policy gets the factory's") {
  Bench bench;
  bench.align();
  CHECK(bench.service->show(0)->yaml == policy::factory_policy_yaml());
  CHECK(bench.client.state()->serial == 1);
  bench.align();
  CHECK(bench.dataplane->requests("policy.load").size() == 1);
}

TEST_CASE("a dataplane that runs something else gets the current policy again") {
  Bench bench;
  const auto applied = bench.apply(kAllowAll);
  bench.dataplane->restart(0, "");
  bench.align();
  CHECK(bench.client.state()->serial == 1);
  CHECK(bench.client.state()->content_address == applied.version.content_address);
}

TEST_CASE("a kill after the hand-over goes forward, one before it goes back") {
  Bench bench;
  bench.apply(kAllowAll);
  const auto bytes = test_snapshot("pending");
  std::string address = address_of(bytes);
  {
    auto store = PolicyStore::open(bench.folder.file("policy"), bench.disk);
    REQUIRE(store->stage(bytes, {.content_address = address, .rules = 1, .comment = "pending"}));
  }
  const bool taken = GENERATE(true, false);
  if (taken) bench.dataplane->restart(2, address);
  bench.restart();
  CHECK(bench.service->current()->serial == 1);
  bench.align();
  CHECK(bench.service->current()->serial == (taken ? 2 : 1));
  CHECK(bench.client.state()->serial == (taken ? 2 : 1));
}

TEST_CASE("a current policy that the disk lost gives way to the newest that can be read") {
  Bench bench;
  bench.apply(kAllowAll);
  const auto lost = bench.apply(kBlockAll);
  bench.folder.write("policy/" + lost.version.content_address + ".snapshot", "gone");
  bench.dataplane->restart(0, "");
  bench.restart();
  bench.align();
  CHECK(bench.service->show(0)->yaml == kAllowAll);
  CHECK(bench.service->current()->serial == 3);
}

}  // namespace
}  // namespace sekisho::controlplane
