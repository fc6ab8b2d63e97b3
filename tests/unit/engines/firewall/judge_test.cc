#include <catch2/catch.hpp>

#include "compiled.h"
#include "rules/applications/catalogue.h"
#include "rules/urls/categories.h"

namespace sekisho::engines::firewall {

using policy::Action;
using Outcome = RuleReason::Outcome;

TEST_CASE("a flow that no rule matches passes under rule 0") {
  policy::Policy policy;
  policy.rules = {rule_from("10.0.0.0/8", Action::block)};
  const auto firewall = compiled(policy);
  const Judgement judged = firewall->judge(tcp_flow("192.0.2.1", "192.0.2.2", 80), {});
  CHECK(judged.rule == 0);
  CHECK(judged.verdict == Verdict::pass);
  CHECK_FALSE(judged.log);
  CHECK(compiled(policy::Policy{})->judge(tcp_flow("192.0.2.1", "::1", 80), {}).rule == 0);
}

TEST_CASE("swapping two contradictory rules swaps the verdict") {
  const policy::Rule allow = rule_from("10.0.0.1", Action::allow);
  const policy::Rule block = rule_from("10.0.0.0/8", Action::block);
  const Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  policy::Policy policy;
  policy.rules = {allow, block};
  CHECK(compiled(policy)->judge(flow, {}).verdict == Verdict::pass);
  policy.rules = {block, allow};
  const auto firewall = compiled(policy);
  CHECK(firewall->judge(flow, {}).verdict == Verdict::drop);
  CHECK(firewall->judge(flow, {}).rule == 1);
}

TEST_CASE("a disabled rule decides nothing but keeps its number") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block), rule_from("", Action::monitor)};
  policy.rules[0].enabled = false;
  policy.rules[1].log = false;
  const auto firewall = compiled(policy);
  const Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  const Judgement judged = firewall->judge(flow, {});
  CHECK(judged.rule == 2);
  CHECK(judged.action == Action::monitor);
  CHECK(judged.verdict == Verdict::pass);
  CHECK(judged.log);  // to watch is what a monitor rule is for
  const auto reasons = firewall->explain(flow, {});
  REQUIRE(reasons.size() == 2);
  CHECK(reasons[0].why == "disabled");
  CHECK(reasons[1].outcome == Outcome::matches);
}

TEST_CASE("CIDR with host bits selects the whole block and nothing beside it") {
  policy::Policy policy;
  policy.rules = {rule_from("10.0.0.8/24", Action::block)};
  const auto firewall = compiled(policy);
  const auto [source, rule] = GENERATE(table<std::string, std::uint32_t>({{"10.0.0.0", 1},
                                                                          {"10.0.0.255", 1},
                                                                          {"9.255.255.255", 0},
                                                                          {"10.0.1.0", 0},
                                                                          {"255.255.255.255", 0},
                                                                          {"0.0.0.0", 0}}));
  CAPTURE(source);
  CHECK(firewall->judge(tcp_flow(source, "192.0.2.1", 80), {}).rule == rule);
}

TEST_CASE("the last addresses of both families can be selected") {
  policy::Policy policy;
  policy.rules = {rule_from("255.255.255.0/24", Action::block),
                  rule_from("ff00::/8", Action::block), rule_from("::/0", Action::block)};
  const auto firewall = compiled(policy);
  CHECK(firewall->judge(tcp_flow("255.255.255.255", "10.0.0.1", 1), {}).rule == 1);
  CHECK(firewall->judge(tcp_flow("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1", 1), {}).rule ==
        2);
  CHECK(firewall->judge(tcp_flow("2001:db8::1", "::1", 1), {}).rule == 3);
  CHECK(firewall->judge(tcp_flow("10.0.0.1", "10.0.0.2", 1), {}).rule == 0);  // ::/0 is IPv6 only
}

