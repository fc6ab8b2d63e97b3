#include "rules/ips/variables.h"

#include <catch2/catch.hpp>
#include <string>

#include "rules/ips/own_rules.h"

namespace sekisho::rules {
namespace {

policy::Policy policy_of(const std::string& yaml) {
  auto loaded = policy::load_yaml("version: 1\n" + yaml);
  REQUIRE(std::holds_alternative<policy::LoadedPolicy>(loaded));
  return std::get<policy::LoadedPolicy>(std::move(loaded)).policy;
}

std::string mistakes_in(const std::string& yaml) {
  std::string text;
  for (const auto& one : check_own_rules(policy_of(yaml)).mistakes)
    text += std::to_string(one.position.line) + ": " + one.message + "\n";
  return text;
}

/// What is refused of one rule with this header.
std::string refused(const std::string& header, const RuleContext& context) {
  RuleSet set;
  parse_rules("alert tcp " + header + " (content:\"x\"; sid:1;)\n", "f.rules", context, set);
  return set.refused.empty() ? "" : set.refused.front().message;
}

TEST_CASE("a gateway's own network is the private ranges of both families unless it is told") {
  const auto context = RuleContext::of_gateway();
  RuleSet set;
  parse_rules("alert tcp $HOME_NET any -> $EXTERNAL_NET any (content:\"x\"; sid:1;)\n", "f.rules",
              context, set);
  REQUIRE(set.rules.size() == 1);
  CHECK(check_variables(context).empty());
}

TEST_CASE("a policy's variables count for its rules and for the packs that go with it") {
  const auto policy = policy_of(
      "ips_variables: {HOME_NET: 192.0.2.0/24, MY_SERVERS: '[192.0.2.1,192.0.2.2]', ODD_PORTS: "
      "'[81,8000:8010]'}\n");
  CHECK(check_variables(policy).empty());
  RuleContext context = RuleContext::of_gateway();
  CHECK(refused("any any -> $MY_SERVERS $ODD_PORTS", context) ==
        "address variable $MY_SERVERS is not defined");
  parse_variables(variables_text(policy), context);
  CHECK(context.address_variables == context_of(policy).address_variables);
  CHECK(context.port_variables == context_of(policy).port_variables);
  CHECK(refused("any any -> $MY_SERVERS $ODD_PORTS", context).empty());
  CHECK(refused("any any -> $HOME_NET $NO_PORTS", context) ==
        "port variable $NO_PORTS is not defined");
}

TEST_CASE("a variable that cannot be understood is told with its line") {
  CHECK(mistakes_in("ips_variables:\n  HOME_NET: 10.0.0.0/8\n  DNS_SERVERS: 10.0.0.300\n")
            .starts_with("4: IPS variable: "));
  CHECK(mistakes_in("ips_variables:\n  HTTP_PORTS: eighty\n").starts_with("3: IPS variable: "));
  CHECK(mistakes_in("ips_variables: {DNS_SERVERS: $NOBODY}\n").find("$NOBODY is not defined") !=
        std::string::npos);
  CHECK(mistakes_in("ips_variables: {A: $B, B: $A}\n").find("contains itself") !=
        std::string::npos);
}

TEST_CASE("a HOME_NET of every address leaves no EXTERNAL_NET, which is told") {
  const auto told = mistakes_in("ips_variables: {HOME_NET: any}\n");
  CHECK(told.starts_with("2: with these IPS variables $"));
  CHECK(told.find("$EXTERNAL_NET") != std::string::npos);
  CHECK(mistakes_in("ips_variables: {HOME_NET: any, EXTERNAL_NET: any}\n").empty());
}

TEST_CASE("an own rule may use the policy's own variables") {
  const std::string rule =
      "ips_rules: ['alert tcp any any -> $PRINTERS any (content:\"x\"; sid:1;)']\n";
  CHECK(mistakes_in(rule).find("$PRINTERS is not defined") != std::string::npos);
  CHECK(mistakes_in(rule + "ips_variables: {PRINTERS: 10.0.0.9}\n").empty());
}

}  // namespace
}  // namespace sekisho::rules
