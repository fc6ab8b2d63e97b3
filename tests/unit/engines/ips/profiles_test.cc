#include "engines/ips/profiles.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "harness.h"

namespace sekisho::engines::ips::testing {
namespace {

const std::string kRules =
    "alert udp any any -> any any (msg:\"grave\"; content:\"grave\"; metadata:signature_severity "
    "Critical; sid:1;)\n"
    "alert udp any any -> any any (msg:\"minor\"; content:\"minor\"; metadata:signature_severity "
    "Minor; sid:2;)\n"
    "alert udp any any -> any any (msg:\"note\"; content:\"note\"; flowbits:set,noted; priority:4; "
    "sid:3;)\n"
    "alert udp any any -> any any (msg:\"after a note\"; content:\"after\"; flowbits:isset,noted; "
    "priority:1; sid:4;)\n"
    "drop udp any any -> any any (msg:\"own drop\"; content:\"own\"; priority:1; sid:5;)\n"
    "alert udp any any -> any any (msg:\"mark\"; content:\"mark\"; flowbits:set,marked; noalert; "
    "priority:1; sid:6;)\n";

/// Signature -> use.
std::map<std::uint32_t, RuleUse> uses_by_signature(const Ruleset& rules, const Profile& profile) {
  const auto uses = uses_of(rules, profile);
  std::map<std::uint32_t, RuleUse> by_signature;
  for (std::uint32_t i = 0; i < uses.size(); ++i) by_signature[rules.info(i).signature] = uses[i];
  return by_signature;
}

policy::Policy policy_of(std::string_view yaml) {
  auto loaded = policy::load_yaml(yaml);
  REQUIRE(std::holds_alternative<policy::LoadedPolicy>(loaded));
  return std::get<policy::LoadedPolicy>(std::move(loaded)).policy;
}

constexpr std::string_view kTwoProfiles =
    "version: 1\n"
    "profiles:\n"
    "  - {name: off, ips: {enabled: false}}\n"
    "  - {name: watch, ips: {action: monitor, minimum_severity: high, excluded_rules: ['7', '5'], "
    "monitored_rules: ['9']}}\n"
    "rules:\n"
    "  - {name: plain, action: allow, services: [tcp/1]}\n"
    "  - {name: watched, action: allow, services: [tcp/2], profile: watch}\n"
    "  - {name: unwatched, action: allow, profile: off}\n";

Artifact compiled(std::string_view yaml) {
  const auto policy = policy_of(yaml);
  Diagnostics warnings;
  auto outcome = kSpec.compile({policy, nullptr}, warnings);
  REQUIRE(std::holds_alternative<Artifact>(outcome));
  return std::get<Artifact>(std::move(outcome));
}

TEST_CASE("a rule's severity is what its author said, otherwise what its priority says") {
  const Harness harness(kRules);
  const std::map<std::uint32_t, Severity> expected{{1, Severity::critical}, {2, Severity::medium},
                                                   {3, Severity::low},      {4, Severity::high},
                                                   {5, Severity::high},     {6, Severity::high}};
  for (std::uint32_t i = 0; i < harness.ruleset->num_rules(); ++i) {
    const auto rule = harness.ruleset->info(i);
    CHECK(severity_of(rule) == expected.at(rule.signature));
  }
}

TEST_CASE("a profile turns rules off by severity and number, and says who may block") {
  const Harness harness(kRules);
  const auto& rules = *harness.ruleset;
  const auto blocking = uses_by_signature(rules, {.enabled = true,
                                                  .usual = RuleUse::block,
                                                  .minimum = Severity::high,
                                                  .excluded = {4},
                                                  .monitored = {5}});
  CHECK(blocking == std::map<std::uint32_t, RuleUse>{{1, RuleUse::block},
                                                     {2, RuleUse::off},
                                                     {3, RuleUse::off},
                                                     {4, RuleUse::off},
                                                     {5, RuleUse::report},
                                                     {6, RuleUse::block}});
  const auto watching = uses_by_signature(rules, {.enabled = true, .minimum = Severity::low});
  for (const auto& [signature, use] : watching) CHECK(use == RuleUse::report);
  const auto off = uses_by_signature(rules, {.enabled = false, .usual = RuleUse::block});
  for (const auto& [signature, use] : off) CHECK(use == RuleUse::off);
}

TEST_CASE("the flow's profile decides what a match does") {
  Harness harness(kRules);
  const auto actions = [&](std::string_view payload) {
    harness.datagram(payload);
    return harness.actions;
  };
  CHECK(actions("grave") == std::vector{rules::RuleAction::alert});
  const auto blocking = uses_of(*harness.ruleset, {.enabled = true, .usual = RuleUse::block});
  harness.flow.uses = blocking;
  CHECK(actions("grave") == std::vector{rules::RuleAction::drop});
  CHECK(actions("mark") == std::vector{rules::RuleAction::alert});  // it only keeps state
  const auto watching = uses_of(*harness.ruleset, {.enabled = true});
  harness.flow.uses = watching;
  CHECK(actions("own") == std::vector{rules::RuleAction::alert});
}

TEST_CASE("a rule that is off says nothing, and still keeps the state that others ask for") {
  Harness harness(kRules);
  const auto uses = uses_of(*harness.ruleset, {.enabled = true, .minimum = Severity::high});
  harness.flow.uses = uses;
  CHECK(harness.datagram("after").empty());
  CHECK(harness.datagram("note").empty());
  CHECK(harness.datagram("after") == std::vector<std::uint32_t>{4});
}

TEST_CASE("what a policy says about the IPS comes through its section") {
  const auto artifact = compiled(kTwoProfiles);
  const auto loaded = IpsPolicy::load(artifact);
  REQUIRE(loaded);
  const auto& policy = **loaded;
  CHECK(policy.profile_of(0) == IpsPolicy::kNoProfile);
  CHECK(policy.profile_of(1) == IpsPolicy::kNoProfile);
  CHECK(policy.profile_of(3) == IpsPolicy::kNoProfile);
  CHECK(policy.profile_of(4) == IpsPolicy::kNoProfile);  // there is no such rule
  REQUIRE(policy.profile_of(2) < policy.profiles().size());
  const auto& profile = policy.profiles()[policy.profile_of(2)];
  CHECK(profile.enabled);
  CHECK_FALSE(profile.usual == RuleUse::block);
  CHECK(profile.minimum == Severity::high);
  CHECK(profile.excluded == std::vector<std::uint32_t>{5, 7});
  CHECK(profile.monitored == std::vector<std::uint32_t>{9});
}

TEST_CASE("a rule can be told to block or to reset, whatever the profile does with the rest") {
  const auto artifact = compiled(
      "version: 1\n"
      "profiles: [{name: p, ips: {action: monitor, minimum_severity: critical, blocked_rules: [2], "
      "reset_rules: [3, 5, 6], excluded_rules: [7]}}, {name: q, ips: {action: reset}}]\n"
      "rules: [{name: r, action: allow, profile: p}, {name: s, action: allow, profile: q}]\n");
  const auto loaded = IpsPolicy::load(artifact);
  REQUIRE(loaded);
  Harness harness(kRules);
  const auto& strict = (*loaded)->profiles().at(0);
  CHECK(uses_by_signature(*harness.ruleset, strict) ==
        std::map<std::uint32_t, RuleUse>{{1, RuleUse::report},
                                         {2, RuleUse::block},
                                         {3, RuleUse::reset},
                                         {4, RuleUse::off},
                                         {5, RuleUse::reset},
                                         {6, RuleUse::reset}});
  const auto actions = [&](const Profile& profile, std::string_view payload) {
    const auto uses = uses_of(*harness.ruleset, profile);
    harness.flow.uses = uses;
    harness.datagram(payload);
    harness.flow.uses = {};
    return harness.actions;
  };
  using Actions = std::vector<rules::RuleAction>;
  const Actions drops{rules::RuleAction::drop}, resets{rules::RuleAction::reject_both};
  CHECK(actions(strict, "minor") == drops);
  CHECK(actions(strict, "note") == resets);
  CHECK(actions(strict, "own") == resets);                              // a drop, too
  CHECK(actions(strict, "mark") == Actions{rules::RuleAction::alert});  // it only keeps state
  CHECK(actions((*loaded)->profiles().at(1), "grave") == resets);
}

TEST_CASE("for excepted traffic rules are silent, or report without blocking") {
  Harness harness(kRules);
  const auto address = [](std::string_view text) { return *parse_ip_address(text); };
  harness.flow.client = harness.view.source = address("192.0.2.9");
  harness.flow.server = harness.view.destination = address("198.51.100.1");
  const auto range = [](std::string_view text) { return *parse_address_range(text); };
  const auto acts = [&](const TrafficException& exception) {
    Profile profile{.enabled = true, .usual = RuleUse::block, .exceptions = {exception}};
    const auto uses = uses_of(*harness.ruleset, profile);
    harness.flow.uses = uses;
    harness.flow.profile = &profile;
    harness.datagram("grave");
    harness.flow.uses = {};
    harness.flow.profile = nullptr;
    return harness.actions;
  };
  using Actions = std::vector<rules::RuleAction>;
  const Actions silent, told{rules::RuleAction::alert}, drops{rules::RuleAction::drop};
  CHECK(acts({.signature = 1, .source = range("192.0.2.0/24")}) == silent);
  CHECK(acts({.signature = 0, .source = range("192.0.2.9")}) == silent);
  CHECK(acts({.signature = 2, .source = range("192.0.2.0/24")}) == drops);
  CHECK(acts({.signature = 1, .source = range("198.51.100.1")}) == drops);
  CHECK(acts({.signature = 1, .destination = range("198.51.100.0/24")}) == silent);
  CHECK(
      acts({.signature = 1, .source = range("192.0.2.9"), .destination = range("198.51.100.2")}) ==
      drops);
  CHECK(acts({.signature = 1, .source = range("192.0.2.9"), .use = RuleUse::report}) == told);
}

TEST_CASE("exceptions, quarantine, captures and fail mode come through the policy's section") {
  const auto artifact = compiled(
      "version: 1\n"
      "objects: {addresses: [{name: office, values: [192.0.2.0/24, 2001:db8::/32]}]}\n"
      "profiles:\n"
      "  - name: p\n"
      "    ips:\n"
      "      excluded_traffic: [all from office to 10.0.0.1]\n"
      "      monitored_traffic: [7 to 10.0.0.2]\n"
      "      quarantine_seconds: 60\n"
      "      quarantine_rules: [9=0, 8=600, 9=5]\n"
      "      capture_seconds_after: 10\n"
      "      capture_packets_before: 5\n"
      "      capture_rules: [9, 8]\n"
      "      protocol_records: files\n"
      "      on_failure: pass\n"
      "rules: [{name: r, action: allow, profile: p}]\n");
  const auto loaded = IpsPolicy::load(artifact);
  REQUIRE(loaded);
  const auto& profile = (*loaded)->profiles().at(0);
  const auto range = [](std::string_view text) { return *parse_address_range(text); };
  CHECK(profile.exceptions ==
        std::vector<TrafficException>{{0, range("192.0.2.0/24"), range("10.0.0.1"), RuleUse::off},
                                      {0, range("2001:db8::/32"), range("10.0.0.1"), RuleUse::off},
                                      {7, kEveryAddress, range("10.0.0.2"), RuleUse::report}});
  CHECK(profile.quarantine_of(1) == 60);
  CHECK(profile.quarantine_of(8) == 600);
  CHECK(profile.quarantine_of(9) == 5);
  CHECK(profile.capture ==
        CaptureSettings{.seconds_after = 10, .packets_before = 5, .rules = {8, 9}});
  CHECK(profile.captures(8));
  CHECK_FALSE(profile.captures(7));
  CHECK(profile.records == ProtocolRecords::files);
  CHECK(profile.fail_open);
  for (std::size_t size = 0; size < artifact.size(); ++size)
    CHECK_FALSE(IpsPolicy::load(std::span(artifact).first(size)));
}

TEST_CASE("a damaged section is refused") {
  const auto good = compiled(kTwoProfiles);
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(IpsPolicy::load(std::span(good).first(size)));
  auto longer = good;
  longer.push_back(std::byte{0});
  CHECK_FALSE(IpsPolicy::load(longer));
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto damaged = good;
    damaged[at] = std::byte{0xff};
    static_cast<void>(IpsPolicy::load(damaged));  // either is well, as long as nothing is harmed
  }
}

TEST_CASE("what own rules name outside of the policy is not asked for when it is compiled") {
  const auto policy = policy_of(
      "version: 1\n"
      "ips_rules:\n"
      "  - 'alert ip any any -> any any (iprep:src,Bad,>,1; sid:1;)'\n"
      "  - 'alert ip any any -> any any (geoip:src,JP; sid:2;)'\n"
      "  - 'alert dns any any -> any any (dns.query; dataset:isset,a,type string,load a.lst; "
      "sid:3;)'\n");
  Diagnostics warnings;
  CHECK(std::holds_alternative<Artifact>(kSpec.compile({policy, nullptr}, warnings)));
  CHECK(warnings.empty());
}

TEST_CASE("an own rule that cannot be run is refused with its line in the policy") {
  const auto policy = policy_of(
      "version: 1\n"
      "ips_rules:\n"
      "  - 'alert udp any any -> any any (content:\"fine\"; sid:1;)'\n"
      "  - |\n"
      "    # two, the second one is wrong\n"
      "    alert udp any any -> any any (content:\"fine too\"; sid:2;)\n"
      "    alert udp any any -> any any (contents:\"wrong\"; sid:3;)\n");
  Diagnostics warnings;
  const auto outcome = kSpec.compile({policy, nullptr}, warnings);
  REQUIRE(std::holds_alternative<Diagnostics>(outcome));
  const auto& mistakes = std::get<Diagnostics>(outcome);
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes[0].position.line == 7);
  CHECK(mistakes[0].message.find("contents") != std::string::npos);
}

}  // namespace
}  // namespace sekisho::engines::ips::testing