TEST_CASE("a service of one port leaves the others alone") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  policy.rules[0].services = {{6, 8443, 8443}, {1, 8, 8}, {58, 0, 255}, {47, 0, 0}};
  policy.rules[0].block_method = policy::BlockMethod::reset;
  const auto firewall = compiled(policy);
  Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 8443);
  CHECK(firewall->judge(flow, {}).verdict == Verdict::reset);
  flow.destination_port = 443;
  CHECK(firewall->judge(flow, {}).rule == 0);
  CHECK(firewall->explain(flow, {})[0].why == "service tcp/443 is not selected");
  flow.protocol = 17;
  flow.destination_port = 8443;
  CHECK(firewall->judge(flow, {}).rule == 0);
  flow.protocol = 1;
  CHECK(firewall->judge(flow, {}).rule == 0);  // echo reply
  flow.icmp_type = 8;
  CHECK(firewall->judge(flow, {}).rule == 1);
  flow.protocol = 58;
  flow.icmp_type = 255;
  CHECK(firewall->judge(flow, {}).rule == 1);
  flow.protocol = 47;
  CHECK(firewall->judge(flow, {}).rule == 1);
}

TEST_CASE("MAC address, side and schedule each select") {
  policy::Policy policy;
  policy.schedules.emplace_back().name = "office";
  policy.rules = {rule_from("", Action::block)};
  policy::Rule& rule = policy.rules[0];
  rule.source.macs = {*parse_mac_address("02:00:00:00:00:01")};
  rule.from = policy::Side::lan;
  rule.schedule = "office";
  const auto firewall = compiled(policy);
  Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  flow.source_mac = *parse_mac_address("02:00:00:00:00:01");
  const Conditions on;
  CHECK(firewall->judge(flow, on).rule == 1);
  Conditions off;
  off.active_schedules = 0;
  CHECK(firewall->judge(flow, off).rule == 0);
  CHECK(firewall->explain(flow, off)[0].why == "schedule is off now");
  flow.ingress = policy::Side::wan;
  CHECK(firewall->judge(flow, on).rule == 0);
  CHECK(firewall->explain(flow, on)[0].why ==
        "it comes from the wan side, the rule is for the lan side");
  flow.source_mac = *parse_mac_address("02:00:00:00:00:02");
  CHECK(firewall->explain(flow, on)[0].why ==
        "source 10.0.0.1 has MAC address 02:00:00:00:00:02, which is not selected");
}

TEST_CASE("a MAC address that nobody gave is told as missing, not as all zeros") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block), rule_from("192.168.0.0/16", Action::block)};
  for (auto& rule : policy.rules) rule.source.macs = {*parse_mac_address("02:00:00:00:00:01")};
  const auto reasons = compiled(policy)->explain(tcp_flow("10.0.0.1", "192.0.2.1", 80), {});
  REQUIRE(reasons.size() == 2);
  CHECK(reasons[0].why == "no MAC address is given");
  CHECK(reasons[1].why == "source 10.0.0.1 is not in its addresses and no MAC address is given");
}

TEST_CASE("while an application is unknown the flow passes tentatively") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::allow), rule_from("", Action::block)};
  policy.rules[0].content.applications = {"ssh"};
  const auto firewall = compiled(policy);
  CHECK(firewall->wants_content());
  Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 22);
  Judgement judged = firewall->judge(flow, {});
  CHECK(judged.tentative);
  CHECK(judged.verdict == Verdict::pass);
  CHECK(judged.rule == 2);  // the first that matches already
  CHECK(firewall->explain(flow, {})[0].why == "application is not known yet");
  flow.application_known = Knowledge::never;
  judged = firewall->judge(flow, {});
  CHECK_FALSE(judged.tentative);
  CHECK(judged.verdict == Verdict::drop);
  flow.application_known = Knowledge::known;
  flow.application = rules::find_application("ssh")->id;
  CHECK(firewall->judge(flow, {}).rule == 1);
}

TEST_CASE("while it is tentative the first rule that may decide lends its profile") {
  policy::Policy policy;
  for (const bool enabled : {true, false}) {
    policy::SecurityProfile profile;
    profile.name = enabled ? "inspects" : "does not";
    profile.sections["ips"]["enabled"] = enabled;
    policy.profiles.push_back(profile);
  }
  policy.rules = {rule_from("", Action::allow), rule_from("", Action::allow),
                  rule_from("", Action::allow)};
  policy.rules[0].content.applications = {"ssh"};
  policy.rules[0].profile = "does not";
  policy.rules[1].content.applications = {"http"};
  policy.rules[1].profile = "inspects";
  const auto firewall = compiled(policy);
  Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  auto judged = firewall->judge(flow, {});
  CHECK(judged.tentative);
  CHECK(judged.rule == 3);
  CHECK(judged.inspected_as == 2);
  flow.application_known = Knowledge::known;
  flow.application = rules::find_application("http")->id;
  CHECK(firewall->judge(flow, {}).inspected_as == 2);
  flow.application = rules::find_application("ssh")->id;
  judged = firewall->judge(flow, {});
  CHECK(judged.rule == 1);
  CHECK(judged.inspected_as == 1);
  flow.application_known = Knowledge::never;
  CHECK(firewall->judge(flow, {}).inspected_as == 3);
}

