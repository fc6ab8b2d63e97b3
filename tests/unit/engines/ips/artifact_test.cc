#include <hs.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "harness.h"
#include "tables.h"

namespace sekisho::engines::ips::testing {
namespace {

constexpr const char* kRules =
    "alert udp any any -> any any (msg:\"one\"; content:\"abc\"; pcre:\"/x(y)/\"; "
    "reference:cve,2021-1; reference:url,a.example; reference:url,http://b.example; "
    "reference:house,7; metadata:a b, a c; sid:1;)\n"
    "alert http any any -> any any (http.uri; content:\"/evil\"; sid:2;)\n"
    "drop ip [1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5,6.6.6.6,7.7.7.7,8.8.4.4] any -> any any "
    "(sid:3;)\n"
    "alert udp any any -> any any (flowbits:set,x; content:\"q\"; threshold:type limit, track "
    "by_src, count 1, seconds 9; sid:4;)\n";

/// While it lives no memory for searches is to be had.
struct NoScratch {
  NoScratch() {
    hs_set_scratch_allocator([](std::size_t) -> void* { return nullptr; }, std::free);
  }
  ~NoScratch() { hs_set_scratch_allocator(nullptr, nullptr); }
};

/// A copy in which the databases of one kind of groups are not what they were.
AlignedBytes spoilt(const Harness& harness, GroupKind kind) {
  const auto artifact = harness.artifact->view();
  AlignedBytes bytes(artifact);
  const auto& tables = harness.ruleset->tables();
  const auto databases = static_cast<std::size_t>(tables.database_bytes.data() - artifact.data());
  for (const auto& group : tables.groups) {
    if (group.kind != static_cast<std::uint8_t>(kind)) continue;
    const auto& record = tables.database_records[group.database];
    const auto last = databases + record.offset + record.bytes - 1;
    bytes.view()[last] = ~artifact[last];
  }
  return bytes;
}

std::vector<std::byte> compiled(const std::string& text, std::span<const std::byte> known) {
  rules::RuleSet set;
  rules::parse_rules(text, "test.rules", rules::RuleContext::defaults(), set);
  CompileOptions options;
  options.known = known;
  auto bytes = compile(set, options);
  REQUIRE(bytes);
  return *std::move(bytes);
}

}  // namespace

TEST_CASE("rules without memory to search with are refused, not run blind") {
  Harness harness(kRules);
  REQUIRE(harness.datagram("abcd") == Signatures{});
  {
    const NoScratch starved;
    const auto detector = Detector::create(*harness.ruleset, harness.hosts, *harness.pool);
    REQUIRE_FALSE(detector);
    CHECK(detector.error().code == Error::Code::resource);
    CHECK(detector.error().message == "no memory to search for the patterns of the rules");
  }
  CHECK(Detector::create(*harness.ruleset, harness.hosts, *harness.pool));
  CHECK(harness.datagram("abc xy") == Signatures{1});
}

TEST_CASE("what an event says of a rule comes through the artifact") {
  Harness harness(kRules);
  REQUIRE(harness.ruleset->num_rules() == 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto info = harness.ruleset->info(i);
    CHECK(info.index == i);
    if (info.signature != 1) continue;
    CHECK(info.message == "one");
    CHECK(info.metadata_json == R"({"a":["b","c"]})");
    CHECK(info.references_json ==
          R"(["https://cve.mitre.org/cgi-bin/cvename.cgi?name=2021-1","https://a.example",)"
          R"("http://b.example","house:7"])");
  }
}

TEST_CASE("a rule that cannot run is refused alone") {
  rules::RuleSet set;
  rules::parse_rules(
      "alert udp any any -> any any (content:\"a\"; iprep:any,Nobody,>,10; sid:1;)\n"
      "alert udp any any -> any any (content:\"abc\"; sid:2;)\n",
      "x.rules", rules::RuleContext::defaults(), set);
  REQUIRE(set.rules.size() == 2);
  const auto bytes = compile(set, {});
  REQUIRE(bytes);
  CHECK(set.rules.size() == 1);
  REQUIRE(set.refused.size() == 1);
  CHECK(set.refused[0].signature == 1);
  CHECK(set.refused[0].position.line == 1);
}

TEST_CASE("damaged artifacts are refused or run without harm") {
  Harness harness(kRules);
  const auto good = harness.artifact->view();
  CHECK_FALSE(Ruleset::load(good.first(good.size() - 64)));
  CHECK_FALSE(Ruleset::load(good.subspan(64)));
  CHECK_FALSE(Ruleset::load({}));
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    AlignedBytes bytes(good);
    // The databases carry a checksum of their own: what is before them is ours.
    const auto at = random() % std::min<std::size_t>(bytes.view().size(), 8192);
    bytes.view()[at] ^= static_cast<std::byte>(1U << random() % 8);
    auto loaded = Ruleset::load(bytes.view());
    if (!loaded) continue;
    const auto detector = Detector::create(**loaded, harness.hosts, *harness.pool);
    REQUIRE(detector);
    (*detector)->begin_packet(harness.view);
    (*detector)->packet(&harness.flow, Direction::to_server, harness.view, harness);
    (*detector)->end_packet(&harness.flow, Direction::to_server, harness.view, true, harness);
    (*detector)->flow_ended(harness.flow);
  }
}

TEST_CASE("one more rule compiles only the databases that it concerns") {
  const Harness before(kRules);
  const auto text =
      std::string(kRules) + "alert udp any any -> any any (content:\"new\"; sid:5;)\n";
  const auto alone = compiled(text, {});
  const auto of_payload = spoilt(before, GroupKind::payload);
  CHECK(compiled(text, of_payload.view()) == alone);
  // What is taken over is taken as it is.
  const auto of_field = spoilt(before, GroupKind::field);
  const auto taken = compiled(text, of_field.view());
  CHECK(taken.size() == alone.size());
  CHECK(taken != alone);
}

TEST_CASE("the same rules are compiled from what is known of them") {
  const Harness before(kRules);
  const auto known = before.artifact->view();
  const auto again = compiled(kRules, known);
  CHECK(std::equal(again.begin(), again.end(), known.begin(), known.end()));
}

TEST_CASE("what is known may be anything") {
  const Harness before(kRules);
  const auto known = before.artifact->view();
  const auto alone = compiled(kRules, {});
  for (std::size_t bytes = 0; bytes < std::min<std::size_t>(known.size(), 1024); bytes += 7)
    CHECK(compiled(kRules, known.first(bytes)) == alone);
  AlignedBytes other(known);
  other.view()[7] ^= std::byte{1};  // of another version
  CHECK(compiled(kRules, other.view()) == alone);
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    AlignedBytes bytes(known);
    bytes.view()[random() % sizeof(ArtifactHeader)] ^= static_cast<std::byte>(1U << random() % 8);
    CHECK(compiled(kRules, bytes.view()).size() == alone.size());
  }
}

}  // namespace sekisho::engines::ips::testing
