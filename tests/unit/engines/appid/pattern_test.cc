// What stands anywhere in a flow's first payloads and shows an application that nothing else tells.
#include <algorithm>
#include <cstring>

#include "flow.h"
#include "shown_patterns.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;

namespace {

constexpr std::uint8_t kTcp = 6, kUdp = 17;

}  // namespace

TEST_CASE("patterns anywhere in the payloads tell the application, what resembles them does not") {
  Flow flow(kTcp, 0, 0);
  for (const auto& one : shown_patterns()) {
    flow.restart(one.protocol, 50000, one.port);
    CAPTURE(one.application, one.is.back().bytes, flow.application());
    for (std::size_t i = 0; i + 1 < one.is.size(); ++i)
      CHECK_FALSE(flow.say(one.is[i].to_server, one.is[i].bytes));
    CHECK(flow.say(one.is.back().to_server, one.is.back().bytes));
    CHECK(flow.application() == one.application);
    CHECK(flow.facts.application_known == Knowledge::known);
    flow.restart(one.protocol, 50000, one.port);
    for (const auto& said : one.is_not) flow.say(said.to_server, said.bytes);
    CHECK(flow.application() != one.application);
  }
}

TEST_CASE("every application that has patterns shows itself by them in these tests") {
  const auto shown = shown_patterns();
  std::vector<std::string_view> missing;
  for (const auto& application : rules::applications()) {
    const bool is_shown = std::any_of(shown.begin(), shown.end(), [&](const Shown& one) {
      return one.application == application.name;
    });
    if (!application.patterns.empty() && !is_shown) missing.push_back(application.name);
  }
  CHECK(missing == std::vector<std::string_view>{});
}

TEST_CASE("one end's words in the other's mouth, over another transport or port tell nothing") {
  Flow flow(kTcp, 0, 0);
  for (const auto& one : shown_patterns()) {
    const auto* const application = rules::find_application(one.application);
    REQUIRE(application != nullptr);
    const bool sided = std::all_of(application->patterns.begin(), application->patterns.end(),
                                   [](const auto& patterns) { return patterns.either.empty(); });
    CAPTURE(one.application, one.is.back().bytes);
    if (sided) {
      flow.restart(one.protocol, 50000, one.port);
      for (const auto& said : one.is) flow.say(!said.to_server, said.bytes);
      CHECK(flow.application() != one.application);
    }
    flow.restart(one.protocol == kTcp ? kUdp : kTcp, 50000, one.port);
    if (one.application != "gelf" && one.application != "slmp") {  // which are over both
      for (const auto& said : one.is) flow.say(said.to_server, said.bytes);
      CHECK(flow.application() != one.application);
    }
  }
}

TEST_CASE("both ends' patterns count in any order, and one end's twice is not both's") {
  Flow flow(kTcp, 50000, 2181);
  CHECK_FALSE(flow.say(false, "imok"));
  CHECK(flow.say(true, "ruok"));
  CHECK(flow.application() == "zookeeper");
  flow.restart(kTcp, 50000, 2181);
  for (int i = 0; i < 7; ++i) CHECK_FALSE(flow.say(true, "ruok"));
}

TEST_CASE("what carries a part that a pattern tells is the flow's carrier") {
  Flow flow(kTcp, 50000, 49155);
  flow.say(true, bind_of("81 bb 7a 36 44 98 f1 35 ad 32 98 f0 38 00 10 03"));
  CHECK(flow.application() == "windows_services");
  CHECK(rules::application(flow.facts.carrier)->name == "dcerpc");
  flow.restart(kTcp, 50000, 49155);
  flow.say(true, bind_of(zeros(16)));
  CHECK(flow.application() == "dcerpc");
  CHECK(flow.facts.carrier == 0);
}

TEST_CASE("patterns are looked for in the first kilobyte of a payload") {
  const std::string magic = "org.apache.hadoop.", late = "onvif://www.onvif.org/";
  Flow flow(kUdp, 50000, 40000);
  CHECK(flow.say(true, std::string(1024 - late.size(), 'x') + late));
  flow.restart(kUdp, 50000, 40000);
  CHECK_FALSE(flow.say(true, std::string(1025 - late.size(), 'x') + late));
  flow.restart(kTcp, 50000, 8020);  // within: 512
  CHECK_FALSE(flow.say(true, std::string(513 - magic.size(), 'x') + magic));
  CHECK(flow.say(true, std::string(512 - magic.size(), 'x') + magic));
}

TEST_CASE("a database that another build made is made anew, a damaged one is refused") {
  Diagnostics warnings;
  auto artifact = std::get<Artifact>(appid::kSpec.compile({.policy = policy::Policy{}}, warnings));
  constexpr std::size_t kKeyAt = 40;
  artifact[kKeyAt] ^= std::byte{1};
  artifact[artifact.size() - 1000] ^= std::byte{1};
  const auto ruleset = appid::kSpec.load(artifact);
  REQUIRE(ruleset);
  const auto engine = appid::kSpec.make(**ruleset);
  const std::string said = ":a.example 001 me :Welcome\r\n";
  Facts facts;
  facts.protocol = kTcp;
  std::array<std::uint8_t, 8> state{};
  Inspection inspection;
  inspection.payload = {reinterpret_cast<const std::uint8_t*>(said.data()), said.size()};
  inspection.to_server = false;
  inspection.facts = &facts;
  inspection.flow_state = state.data();
  engine->inspect({&inspection, 1});
  CHECK(facts.application == rules::find_application("irc")->id);
  artifact[kKeyAt] ^= std::byte{1};
  CHECK_FALSE(appid::kSpec.load(artifact));
}
