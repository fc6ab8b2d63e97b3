#include "rules/ips/own_rules.h"

#include <catch2/catch.hpp>
#include <string>

namespace sekisho::rules {
namespace {

OwnRules checked(const std::string& yaml) {
  const auto loaded = policy::load_yaml(yaml);
  REQUIRE(std::holds_alternative<policy::LoadedPolicy>(loaded));
  return check_own_rules(std::get<policy::LoadedPolicy>(loaded).policy);
}

std::string text_of(const std::vector<policy::Diagnostic>& diagnostics) {
  std::string text;
  for (const auto& one : diagnostics)
    text += std::to_string(one.position.line) + ": " + one.message + "\n";
  return text;
}

constexpr const char* kGood = "'alert udp any any -> any any (content:\"fine\"; sid:1;)'";

TEST_CASE("own rules that can be understood are well") {
  const auto found = checked(std::string("version: 1\nips_rules:\n  - ") + kGood + "\n");
  CHECK(text_of(found.mistakes).empty());
  CHECK(text_of(found.warnings).empty());
  CHECK(checked("version: 1\n").mistakes.empty());
  CHECK(checked("version: 1\nips_rules:\n").mistakes.empty());
}

TEST_CASE("a wrong rule is told with its line of the file") {
  const auto listed = checked(std::string("version: 1\nips_rules:\n  - ") + kGood +
                              "\n  - 'alert udp any any -> any any (contents:\"x\"; sid:2;)'\n");
  CHECK(text_of(listed.mistakes).starts_with("4: IPS rule 2: "));
  const auto block = checked(
      "version: 1\nips_rules:\n  - |\n    # nothing\n"
      "    alert udp any any -> any any (content:\"x\"; sid:1;)\n"
      "    alert udp any any -> any any (contents:\"x\"; sid:2;)\n");
  CHECK(text_of(block.mistakes).starts_with("6: IPS rule 2: "));
  const auto escaped = checked(
      "version: 1\nips_rules:\n  - \"# nothing\\nalert udp any any -> any any (contents:'x'; "
      "sid:2;)\"\n");
  CHECK(text_of(escaped.mistakes).starts_with("3: IPS rule 2 in line 2 of the entry: "));
}

TEST_CASE("of own rules with one sid only one is in force, and both places are told") {
  const auto found = checked(
      "version: 1\nips_rules:\n"
      "  - 'alert udp any any -> any any (content:\"first\"; sid:1; rev:2;)'\n"
      "  - |\n"
      "    alert udp any any -> any any (content:\"other\"; sid:2;)\n"
      "    alert udp any any -> any any (content:\"older\"; sid:1; rev:1;)\n"
      "    alert udp any any -> any any (content:\"third\"; sid:2;)\n"
      "  - 'alert udp any any -> any any (content:\"newest\"; sid:1; rev:3;)'\n"
      "  - 'alert udp any any -> any any (content:\"other\"; gid:2; sid:1;)'\n");
  CHECK(found.mistakes.empty());
  CHECK(text_of(found.warnings) ==
        "7: IPS rule 2: gives way to the rule with the same sid in line 5\n"
        "6: IPS rule 1: gives way to the rule with the same sid in line 3\n"
        "3: IPS rule 1: gives way to the rule with the same sid in line 8\n");
}

TEST_CASE("an entry without a rule is odd") {
  const auto found = checked("version: 1\nips_rules: ['# later']\n");
  CHECK(found.mistakes.empty());
  CHECK(text_of(found.warnings) == "2: an entry of ips_rules holds no rule\n");
}

}  // namespace
}  // namespace sekisho::rules