TEST_CASE("when everything that may match yet would block, it blocks at once") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block), rule_from("", Action::block)};
  policy.rules[0].content.applications = {"ssh"};
  const Judgement judged = compiled(policy)->judge(tcp_flow("10.0.0.1", "192.0.2.1", 22), {});
  CHECK_FALSE(judged.tentative);
  CHECK(judged.verdict == Verdict::drop);
  CHECK(judged.rule == 2);
}

TEST_CASE("a rule for DHCP alone does not make TCP flows wait, and lets DISCOVER pass") {
  policy::Policy policy;
  policy.rules = {rule_from("192.168.0.0/16", Action::allow), rule_from("", Action::allow),
                  rule_from("", Action::block)};
  policy.rules[1].content.applications = {"dhcp"};
  const auto firewall = compiled(policy);
  const Judgement tcp = firewall->judge(tcp_flow("10.0.0.1", "192.0.2.1", 22), {});
  CHECK_FALSE(tcp.tentative);
  CHECK(tcp.verdict == Verdict::drop);
  Facts discover = tcp_flow("0.0.0.0", "255.255.255.255", 67);
  discover.protocol = 17;
  discover.source_port = 68;
  CHECK(firewall->judge(discover, {}).tentative);
  discover.application_known = Knowledge::known;
  discover.application = rules::find_application("dhcp")->id;
  CHECK(firewall->judge(discover, {}).rule == 2);
  CHECK(firewall->explain(discover, {})[0].why == "source 0.0.0.0 is not in its addresses");
}

TEST_CASE("an empty content selection never matches, a rule of users only for none that is known") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block), rule_from("", Action::block)};
  policy.rules[0].content.none = true;
  policy.rules[1].source.users = {"someone"};
  policy.rules[1].position = {7, 3};
  const auto firewall = compiled(policy);
  const Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  CHECK(firewall->judge(flow, {}).rule == 0);
  const auto reasons = firewall->explain(flow, {});
  CHECK(reasons[0].why == "its content selection is empty");
  CHECK(reasons[1].why == "source 10.0.0.1 is not known to be of its users");
  REQUIRE(firewall.warnings.size() == 1);
}

TEST_CASE(
    "users and groups are found where the policy places them and where they were identified") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block), rule_from("", Action::block)};
  policy.rules[0].source.users = {"taro"};
  policy.rules[1].source.users = {"sales"};
  policy.users = {{"taro", {"sales"}, {*parse_address_range("10.0.0.1")}, {}, {}},
                  {"hanako", {"sales", "board"}, {*parse_address_range("2001:db8::7")}, {}, {}}};
  policy.users[1].macs = {*parse_mac_address("02:00:00:00:00:07")};
  const auto firewall = compiled(policy);
  LearnedAddresses users(64);
  const Conditions now{.now_seconds = 100, .users = &users};
  const auto rule_of = [&](const Facts& flow) { return firewall->judge(flow, now).rule; };
  CHECK(rule_of(tcp_flow("10.0.0.1", "192.0.2.1", 80)) == 1);
  CHECK(rule_of(tcp_flow("10.0.0.2", "192.0.2.1", 80)) == 0);
  CHECK(rule_of(tcp_flow("2001:db8::7", "2001:db8::1", 80)) == 2);
  auto by_mac = tcp_flow("10.0.0.9", "192.0.2.1", 80);
  by_mac.source_mac = policy.users[1].macs[0];
  CHECK(rule_of(by_mac) == 2);

  const auto somewhere = tcp_flow("10.0.0.2", "192.0.2.1", 80);
  users.learn(somewhere.source, user_id("jiro"), 150, 100);
  CHECK(rule_of(somewhere) == 0);  // no rule names him
  users.learn(somewhere.source, user_id("sales"), 150, 100);
  CHECK(rule_of(somewhere) == 2);
  users.learn(somewhere.source, user_id("taro"), 150, 100);
  CHECK(rule_of(somewhere) == 1);
  CHECK(firewall->judge(somewhere, {.now_seconds = 151, .users = &users}).rule == 0);
  users.forget(somewhere.source);
  CHECK(rule_of(somewhere) == 0);
  // To be the target of a flow makes nobody its user.
  users.learn(*parse_ip_address("192.0.2.1"), user_id("taro"), 150, 100);
  CHECK(rule_of(somewhere) == 0);
}

