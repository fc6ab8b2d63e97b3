#include <catch2/catch.hpp>

#include "compiled.h"

namespace sekisho::engines::firewall {

using policy::Action;

TEST_CASE("an unknown application is refused with the rule's position") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  policy.rules[0].name = "no games";
  policy.rules[0].position = {12, 5};
  policy.rules[0].content.applications = {"no-such-application"};
  const auto errors = compile_errors(policy);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].position.line == 12);
  CHECK(errors[0].message == "rule 'no games': no application is called 'no-such-application'");
}

TEST_CASE("countries without a country database are refused") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  policy.rules[0].destination.countries = {"JP"};
  CHECK(compile_errors(policy)[0].message.find("no country database") != std::string::npos);
}

TEST_CASE("unknown schedules, reversed ranges and too many schedules are refused") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  SECTION("schedule") { policy.rules[0].schedule = "nowhere"; }
  SECTION("range") { policy.rules[0].source.addresses = {{ip("10.0.0.2"), ip("10.0.0.1")}}; }
  SECTION("schedules") { policy.schedules.resize(65); }
  CHECK(compile_errors(policy).size() == 1);
}

TEST_CASE("an unknown URL category or group is refused with the rule's position") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  policy.rules[0].name = "no games";
  policy.rules[0].position = {12, 5};
  policy.rules[0].content.url_categories = {"gamling", "group:adults", "adult"};
  const auto errors = compile_errors(policy);
  REQUIRE(errors.size() == 3);
  CHECK(errors[0].position.line == 12);
  CHECK(errors[0].message == "rule 'no games': no URL category is called 'gamling'");
  CHECK(errors[1].message == "rule 'no games': no group of URL categories is called 'adults'");
  CHECK(errors[2].message ==
        "rule 'no games': no URL category is called 'adult'; the group is written group:adult");
}

TEST_CASE("a disabled rule takes part in nothing, its names are left alone") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  policy.rules[0].enabled = false;
  policy.rules[0].content.url_categories = {"gamling"};
  CHECK_FALSE(compiled(policy)->wants_urls());
}

TEST_CASE("the same policy compiles to the same bytes") {
  policy::Policy policy;
  for (int i = 0; i < 300; ++i)
    policy.rules.push_back(rule_from("10.0." + std::to_string(i % 256) + ".1", Action::block));
  CHECK(compiled(policy).artifact == compiled(policy).artifact);
}

TEST_CASE("a truncated or altered artifact is refused, never followed") {
  policy::Policy policy;
  policy.rules = {rule_from("10.0.0.0/8", Action::block),
                  rule_from("2001:db8::/32", Action::allow)};
  const Compiled good = compiled(policy);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{7}, std::size_t{64},
                                  good.artifact.size() / 2, good.artifact.size() - 64})
    CHECK_FALSE(Firewall::load(std::span(good.artifact).first(bytes)));
  Artifact other_version = good.artifact;
  other_version[7] = std::byte{'9'};
  CHECK_FALSE(Firewall::load(other_version));
}

TEST_CASE("schedules follow the week, past midnight and from Sunday into Monday") {
  policy::Policy policy;
  policy.schedules.resize(3);
  policy.schedules[0].name = "office";
  policy.schedules[0].entries = {{0x1f, std::chrono::hours(9), std::chrono::hours(17)}};
  policy.schedules[1].name = "sunday night";
  policy.schedules[1].entries = {{0x40, std::chrono::hours(22), std::chrono::hours(6)}};
  policy.schedules[2].name = "never";
  const auto firewall = compiled(policy);
  const auto at = [&](std::uint32_t day, std::uint32_t hour, std::uint32_t minute) {
    return firewall->active_schedules((day * 24 + hour) * 60 + minute);
  };
  CHECK(at(0, 8, 59) == 0);
  CHECK(at(0, 9, 0) == 1);
  CHECK(at(4, 16, 59) == 1);
  CHECK(at(4, 17, 0) == 0);
  CHECK(at(5, 12, 0) == 0);
  CHECK(at(6, 22, 0) == 2);
  CHECK(at(0, 5, 59) == 2);
  CHECK(at(0, 6, 0) == 0);
  CHECK(at(6, 6, 0) == 0);
}

TEST_CASE("FQDN patterns match exact names and names below, not beside") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  policy.rules[0].destination.fqdns = {"a.com", "*.a.com", "*.x.a.com"};
  const auto firewall = compiled(policy);
  CHECK(firewall->wants_fqdn());
  const auto [name, count] = GENERATE(table<std::string, std::size_t>({{"a.com", 1},
                                                                       {"x.a.com", 1},
                                                                       {"y.x.a.com", 2},
                                                                       {"ba.com", 0},
                                                                       {"com", 0},
                                                                       {"", 0},
                                                                       {".a.com", 1},
                                                                       {"a.com.", 0}}));
  CAPTURE(name);
  std::array<FqdnId, 8> ids;
  CHECK(firewall->match_fqdn(name, ids) == count);
  CHECK(firewall->match_fqdn(name, std::span(ids).first(0)) == 0);
}

TEST_CASE("an address that the DNS has named matches the rule of that name until it expires") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  policy.rules[0].destination.fqdns = {"*.a.com"};
  const auto firewall = compiled(policy);
  LearnedAddresses learned(64);
  std::array<FqdnId, 8> ids;
  REQUIRE(firewall->match_fqdn("www.a.com", ids) == 1);
  REQUIRE(learned.learn(ip("192.0.2.1"), ids[0], 100, 50));
  const Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 443);
  CHECK(firewall->judge(flow, {~std::uint64_t{0}, &learned, 100}).rule == 1);
  CHECK(firewall->judge(flow, {~std::uint64_t{0}, &learned, 101}).rule == 0);
  CHECK(firewall->judge(flow, {}).rule == 0);
  CHECK(firewall->explain(flow, {})[0].why ==
        "destination 192.0.2.1 is not known to be behind its FQDNs");
}

}  // namespace sekisho::engines::firewall
