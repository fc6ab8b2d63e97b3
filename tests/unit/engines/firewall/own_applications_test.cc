#include <catch2/catch.hpp>

#include "compiled.h"
#include "rules/applications/catalogue.h"

namespace sekisho::engines::firewall {
namespace {

constexpr auto kErp = OwnApplication::id_of(0), kPrint = OwnApplication::id_of(1);

/// Two applications: erp is told by a host, too, print by its servers alone.
policy::Policy own_policy() {
  policy::Policy policy;
  policy.applications.resize(2);
  policy.applications[0].name = "erp";
  policy.applications[0].category = "business_software";
  policy.applications[0].hosts = {{"erp.test", {}}};
  policy.applications[0].servers = {{{*parse_address_range("192.0.2.1")}, {}}};
  policy.applications[1].name = "print";
  policy.applications[1].servers = {{{}, {{6, 9100, 9100}}}};
  return policy;
}

void add_rule(policy::Policy& policy, std::vector<std::string> applications,
              policy::Action action) {
  auto rule = rule_from("", action);
  rule.name += std::to_string(policy.rules.size());
  rule.content.applications = std::move(applications);
  policy.rules.push_back(std::move(rule));
}

Facts flow_of(ApplicationId application) {
  auto facts = tcp_flow("10.0.0.1", "192.0.2.1", 443);
  facts.application = application;
  facts.application_known = application == 0 ? Knowledge::not_yet : Knowledge::known;
  return facts;
}

/// As the worker has it before anything is said.
Facts told_by_ends(ApplicationId application) {
  auto facts = flow_of(application);
  facts.told_by_ends = facts.carrier_awaited = true;
  return facts;
}

}  // namespace

TEST_CASE("rules select own applications by name and by category") {
  auto policy = own_policy();
  add_rule(policy, {"print"}, policy::Action::block);
  add_rule(policy, {"category:business_software"}, policy::Action::block);
  const auto firewall = compiled(policy);
  CHECK(firewall->judge(flow_of(kErp), {}).rule == 2);
  CHECK(firewall->judge(flow_of(kPrint), {}).rule == 1);
  CHECK(firewall->judge(flow_of(rules::find_application("salesforce")->id), {}).rule == 2);
  CHECK(firewall->judge(flow_of(rules::find_application("youtube")->id), {}).rule == 0);

  auto custom = own_policy();
  add_rule(custom, {"category:custom"}, policy::Action::block);
  const auto by_category = compiled(custom);
  CHECK(by_category->judge(flow_of(kErp), {}).rule == 0);
  CHECK(by_category->judge(flow_of(kPrint), {}).rule == 1);
}

TEST_CASE("a flow waits for an own application only that a host may yet tell") {
  auto by_server = own_policy();
  add_rule(by_server, {"print"}, policy::Action::block);
  add_rule(by_server, {}, policy::Action::allow);
  CHECK_FALSE(compiled(by_server)->judge(flow_of(0), {}).tentative);

  auto by_host = own_policy();
  add_rule(by_host, {"erp"}, policy::Action::block);
  const auto firewall = compiled(by_host);
  CHECK(firewall->judge(flow_of(0), {}).tentative);
  auto ping = flow_of(0);
  ping.protocol = 1;
  CHECK_FALSE(firewall->judge(ping, {}).tentative);
}

TEST_CASE("what the ends told is settled at once, unless a rule above names a protocol") {
  auto policy = own_policy();
  add_rule(policy, {"youtube", "category:streaming", "google_drive/upload"}, policy::Action::block);
  add_rule(policy, {"erp"}, policy::Action::allow);
  const auto at_once = compiled(policy)->judge(told_by_ends(kErp), {});
  CHECK(at_once.rule == 2);
  CHECK_FALSE(at_once.tentative);

  auto with_tls = own_policy();
  add_rule(with_tls, {"tls"}, policy::Action::block);
  add_rule(with_tls, {"erp"}, policy::Action::allow);
  const auto firewall = compiled(with_tls);
  auto facts = told_by_ends(kErp);
  CHECK(firewall->judge(facts, {}).tentative);
  const auto reasons = firewall->explain(facts, {}, {}, std::vector<std::string>{"erp", "print"});
  CHECK(reasons[0].why == "what protocol it is spoken in is not known yet");
  CHECK(reasons[1].why == "matches, application erp");
  facts.carrier_awaited = false;
  facts.carrier = rules::application_id::kSsh;
  CHECK(firewall->judge(facts, {}).rule == 2);
  CHECK_FALSE(firewall->judge(facts, {}).tentative);
  facts.carrier = rules::application_id::kTls;
  CHECK(firewall->judge(facts, {}).rule == 1);
  CHECK(
      firewall->explain(flow_of(kPrint), {}, {}, std::vector<std::string>{"erp", "print"})[0].why ==
      "application print is not selected");
}

TEST_CASE("mistakes in own applications refuse the policy") {
  auto policy = own_policy();
  policy.applications[1].name = "youtube";
  policy.applications[0].category = "none";
  add_rule(policy, {"erp"}, policy::Action::block);
  const auto errors = compile_errors(policy);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].message == "application 'erp': no category of applications is called 'none'");
  CHECK(errors[1].message == "application 'youtube' has the name of one of the catalogue");
}

}  // namespace sekisho::engines::firewall
