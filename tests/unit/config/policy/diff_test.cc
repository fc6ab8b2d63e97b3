#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "load_policy.h"

namespace sekisho::policy {
namespace {

using Lines = std::vector<std::string>;

Lines diff_of(const std::string& before, const std::string& after) {
  return diff(load_good("version: 1\n" + before + "\n").policy,
              load_good("version: 1\n" + after + "\n").policy);
}

/// Rules named as in `names`, in that order.
std::string rules(const std::vector<std::string>& names) {
  std::string yaml = "rules:\n";
  for (const auto& name : names) yaml += "  - {name: " + name + ", action: allow}\n";
  return yaml;
}

TEST_CASE("a policy does not differ from itself") {
  const auto policy = load_good(factory_policy_yaml()).policy;
  CHECK(diff(policy, policy).empty());
}

TEST_CASE("rules added, removed and changed are told by name") {
  CHECK(diff_of("rules:\n"
                "  - {name: a, action: block}\n"
                "  - {name: b, action: allow}\n",
                "rules:\n"
                "  - {name: b, action: block, block_with: reset, enabled: false, from: lan,\n"
                "     source: {addresses: 192.0.2.0/24}, destination: {countries: JP},\n"
                "     services: tcp/22, content: {applications: []}, log: false}\n"
                "  - {name: c, action: allow}\n") ==
        Lines{"rule 'a' removed", "rule 'b' switched: on -> off", "rule 'b' from: any -> lan",
              "rule 'b' source: any -> address 192.0.2.0/24",
              "rule 'b' destination: any -> country JP", "rule 'b' services: any -> tcp/22",
              "rule 'b' content: any -> none", "rule 'b' action: allow -> block with reset",
              "rule 'b' log: on -> off", "rule 'c' added"});
}

TEST_CASE("only the rule that moved is told as moved") {
  CHECK(diff_of(rules({"a", "b", "c", "d"}), rules({"d", "a", "b", "c"})) ==
        Lines{"rule 'd' moved: 4 -> 1"});
  CHECK(diff_of(rules({"a", "b", "c", "d"}), rules({"b", "c", "a", "d"})) ==
        Lines{"rule 'a' moved: 1 -> 3"});
  CHECK(diff_of(rules({"a", "b", "c"}), rules({"x", "a", "c"})) ==
        Lines{"rule 'b' removed", "rule 'x' added"});
}

/// Length of the longest common subsequence, the slow way.
std::size_t longest_kept(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::vector<std::size_t>> best(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b.size(); ++j)
      best[i + 1][j + 1] = a[i] == b[j] ? best[i][j] + 1 : std::max(best[i][j + 1], best[i + 1][j]);
  return best[a.size()][b.size()];
}

TEST_CASE("as few rules are told as moved as can be") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> names;
    names.reserve(12);
    for (int i = 0; i < 12; ++i) names.push_back("r" + std::to_string(i));
    auto shuffled = names;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const auto lines = diff_of(rules(names), rules(shuffled));
    CHECK(lines.size() == names.size() - longest_kept(names, shuffled));
  }
}

TEST_CASE("objects are told with what came and went") {
  CHECK(diff_of("objects:\n"
                "  addresses: [{name: a, values: '192.0.2.1, 192.0.2.2'}]\n"
                "  fqdns: [{name: f, values: www.example.com}]\n"
                "  macs: [{name: m, values: '00:00:5e:00:53:01'}]\n"
                "  services: [{name: s, entries: tcp/80}]\n"
                "  schedules: [{name: t, entries: [{days: mon}]}]\n",
                "objects:\n"
                "  addresses: [{name: a, values: '192.0.2.2, 192.0.2.0/24'}]\n"
                "  fqdns: [{name: f, values: '*.example.com'}]\n"
                "  macs: [{name: n, values: '00:00:5e:00:53:01'}]\n"
                "  services: [{name: s, entries: [tcp/80, icmp/any]}]\n"
                "  schedules: [{name: t, entries: [{days: weekdays}]}]\n") ==
        Lines{"address object 'a' changed: +192.0.2.0/24 -192.0.2.1",
              "FQDN object 'f' changed: +*.example.com -www.example.com", "MAC object 'm' removed",
              "MAC object 'n' added", "service object 's' changed: +icmp/any",
              "schedule 't' changed: +weekdays 00:00-24:00 -mon 00:00-24:00"});
}

TEST_CASE("lists, profiles, the time zone and packet checks are told") {
  CHECK(diff_of("profiles: [{name: p}]\n"
                "lists: {allow: [www.example.com], block: [192.0.2.1]}\n",
                "time_zone: UTC\n"
                "profiles: [{name: p, ips: {enabled: false}, mail: {smtp_error_code: 550}}]\n"
                "lists: {allow: [www.example.com, www.example.org]}\n"
                "packet_checks: {midstream: refuse, asymmetric: accept}\n") ==
        Lines{"time zone: Asia/Tokyo -> UTC", "packet check midstream: pick_up -> refuse",
              "packet check asymmetric: refuse -> accept", "allow list changed: +www.example.org",
              "block list changed: -192.0.2.1", "profile 'p' ips.enabled: true -> false",
              "profile 'p' mail.smtp_error_code: 450 -> 550"});
}

TEST_CASE("the block page and a rule's way to block are told") {
  CHECK(diff_of("block_page: {organisation: A, contact: me}\n"
                "rules: [{name: r, action: block, block_with: reset}]\n",
                "block_page: {organisation: B, message: hello}\n"
                "rules: [{name: r, action: block, block_with: answer}]\n") ==
        Lines{"block page organisation: 'A' -> 'B'", "block page message: none -> 'hello'",
              "block page contact: 'me' -> none",
              "rule 'r' action: block with reset -> block with answer"});
}

TEST_CASE("IPS rules are told by their first line, however many a text has") {
  const std::string before = "ips_rules: [\"# ours\\none\\ntwo\\n\", \"alone\"]\n";
  CHECK(diff_of(before, before).empty());
  CHECK(diff_of(before, "ips_rules: [\"# ours\\none\\n2\", \"alone\"]\n") ==
        Lines{"IPS rules changed: +# ours (3 lines) -# ours (3 lines)"});
  CHECK(diff_of(before, "ips_rules: [\"# ours\\none\\ntwo\\n\"]\n") ==
        Lines{"IPS rules changed: -alone"});
  CHECK(diff_of("", "ips_rules: [" + std::string(400, 'x') + "]\n") ==
        Lines{"IPS rules changed: +" + std::string(200, 'x') + "..."});
  // A character of three bytes is not cut.
  CHECK(diff_of("", "ips_rules: [" + std::string(199, 'x') + "関]\n") ==
        Lines{"IPS rules changed: +" + std::string(199, 'x') + "..."});
}

}  // namespace
}  // namespace sekisho::policy
