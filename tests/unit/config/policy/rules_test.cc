#include <catch2/catch.hpp>

#include "load_policy.h"

namespace sekisho::policy {
namespace {

Rule only_rule(const std::string& fields) {
  return load_good("version: 1\nrules:\n  - {name: a, action: block, " + fields + "}\n")
      .policy.rules[0];
}

TEST_CASE("a rule with a name and an action concerns everything, at any time, and is logged") {
  const auto rule =
      load_good("version: 1\nrules: [{name: 全て, action: monitor}]\n").policy.rules[0];
  CHECK(rule.name == "全て");
  CHECK(rule.enabled);
  CHECK_FALSE(rule.from);
  CHECK(rule.source.everything());
  CHECK(rule.destination.everything());
  CHECK(rule.services.empty());
  CHECK(rule.content.everything());
  CHECK(rule.schedule.empty());
  CHECK(rule.action == Action::monitor);
  CHECK(rule.block_method == BlockMethod::drop);
  CHECK(rule.log);
  CHECK(rule.profile.empty());
  CHECK(rule.position.line == 2);
  CHECK(rule.position.column == 9);
}

TEST_CASE("every field of a rule is read") {
  const auto rule =
      load_good(
          "version: 1\n"
          "objects: {schedules: [{name: night, entries: [{from: '22:00', to: '06:00'}]}]}\n"
          "profiles: [{name: strict}]\n"
          "rules:\n"
          "  - name: a\n"
          "    enabled: false\n"
          "    from: wan\n"
          "    source: {users: [山田, sales], macs: '00-00-5E-00-53-01'}\n"
          "    destination: {countries: [JP, 'NO'], fqdns: ['*.example.com']}\n"
          "    services: [tcp/22]\n"
          "    content: {applications: [dhcp], url_categories: games}\n"
          "    schedule: night\n"
          "    action: block\n"
          "    block_with: reset\n"
          "    log: false\n"
          "    profile: strict\n")
          .policy.rules[0];
  CHECK_FALSE(rule.enabled);
  CHECK(rule.from == Side::wan);
  CHECK(rule.source.users == std::vector<std::string>{"山田", "sales"});
  CHECK(rule.source.macs == std::vector<MacAddress>{{{0x00, 0x00, 0x5e, 0x00, 0x53, 0x01}}});
  CHECK(rule.destination.countries == std::vector<std::string>{"JP", "NO"});
  CHECK(rule.destination.fqdns == std::vector<FqdnPattern>{"*.example.com"});
  CHECK(rule.services == std::vector<ServiceEntry>{{6, 22, 22}});
  CHECK(rule.content.applications == std::vector<std::string>{"dhcp"});
  CHECK(rule.content.url_categories == std::vector<std::string>{"games"});
  CHECK_FALSE(rule.content.none);
  CHECK(rule.schedule == "night");
  CHECK(rule.action == Action::block);
  CHECK(rule.block_method == BlockMethod::reset);
  CHECK_FALSE(rule.log);
  CHECK(rule.profile == "strict");
}

TEST_CASE("an unquoted country of Norway is a country, not a boolean") {
  CHECK(only_rule("destination: {countries: [NO]}").destination.countries ==
        std::vector<std::string>{"NO"});
}

TEST_CASE("any may be written wherever leaving out would mean the same") {
  for (const auto* fields : {"source: any", "destination: any", "services: any", "content: any",
                             "from: any", "source: {addresses: any}", "source: {addresses: [any]}",
                             "destination: {countries: any}"}) {
    CAPTURE(fields);
    const auto rule = only_rule(fields);
    CHECK(rule.source.everything());
    CHECK(rule.destination.everything());
    CHECK(rule.services.empty());
    CHECK(rule.content.everything());
    CHECK_FALSE(rule.from);
  }
}

TEST_CASE("content that selects nothing is none, which is not everything") {
  for (const auto* fields : {"content: {applications: []}", "content: {url_categories: []}",
                             "content: {applications: [], url_categories: }"}) {
    CAPTURE(fields);
    const auto rule = only_rule(fields);
    CHECK(rule.content.none);
    CHECK_FALSE(rule.content.everything());
  }
  CHECK_FALSE(only_rule("content: {applications: [], url_categories: [games]}").content.none);
}

TEST_CASE("selectors take objects and literals together, in their order") {
  const auto policy =
      load_good(
          "version: 1\n"
          "rules:\n"
          "  - {name: a, action: block, source: {addresses: [192.0.2.7, 支店, 192.0.2.9]}}\n"
          "objects:\n"
          "  addresses:\n"
          "    - {name: 支店, values: '198.51.100.0/24, 203.0.113.1-203.0.113.4'}\n")
          .policy;
  std::string text;
  for (const auto& range : policy.rules[0].source.addresses) text += to_string(range) + " ";
  CHECK(text == "192.0.2.7 198.51.100.0/24 203.0.113.1-203.0.113.4 192.0.2.9 ");
}

TEST_CASE("an object named like a host name goes before the host name") {
  const auto policy =
      load_good(
          "version: 1\n"
          "objects: {fqdns: [{name: example.com, values: [example.com, '*.example.com']}]}\n"
          "rules: [{name: a, action: block, destination: {fqdns: example.com}}]\n")
          .policy;
  CHECK(policy.rules[0].destination.fqdns ==
        std::vector<FqdnPattern>{"example.com", "*.example.com"});
}

TEST_CASE("the comma-separated addresses of R058 are 1 + 4 + 256 addresses") {
  const auto policy = load_good(
                          "version: 1\n"
                          "objects:\n"
                          "  addresses:\n"
                          "    - {name: a, values: '192.168.0.1, 10.0.0.1-10.0.0.4, 10.0.0.8/24'}\n"
                          "rules: [{name: a, action: block, source: {addresses: a}}]\n")
                          .policy;
  REQUIRE(policy.address_objects[0].ranges.size() == 3);
  std::vector<std::uint32_t> counts;
  for (const auto& range : policy.address_objects[0].ranges)
    counts.push_back(range.last.v4() - range.first.v4() + 1);
  CHECK(counts == std::vector<std::uint32_t>{1, 4, 256});
}

TEST_CASE("packet checks and the time zone are read, and have defaults") {
  const auto defaults = load_good("version: 1\n").policy;
  CHECK(defaults.time_zone == "Asia/Tokyo");
  CHECK(defaults.packet_checks == PacketChecks{});
  const auto policy =
      load_good(
          "version: 1\ntime_zone: Europe/Oslo\n"
          "packet_checks: {malformed: pass, midstream: refuse, out_of_window: pass, "
          "asymmetric: accept}\n")
          .policy;
  CHECK(policy.time_zone == "Europe/Oslo");
  CHECK(policy.packet_checks == PacketChecks{false, false, false, true});
}

TEST_CASE("a rule may answer whoever it blocks") {
  CHECK(load_good("version: 1\nrules: [{name: a, action: block, block_with: answer}]\n")
            .policy.rules[0]
            .block_method == BlockMethod::answer);
}

TEST_CASE("the block page is read, and empty unless it is written") {
  CHECK(load_good("version: 1\n").policy.block_page == BlockPage{});
  const auto page =
      load_good(
          "version: 1\nblock_page:\n  organisation: 株式会社例\n  message: |\n    One.\n    Two.\n"
          "  contact: 123\n")
          .policy.block_page;
  CHECK(page == BlockPage{"株式会社例", "One.\nTwo.", "123"});
  CHECK(load_good("version: 1\nblock_page: {organisation: '" + std::string(80, 'x') + "'}\n")
            .policy.block_page.organisation.size() == 80);
}

TEST_CASE("the block page is told with the policy") {
  const auto text =
      describe(load_good("version: 1\nblock_page: {organisation: Works, contact: me}\n"
                         "rules: [{name: a, action: block, block_with: answer}]\n")
                   .policy);
  for (const auto* line :
       {"block page organisation: Works\n", "block page contact: me\n", "then block with answer"})
    CHECK(text.find(line) != std::string::npos);
  CHECK(text.find("block page message") == std::string::npos);
}

}  // namespace
}  // namespace sekisho::policy
