#include <hs.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "harness.h"

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
  NoScratch() { hs_set_scratch_allocator([](std::size_t) -> void* { return nullptr; }, std::free); }
  ~NoScratch() { hs_set_scratch_allocator(nullptr, nullptr); }
};

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

TEST_CASE("the second compilation takes its databases from the cache") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("ips_cache_" + std::to_string(std::rand()));
  CompileOptions options;
  options.cache_dir = folder;
  Harness first(kRules, options);
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) > 0);
  Harness second(kRules, options);
  CHECK(std::equal(first.artifact->view().begin(), first.artifact->view().end(),
                   second.artifact->view().begin(), second.artifact->view().end()));
  std::filesystem::remove_all(folder);
}

}  // namespace sekisho::engines::ips::testing
