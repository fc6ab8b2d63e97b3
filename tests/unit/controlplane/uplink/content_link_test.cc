// Packs of IPS rules over a real stream.
#include <catch2/catch.hpp>

#include "link_bench.h"

namespace sekisho::controlplane {
namespace {

namespace v1 = link::v1;

struct Linked {
  TestAuthority authority;
  FakeConsole console{authority};
  LinkBench bench;
  Linked() {
    bench.enrol(console);
    REQUIRE(bench.wait_for_state("connected"));
  }
  void send(std::uint64_t version, const std::string& bytes) {
    v1::ToGateway message;
    message.mutable_content_bundle()->set_version(version);
    message.mutable_content_bundle()->set_bytes(bytes);
    REQUIRE(console.send(message));
  }
  /// The first report of `state` about `version`; an empty one when none comes.
  v1::ContentReport reported(v1::ContentState state, std::uint64_t version) const {
    v1::ContentReport found;
    console.wait_for([&](const FakeConsole::Messages& all) {
      for (const auto& m : all)
        if (m.has_content() && m.content().state() == state && m.content().version() == version) {
          found = m.content();
          return true;
        }
      return false;
    });
    return found;
  }
};

TEST_CASE("packs come into force and are reported with what became of their rules") {
  Linked l;
  l.send(4, content_bundle_of(l.console, 4));
  const auto report = l.reported(v1::CONTENT_STATE_ACCEPTED, 4);
  CHECK(report.version_in_force() == 4);
  CHECK(report.digest() == "digest");
  REQUIRE(report.packs_size() == 1);
  CHECK(report.packs(0).name() == "good");
  CHECK(report.packs(0).version() == 4);
  CHECK(report.packs(0).rules() == 1);
  CHECK(l.bench.uplink->status()["content_version"] == 4);
  l.console.hang_up();
  REQUIRE(l.bench.wait_for([&] { return l.console.hellos() == 2; }));
  l.console.wait_for([](const FakeConsole::Messages& all) {
    std::uint64_t said = 0;
    for (const auto& m : all)
      if (m.has_hello()) said = m.hello().content().version_in_force();
    return said == 4;
  });
}

TEST_CASE("packs that are not for this box as it stands are refused with their reason") {
  Linked l;
  l.send(5, content_bundle_of(l.console, 5));
  REQUIRE(l.reported(v1::CONTENT_STATE_ACCEPTED, 5).version_in_force() == 5);
  auto tampered = content_bundle_of(l.console, 6);
  tampered.back() = static_cast<char>(tampered.back() ^ 1);
  FakeConsole forger(l.authority);
  struct Row {
    std::uint64_t version;
    std::string bytes, code;
  };
  const auto no_list = bundle::PackedFiles::pack({{"good/a.rules", "x"}});
  const auto strange = bundle::PackedFiles::pack(
      {{"packs.json", R"({"packs":[{"name":"good","version":1}]})"}, {"other/a.rules", "x"}});
  const auto built = [&](std::uint64_t version, const auto& files) {
    return *bundle::build({"tenant", "gateway", version, bundle::Kind::content}, *files,
                          l.console.signing_key);
  };
  const std::vector<Row> rows{
      {6, tampered, "bad_signature"},
      {7, content_bundle_of(l.console, 7, "good", bundle::Kind::policy), "other_kind"},
      {4, content_bundle_of(l.console, 4), "not_newer"},
      {8, content_bundle_of(forger, 8), "unknown_key"},
      {9, content_bundle_of(l.console, 10), "bad_manifest"},
      {11, built(11, no_list), "bad_content"},
      {12, built(12, strange), "bad_content"},
      {13, content_bundle_of(l.console, 13, "no/name"), "bad_content"},
      {14, content_bundle_of(l.console, 14, "bad"), "compiler"},
      {15, "", "truncated"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.version);
    l.send(row.version, row.bytes);
    const auto report = l.reported(v1::CONTENT_STATE_REFUSED, row.version);
    CHECK(report.reason_code() == row.code);
    CHECK_FALSE(report.reason().empty());
    CHECK(report.version_in_force() == 5);
  }
  l.send(16, content_bundle_of(l.console, 16));
  CHECK(l.reported(v1::CONTENT_STATE_ACCEPTED, 16).version_in_force() == 16);
}

TEST_CASE("a policy's bundle and packs do not pass for each other") {
  Linked l;
  l.console.send_bundle(1, content_bundle_of(l.console, 1));
  REQUIRE(l.console.reported(v1::POLICY_STATE_REFUSED, 1));
  CHECK(l.console.last_report().reason_code() == "other_kind");
}

TEST_CASE("a return to the packs before, at the box, is told to the console") {
  Linked l;
  for (const auto version : {std::uint64_t{1}, std::uint64_t{2}}) {
    l.send(version, content_bundle_of(l.console, version));
    REQUIRE(l.reported(v1::CONTENT_STATE_ACCEPTED, version).version_in_force() == version);
  }
  l.bench.content.roll_back(1);
  CHECK(l.reported(v1::CONTENT_STATE_ROLLED_BACK, 2).version_in_force() == 1);
}

}  // namespace
}  // namespace sekisho::controlplane