TEST_CASE("no host name stands for a user") {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  policy.rules[0].source.users = {"taro"};
  const auto firewall = compiled(policy);
  std::array<FqdnId, 8> ids;
  CHECK_FALSE(firewall->wants_fqdn());
  CHECK(firewall->match_fqdn("taro", ids) == 0);
  CHECK(firewall->match_fqdn(std::string(1, '\x01') + "taro", ids) == 0);
}

TEST_CASE("users that stand for more addresses than rules may have are refused") {
  policy::Policy policy;
  policy.users = {{"all", {}, {}, {}, {}}};
  policy.users[0].position = {4, 2};
  for (std::uint32_t i = 0; i < 1001; ++i)
    policy.users[0].addresses.push_back({IpAddress::from_v4(2 * i), IpAddress::from_v4(2 * i)});
  for (int i = 0; i < 1000; ++i) {
    policy.rules.push_back(rule_from("", Action::block));
    policy.rules.back().source.users = {"all"};
  }
  Diagnostics warnings;
  const auto result = kSpec.compile({.policy = policy}, warnings);
  const auto* mistakes = std::get_if<Diagnostics>(&result);
  REQUIRE(mistakes != nullptr);
  REQUIRE(mistakes->size() == 1);
  CHECK((*mistakes)[0].position.line == 4);
}

namespace {

UrlFacts url_in(std::initializer_list<std::string_view> categories) {
  UrlFacts url;
  url.known = Knowledge::known;
  for (const auto name : categories)
    url.categories[url.num_categories++] = rules::find_url_category(name)->id;
  return url;
}

policy::Policy blocking(std::string_view category) {
  policy::Policy policy;
  policy.rules = {rule_from("", Action::block)};
  policy.rules[0].content.url_categories = {std::string(category)};
  return policy;
}

}  // namespace

TEST_CASE("a rule about URL categories waits for the URL, and decides by any of its categories") {
  const auto firewall = compiled(blocking("gambling"));
  CHECK(firewall->wants_urls());
  Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  CHECK(firewall->judge(flow, {}).tentative);
  CHECK(firewall->explain(flow, {})[0].why == "URL category is not known yet");
  flow.url = url_in({"news", "gambling"});
  CHECK(firewall->judge(flow, {}).verdict == Verdict::drop);
  CHECK(firewall->judge(flow, {}).rule == 1);
  CHECK(firewall->explain(flow, {})[0].why == "matches, URL category news, gambling");
  flow.url = url_in({"lottery"});
  CHECK(firewall->judge(flow, {}).rule == 0);
  CHECK(firewall->judge(flow, {}).by_url);
  CHECK(firewall->explain(flow, {})[0].why == "URL category lottery is not selected");
  flow.url = url_in({});
  CHECK(firewall->explain(flow, {})[0].why == "URL is in no category");
  flow.url = {};
  flow.url.known = Knowledge::never;
  CHECK_FALSE(firewall->judge(flow, {}).tentative);
  flow.url.known = Knowledge::not_yet;
  flow.protocol = 1;
  CHECK_FALSE(firewall->judge(flow, {}).tentative);
  CHECK_FALSE(firewall->judge(flow, {}).by_url);
}

TEST_CASE("a rule selects the policy's own URL categories beside the built-in ones") {
  auto policy = blocking("second");
  policy.url_categories.resize(2);
  policy.url_categories[0].name = "first";
  policy.url_categories[1].name = "second";
  policy.rules[0].content.url_categories.emplace_back("gambling");
  const auto firewall = compiled(policy);
  const std::vector<std::string> names{"first", "second"};
  Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  CHECK(firewall->judge(flow, {}).tentative);
  flow.url = url_in({"news"});
  flow.url.own_categories.add(OwnCategories::kFirstId);
  CHECK(firewall->judge(flow, {}).rule == 0);
  CHECK(firewall->explain(flow, {}, names)[0].why == "URL category first, news is not selected");
  flow.url.own_categories.add(OwnCategories::kFirstId + 1);
  CHECK(firewall->judge(flow, {}).rule == 1);
  CHECK(firewall->explain(flow, {}, names)[0].why == "matches, URL category first, second, news");
  CHECK(firewall->explain(flow, {})[0].why == "matches, URL category number 900, number 901, news");
  flow.url.list = ListOutcome::allowed;
  CHECK(firewall->judge(flow, {}).rule == 0);
  flow.url = url_in({"gambling"});
  CHECK(firewall->judge(flow, {}).rule == 1);
}

