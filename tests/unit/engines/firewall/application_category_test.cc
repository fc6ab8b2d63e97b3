#include <catch2/catch.hpp>

#include "compiled.h"
#include "rules/applications/catalogue.h"

namespace sekisho::engines::firewall {

TEST_CASE("a rule that names a category of applications decides about those in it only") {
  policy::Policy policy;
  policy.rules = {rule_from("", policy::Action::block)};
  policy.rules[0].content.applications = {"category:social_network", "ssh"};
  const auto firewall = compiled(policy);
  const auto rule_for = [&](std::string_view name) {
    Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 443);
    flow.application_known = Knowledge::known;
    flow.application = rules::find_application(name)->id;
    return firewall->judge(flow, {}).rule;
  };
  CHECK(rule_for("facebook") == 1);
  CHECK(rule_for("mixi") == 1);
  CHECK(rule_for("ssh") == 1);
  CHECK(rule_for("facebook_ads") == 0);  // a part of facebook, but advertising
  CHECK(rule_for("youtube") == 0);
}

TEST_CASE("a category of applications that is not there is refused with its name") {
  policy::Policy policy;
  policy.rules = {rule_from("", policy::Action::block)};
  policy.rules[0].content.applications = {"category:nonsense"};
  const auto errors = compile_errors(policy);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].message.ends_with("no application is called 'category:nonsense'"));
}

}  // namespace sekisho::engines::firewall
