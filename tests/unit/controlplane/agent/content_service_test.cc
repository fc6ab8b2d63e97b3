// The console's packs of IPS rules in the policy service.
#include <catch2/catch.hpp>

#include "controlplane/agent/policy_service.h"
#include "controlplane/files/file_door.h"
#include "fake_dataplane.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

const std::string kPolicy =
    "version: 1\nprofiles: [{name: p, ips: {action: block}}]\n"
    "rules:\n  - {name: all, action: allow, profile: p}\n";
const std::string kRule = "alert udp any any -> any any (content:\"abc\"; sid:1;)\n";

ContentSet set_of(std::uint64_t version, const std::string& rules = kRule) {
  return {version, {{"et", version, {{"a.rules", rules}}}}};
}

struct Bench {
  ScratchFolder folder;
  DiskFiles disk;
  DataplaneClient client{folder.file("dataplane.sock")};
  FakeDataplane dataplane{folder.file("dataplane.sock")};
  std::optional<PolicyService> service;

  Bench() {
    for (const auto* name : {"policy", "ips/content", "ips/packs"})
      std::filesystem::create_directories(folder.file(name));
    restart();
  }
  void restart() {
    const CompilerSettings compiler{.binary = COMPILER_BINARY, .geo_database = {}};
    service.reset();
    service.emplace(std::move(*PolicyStore::open(folder.file("policy"), disk)),
                    RulePacks({}, folder.file("ips"), compiler, disk), compiler, client,
                    [](const PolicyChange&) {});
  }
  std::string rules_in_force() const {
    return service->meta_of(service->current()->serial)->ips_rules;
  }
};

void take(Bench& bench, const ContentSet& set) {
  const auto outcome = bench.service->apply_content(set);
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) FAIL(refusal->error.message);
}

TEST_CASE("packs come into force with the policy that is there, and are known after a restart") {
  Bench bench;
  CHECK_FALSE(bench.service->content_is_free());
  REQUIRE(std::holds_alternative<Applied>(bench.service->apply(kPolicy, "mine")));
  REQUIRE(bench.service->content_is_free());
  take(bench, set_of(3, kRule + "alert nonsense\n"));
  const auto first = bench.rules_in_force();
  CHECK(bench.service->current()->comment == "mine");
  CHECK(bench.service->show(0)->yaml == kPolicy);
  if (GENERATE(false, true)) bench.restart();
  const auto report = bench.service->content();
  CHECK(report.version_in_force == 3);
  CHECK(report.attempt == ContentAttempt{3, ContentOutcome::accepted, "", ""});
  CHECK(report.packs == std::vector<PackInForce>{{"et", 3, 1, 1}});
  CHECK(report.digest.size() == 64);
  take(bench, set_of(4, kRule + kRule));
  CHECK(bench.rules_in_force() != first);
}

TEST_CASE("packs that the dataplane does not take leave those before in force") {
  Bench bench;
  REQUIRE(std::holds_alternative<Applied>(bench.service->apply(kPolicy, "")));
  take(bench, set_of(1));
  const auto before = bench.rules_in_force();
  bench.dataplane.refuse = true;
  REQUIRE(std::holds_alternative<Refusal>(bench.service->apply_content(set_of(2, "# none\n"))));
  const auto report = bench.service->content();
  CHECK(report.version_in_force == 1);
  CHECK(report.attempt.version == 2);
  CHECK(report.attempt.outcome == ContentOutcome::refused);
  CHECK(report.attempt.reason_code == "dataplane");
  CHECK(bench.rules_in_force() == before);
  bench.dataplane.refuse = false;
  REQUIRE(std::holds_alternative<Applied>(bench.service->recompile()));
  CHECK(bench.rules_in_force() == before);
}

TEST_CASE("packs that the disk does not take are refused, and later ones come into force") {
  Bench bench;
  REQUIRE(std::holds_alternative<Applied>(bench.service->apply(kPolicy, "")));
  take(bench, set_of(1));
  const auto before = bench.rules_in_force();
  const auto kept = bench.folder.file("ips/content"), away = bench.folder.file("ips/away");
  std::filesystem::rename(kept, away);
  REQUIRE(std::holds_alternative<Refusal>(bench.service->apply_content(set_of(2, "# none\n"))));
  const auto report = bench.service->content();
  CHECK(report.version_in_force == 1);
  CHECK(report.attempt.version == 2);
  CHECK(report.attempt.outcome == ContentOutcome::refused);
  CHECK(report.attempt.reason_code == "disk");
  CHECK(bench.rules_in_force() == before);
  std::filesystem::rename(away, kept);
  take(bench, set_of(3, "# none\n"));
  CHECK(bench.service->content().version_in_force == 3);
}

TEST_CASE("the packs before come back when they are asked for, and a policy keeps them") {
  Bench bench;
  REQUIRE(std::holds_alternative<Applied>(bench.service->apply(kPolicy, "")));
  const auto nothing_before = bench.service->rollback_content();
  REQUIRE(std::holds_alternative<Refusal>(nothing_before));
  CHECK(std::get_if<Refusal>(&nothing_before)->error.code == Error::Code::not_found);
  take(bench, set_of(1));
  const auto first = bench.rules_in_force();
  take(bench, set_of(2, "# none\n"));
  CHECK(bench.service->former_content() == 1);
  REQUIRE(std::holds_alternative<Applied>(bench.service->rollback_content()));
  CHECK(bench.rules_in_force() == first);
  const auto report = bench.service->content();
  CHECK(report.version_in_force == 1);
  CHECK(report.highest_version == 2);
  CHECK(report.attempt == ContentAttempt{2, ContentOutcome::rolled_back, "", ""});
  REQUIRE(std::holds_alternative<Applied>(bench.service->apply(kPolicy + "# other\n", "")));
  CHECK(bench.rules_in_force() == first);
}

TEST_CASE("packs wait for a policy's confirmation") {
  Bench bench;
  REQUIRE(std::holds_alternative<Applied>(bench.service->apply(kPolicy, "")));
  REQUIRE(std::holds_alternative<Applied>(bench.service->apply_unconfirmed(kPolicy + "#\n", 7)));
  CHECK_FALSE(bench.service->content_is_free());
  const auto outcome = bench.service->apply_content(set_of(1));
  REQUIRE(std::holds_alternative<Refusal>(outcome));
  CHECK(std::get_if<Refusal>(&outcome)->busy);
  CHECK(bench.service->content().attempt.version == 0);
  REQUIRE(bench.service->confirm(7));
  take(bench, set_of(1));
  CHECK(bench.service->current()->bundle_version == 7);
}

}  // namespace
}  // namespace sekisho::controlplane