TEST_CASE("a server that is in an own category by its address is, whatever the URL and protocol") {
  auto policy = blocking("ours");
  policy.url_categories.resize(1);
  policy.url_categories[0].name = "ours";
  const auto firewall = compiled(policy);
  Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  flow.address_categories.add(OwnCategories::kFirstId);
  for (const auto known : {Knowledge::not_yet, Knowledge::never, Knowledge::known}) {
    flow.url.known = known;
    CHECK(firewall->judge(flow, {}).verdict == Verdict::drop);
  }
  flow.protocol = 1;
  CHECK(firewall->judge(flow, {}).rule == 1);
  flow.address_list = ListOutcome::allowed;
  CHECK(firewall->judge(flow, {}).rule == 0);
  flow.address_list = ListOutcome::none;
  flow.address_categories = {};
  CHECK(firewall->judge(flow, {}).rule == 0);
}

TEST_CASE("a group stands for each of its categories") {
  const auto firewall = compiled(blocking("group:gambling"));
  Facts flow = tcp_flow("10.0.0.1", "192.0.2.1", 80);
  flow.url = url_in({"lottery"});
  CHECK(firewall->judge(flow, {}).rule == 1);
  flow.url = url_in({"news"});
  CHECK(firewall->judge(flow, {}).rule == 0);
}

TEST_CASE("a verdict turns on the URL only where a rule that selects categories may decide") {
  auto policy = blocking("gambling");
  policy.rules[0].services = {{6, 80, 80}};
  policy.rules.insert(policy.rules.begin(), rule_from("10.0.0.9/32", Action::allow));
  const auto firewall = compiled(policy);
  const auto turns = [&](const char* source, std::uint16_t port) {
    return firewall->judge(tcp_flow(source, "192.0.2.1", port), {}).by_url;
  };
  CHECK(turns("10.0.0.1", 80));
  CHECK_FALSE(turns("10.0.0.1", 81));
  CHECK_FALSE(turns("10.0.0.9", 80));
}

TEST_CASE("the block list stands before the rules, the allow list before their categories") {
  auto policy = blocking("gambling");
  policy.rules.insert(policy.rules.begin(), rule_from("10.0.0.9/32", Action::allow));
  policy.rules.push_back(rule_from("10.0.0.8/32", Action::block));
  const auto firewall = compiled(policy);
  Facts flow = tcp_flow("10.0.0.9", "192.0.2.1", 80);
  flow.url = url_in({"news"});
  flow.url.list = ListOutcome::blocked;
  auto judged = firewall->judge(flow, {});
  CHECK(judged.verdict == Verdict::answer);
  CHECK(judged.log);
  CHECK(judged.rule == firewall->block_list());
  CHECK(judged.rule == 4);
  CHECK(firewall->explain(flow, {})[0].why == "URL is on the block list");
  flow.address_list = ListOutcome::allowed;  // of the server: stands before that of the URL
  CHECK(firewall->judge(flow, {}).rule == 1);
  flow.url.list = ListOutcome::allowed;
  flow.address_list = ListOutcome::blocked;
  CHECK(firewall->judge(flow, {}).rule == firewall->block_list());
  CHECK(firewall->explain(flow, {})[0].why == "destination 192.0.2.1 is on the block list");

  flow = tcp_flow("10.0.0.8", "192.0.2.1", 80);
  flow.url = url_in({"gambling"});
  CHECK(firewall->judge(flow, {}).rule == 2);
  flow.url.list = ListOutcome::allowed;
  judged = firewall->judge(flow, {});
  CHECK(judged.rule == 3);  // other columns hold
  CHECK(judged.by_url);     // the connection's next URL may be another
  CHECK(firewall->explain(flow, {})[1].why == "URL is on the allow list");
}

}  // namespace sekisho::engines::firewall
