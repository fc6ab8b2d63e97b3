#include "controlplane/agent/policy_service.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "config/snapshot/snapshot.h"
#include "controlplane/files/file_door.h"
#include "fake_dataplane.h"
#include "rules/applications/edition.h"
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
    std::filesystem::create_directory(folder.file("ips"));
    restart();
  }
  /// A new sekisho-control on the same disk.
  void restart() {
    service.reset();
    service.emplace(
        std::move(*PolicyStore::open(folder.file("policy"), disk)),
        RulePacks({}, folder.path() + "/ips",
                  CompilerSettings{.binary = COMPILER_BINARY, .geo_database = {}}, disk),
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

TEST_CASE("compiled IPS rules that the dataplane cannot use are compiled again, once") {
  Bench bench;
  const auto applied = bench.apply(
      "version: 1\n"
      "rules:\n  - {name: all, action: allow, profile: office}\n"
      "profiles:\n  - {name: office, ips: {}}\n"
      "ips_rules:\n  - 'alert tcp any any -> any any (sid:7;)'\n");
  const auto compiled = bench.service->meta_of(applied.version.serial)->ips_rules;
  REQUIRE_FALSE(compiled.empty());
  const auto path = bench.folder.path() + "/ips/" + compiled;
  const auto content = [&path] {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const auto sound = content();
  std::ofstream(path, std::ios::binary) << "damaged";

  const auto loads = [&bench] { return bench.dataplane->requests("policy.load").size(); };
  SECTION("it names the file") {
    bench.dataplane->refuse_next("IPS rules: " + path + ": digest does not match the content");
    bench.dataplane->restart(0, "");
    const auto before = loads();
    bench.align();
    CHECK(loads() == before + 2);
    CHECK(content() == sound);
    CHECK(bench.client.state()->serial == applied.version.serial);
  }
  SECTION("another reason is none to compile") {
    bench.dataplane->refuse_next("no memory for it", "resource");
    bench.dataplane->restart(0, "");
    const auto before = loads();
    CHECK_FALSE(bench.service->align(*bench.client.state()));
    CHECK(loads() == before + 1);
    CHECK(content() == "damaged");
  }
}

TEST_CASE("a policy that another version of the product compiled is compiled again, once") {
  Bench bench;
  bench.apply(kBlockAll);
  const auto kept = bench.apply(kAllowAll);
  const auto loads = [&bench] { return bench.dataplane->requests("policy.load").size(); };
  const auto before = loads();
  bench.dataplane->restart(0, "");
  bench.changes.clear();

  SECTION("at boot") {
    bench.dataplane->refuse_next("section ips: a format that is not known");
    bench.align();
    CHECK(loads() == before + 2);
    CHECK(bench.client.state()->serial == kept.version.serial + 1);
    CHECK(bench.service->current()->comment == "test");
    CHECK(bench.service->show(0)->yaml == kAllowAll);
    CHECK(bench.changes == Changes{"applied 3"});
  }
  SECTION("compiling does not help") {
    bench.dataplane->refuse = true;
    bench.dataplane->refuse_next("section ips: a format that is not known");
    CHECK_FALSE(bench.service->align(*bench.client.state()));
    CHECK(bench.service->current() == kept.version);
    bench.dataplane->refuse_next("section ips: a format that is not known");
    CHECK_FALSE(bench.service->align(*bench.client.state()));
    CHECK(bench.changes == Changes{"refused 0"});
    CHECK(bench.service->current() == kept.version);
  }
  SECTION("on the way back to it") {
    bench.align();
    bench.dataplane->refuse_next("section ips: a format that is not known");
    const auto outcome = bench.service->rollback(1);
    REQUIRE(std::holds_alternative<Applied>(outcome));
    CHECK(bench.service->show(0)->yaml == kBlockAll);
    CHECK(bench.service->current()->comment == "rollback to 1");
  }
}

/// `snapshot` as the compiler of another edition would have made it, whose name is as long.
std::vector<std::byte> of_edition(const std::string& edition, std::vector<std::byte> snapshot) {
  constexpr std::size_t kDigest = 8, kCovered = 40, kHex = 16;
  const auto edition_here = rules::edition();
  const auto ours = std::as_bytes(std::span(edition_here));
  const auto found = std::search(snapshot.begin(), snapshot.end(), ours.begin(), ours.end());
  REQUIRE(found != snapshot.end());
  REQUIRE(edition.size() == ours.size());
  std::ranges::copy(std::as_bytes(std::span(edition)), found);
  const auto digest = snapshot::sha256_hex(std::span(snapshot).subspan(kCovered));
  for (std::size_t i = 0; i < digest.size(); i += 2)
    snapshot[kDigest + i / 2] = std::byte(std::stoul(digest.substr(i, 2), nullptr, kHex));
  return snapshot;
}

TEST_CASE("a policy of another edition that still loads is compiled again, once") {
  Bench bench;
  bench.apply(kAllowAll);
  auto yesterday = rules::edition();
  yesterday.front() = '?';
  {
    auto store = std::move(*PolicyStore::open(bench.folder.file("policy"), bench.disk));
    const auto old = of_edition(yesterday, *store.read(store.current()->content_address));
    const auto address = snapshot::SnapshotView::open(old)->content_address();
    const auto staged = store.stage(old, {address, 1, "yesterday", 0, 0, false});
    REQUIRE(staged);
    REQUIRE(store.commit());
    bench.dataplane->restart(staged->serial, address);  // it boots by itself
  }
  bench.restart();
  bench.changes.clear();

  SECTION("by this edition") {
    bench.align();
    CHECK(bench.client.state()->serial == 3);
    CHECK(bench.service->meta_of(0)->edition == rules::edition());
    CHECK(bench.service->show(0)->yaml == kAllowAll);
    CHECK(bench.service->current()->comment == "yesterday");
    bench.align();
    CHECK(bench.changes == Changes{"applied 3"});
  }
  SECTION("what is refused leaves it in force") {
    bench.dataplane->refuse = true;
    bench.align();
    bench.align();
    CHECK(bench.service->meta_of(0)->edition == yesterday);
    CHECK(bench.service->current()->serial == 2);
    CHECK(bench.changes == Changes{"refused 0"});
  }
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

std::uint32_t booted(const Bench& bench) {
  return nlohmann::json::parse(bench.folder.read("policy/current"))["serial"];
}

void enforce(Bench& bench, const std::string& yaml, std::uint64_t version) {
  REQUIRE(std::holds_alternative<Applied>(bench.service->apply_unconfirmed(yaml, version)));
}

TEST_CASE("a console's policy is in force at once, and what the box boots with when confirmed") {
  Bench bench;
  bench.apply(kAllowAll);
  enforce(bench, kBlockAll, 7);
  CHECK(bench.client.state()->serial == 2);
  CHECK(booted(bench) == 1);
  CHECK(bench.service->current()->serial == 2);
  CHECK(bench.service->show(0)->yaml == kBlockAll);
  CHECK(bench.service->history().front().serial == 2);
  CHECK(bench.service->unconfirmed()->bundle_version == 7);
  CHECK(bench.service->bundle_version_of(2) == 7);
  CHECK(bench.service->bundle_version_of(1) == 0);
  CHECK_FALSE(bench.service->confirm(6));
  REQUIRE(bench.service->confirm(7));
  CHECK(booted(bench) == 2);
  CHECK_FALSE(bench.service->unconfirmed());
  CHECK(bench.changes == Changes{"applied 1", "enforced 2", "confirmed 2"});
}

TEST_CASE("a withdrawn policy gives way to the one before, under the serial that it had") {
  Bench bench;
  bench.apply(kAllowAll);
  enforce(bench, kBlockAll, 7);
  CHECK_FALSE(bench.service->withdraw(6, "x"));
  SECTION("at once") {
    REQUIRE(bench.service->withdraw(7, "unreachable"));
    CHECK(bench.client.state()->serial == 1);
  }
  SECTION("when the dataplane is back") {
    bench.dataplane.reset();
    REQUIRE(bench.service->withdraw(7, "unreachable"));
    bench.dataplane.emplace(bench.folder.file("dataplane.sock"));
    bench.align();
    CHECK(bench.client.state()->serial == 1);
  }
  CHECK(bench.service->show(0)->yaml == kAllowAll);
  CHECK(bench.service->bundle_version_of(2) == 7);
  CHECK(bench.service->meta_of(2));  // events of its time have rules of it
  CHECK(bench.service->history().size() == 1);
  CHECK(bench.changes == Changes{"applied 1", "enforced 2", "rolled_back 1"});
}

TEST_CASE("a dataplane that boots the old policy during the wait gets the new one") {
  Bench bench;
  const auto old = bench.apply(kAllowAll);
  enforce(bench, kBlockAll, 7);
  bench.dataplane->restart(1, old.version.content_address);
  if (GENERATE(true, false)) bench.restart();  // and so do we
  bench.align();
  CHECK(bench.client.state()->serial == 2);
  CHECK(bench.service->unconfirmed()->bundle_version == 7);
  CHECK(booted(bench) == 1);
}

TEST_CASE("a kill between a console policy's hand-over and our note leaves it waiting or undone") {
  Bench bench;
  bench.apply(kAllowAll);
  const auto bytes = test_snapshot("pending");
  const std::string address = address_of(bytes);
  {
    auto store = PolicyStore::open(bench.folder.file("policy"), bench.disk);
    REQUIRE(store->stage(bytes, {.content_address = address,
                                 .rules = 1,
                                 .comment = "version 7",
                                 .bundle_version = 7,
                                 .awaits_confirmation = true}));
  }
  const bool taken = GENERATE(true, false);
  if (taken) bench.dataplane->restart(2, address);
  bench.restart();
  bench.align();
  CHECK(bench.service->unconfirmed().has_value() == taken);
  CHECK(bench.client.state()->serial == (taken ? 2 : 1));
  CHECK(booted(bench) == 1);
}

TEST_CASE("a policy of the box's own ends the wait; one that is refused does not") {
  Bench bench;
  bench.apply(kAllowAll);
  enforce(bench, kBlockAll, 7);
  SECTION("applied") {
    bench.apply(kAllowAll + "# local\n");
    CHECK_FALSE(bench.service->unconfirmed());
    CHECK(booted(bench) == 3);
  }
  SECTION("refused by the dataplane") {
    bench.dataplane->refuse = true;
    CHECK(std::holds_alternative<Refusal>(bench.service->apply(kAllowAll, "")));
    bench.dataplane->refuse = false;
    CHECK(bench.service->unconfirmed()->bundle_version == 7);
    bench.align();
    CHECK(bench.client.state()->serial == 2);
  }
  SECTION("undone") {
    REQUIRE(std::holds_alternative<Applied>(bench.service->rollback(0)));
    CHECK_FALSE(bench.service->unconfirmed());
    CHECK(bench.service->show(0)->yaml == kAllowAll);
  }
}

TEST_CASE("a dataplane that restarts just now is waited for") {
  Bench bench;
  bench.apply(kAllowAll);
  bench.dataplane.reset();
  const std::jthread back([&bench] {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    bench.dataplane.emplace(bench.folder.file("dataplane.sock"));
  });
  enforce(bench, kBlockAll, 7);
}

/// More than the compiler takes.
void write_too_many_rules(const Bench& bench) {
  const std::string text(std::size_t{45} << 20, '#');
  for (const auto* name : {"a.rules", "b.rules", "c.rules"})
    bench.folder.write(std::string("ips/packs/") + name, text);
}

TEST_CASE("a fresh box gets its policy without the packs that cannot be compiled") {
  Bench bench;
  std::filesystem::create_directory(bench.folder.file("ips/packs"));
  write_too_many_rules(bench);
  bench.restart();
  bench.align();
  CHECK(bench.changes == Changes{"packs_left_out 1", "applied 1"});
  CHECK(bench.client.state()->serial == 1);
  const auto left_out = bench.service->packs_left_out();
  REQUIRE(left_out);
  CHECK(left_out->packs.size() == 3);
  CHECK(left_out->reason.find("more than 128 MiB") != std::string::npos);
  // The next policy does not try them again.
  bench.apply(kAllowAll);
  CHECK(bench.service->packs_left_out());

  REQUIRE(bench.service->import_pack("a.rules", "alert udp any any -> any any (sid:4;)\n"));
  REQUIRE(std::holds_alternative<Applied>(bench.service->recompile()));
  CHECK_FALSE(bench.service->meta_of(bench.service->current()->serial)->ips_rules.empty());
  CHECK(bench.service->packs_left_out()->packs.size() == 2);
  for (const auto* name : {"b.rules", "c.rules"})
    REQUIRE(bench.service->import_pack(name, "# good now\n"));
  REQUIRE(std::holds_alternative<Applied>(bench.service->recompile()));
  CHECK_FALSE(bench.service->packs_left_out());
}

TEST_CASE("a box that has lost its compiled rules is not left without a policy by bad packs") {
  Bench bench;
  std::filesystem::create_directory(bench.folder.file("ips/packs"));
  bench.apply(kAllowAll);
  REQUIRE(bench.service->import_pack("a.rules", "alert udp any any -> any any (sid:4;)\n"));
  REQUIRE(std::holds_alternative<Applied>(bench.service->recompile()));
  const auto name = bench.service->meta_of(bench.service->current()->serial)->ips_rules;
  REQUIRE(std::filesystem::remove(bench.folder.file("ips/" + name)));
  std::filesystem::create_directory(bench.folder.file("ips/packs/b.rules"));  // unreadable
  bench.dataplane->restart(0, "");
  bench.align();
  CHECK(bench.client.state()->serial == 3);
  CHECK(bench.service->show(0)->yaml == kAllowAll);
  REQUIRE(bench.service->packs_left_out());
  CHECK(bench.service->packs_left_out()->packs == std::vector<std::string>{"a.rules", "b.rules"});
}

TEST_CASE("packs that cannot be compiled do not come into force where others are") {
  Bench bench;
  std::filesystem::create_directory(bench.folder.file("ips/packs"));
  bench.apply(kAllowAll);
  REQUIRE(bench.service->import_pack("a.rules", "alert udp any any -> any any (sid:4;)\n"));
  REQUIRE(std::holds_alternative<Applied>(bench.service->recompile()));
  const auto before = bench.service->meta_of(bench.service->current()->serial)->ips_rules;
  std::filesystem::create_directory(bench.folder.file("ips/packs/b.rules"));  // unreadable
  REQUIRE(bench.service->import_pack("d.rules", "alert udp any any -> any any (sid:5;)\n"));
  const auto outcome = bench.service->recompile();
  REQUIRE(std::holds_alternative<Refusal>(outcome));
  CHECK_FALSE(bench.service->packs_left_out());
  CHECK(bench.service->rule_packs().size() == 2);  // without d.rules
  CHECK(bench.service->meta_of(bench.service->current()->serial)->ips_rules == before);
}

}  // namespace
}  // namespace sekisho::controlplane
