#include <catch2/catch.hpp>

#include "config/policy/profile_settings.h"
#include "load_policy.h"

namespace sekisho::policy {
namespace {

TEST_CASE("rules below one that matches everything are never reached") {
  CHECK(warnings_of("version: 1\n"
                    "rules:\n"
                    "  - {name: a, action: block, from: lan}\n"
                    "  - {name: all, action: allow}\n"
                    "  - {name: b, action: block, from: wan}\n"
                    "  - {name: c, action: block}\n") ==
        "5: rule 'b' is never reached: rule 'all' (line 4) matches everything\n"
        "6: rule 'c' is never reached: rule 'all' (line 4) matches everything\n");
}

TEST_CASE("a rule that asks exactly what an earlier one asks is never reached") {
  CHECK(warnings_of("version: 1\n"
                    "rules:\n"
                    "  - {name: a, action: block, services: tcp/22, from: lan}\n"
                    "  - {name: b, action: allow, services: tcp/22, from: wan}\n"
                    "  - {name: c, action: allow, from: lan, services: [tcp/22], log: false}\n") ==
        "5: rule 'c' is never reached: rule 'a' (line 3) matches the same\n");
}

TEST_CASE("rules that do not take part shadow nothing and are not shadowed") {
  CHECK(warnings_of("version: 1\n"
                    "objects: {schedules: [{name: night, entries: [{from: '22:00'}]}]}\n"
                    "rules:\n"
                    "  - {name: off, action: block, enabled: false}\n"
                    "  - {name: nothing, action: block, content: {applications: []}}\n"
                    "  - {name: at night, action: block, schedule: night}\n"
                    "  - {name: some content, action: block, content: {applications: [dhcp]}}\n"
                    "  - {name: all, action: allow}\n"
                    "  - {name: also off, action: block, enabled: false}\n"
                    "  - {name: also nothing, action: block, content: {applications: []}}\n") ==
        "");
}

TEST_CASE("a rule whose schedule is never on is told") {
  CHECK(warnings_of("version: 1\n"
                    "objects: {schedules: [{name: never, entries: []}]}\n"
                    "rules: [{name: a, action: block, schedule: never}]\n") ==
        "3: rule 'a' never applies: its schedule 'never' is never on\n");
}

TEST_CASE("a list entry that is in a list already is told") {
  CHECK(warnings_of("version: 1\n"
                    "lists:\n"
                    "  allow:\n"
                    "    - www.example.com\n"
                    "    - WWW.example.com\n"
                    "  block:\n"
                    "    - www.example.com\n"
                    "    - www.example.org\n") ==
        "5: 'www.example.com' is in the allow list already (line 4)\n"
        "7: 'www.example.com' is in the allow list already (line 4)\n");
}

TEST_CASE("objects that no rule uses are told, those of rules that are off are not") {
  CHECK(
      warnings_of("version: 1\n"
                  "objects:\n"
                  "  addresses: [{name: a1, values: 192.0.2.1}, {name: a2, values: 192.0.2.2}]\n"
                  "  fqdns: [{name: f1, values: www.example.com}]\n"
                  "  macs: [{name: m1, values: '00:00:5e:00:53:01'}]\n"
                  "  services: [{name: s1, entries: tcp/80}]\n"
                  "  schedules: [{name: t1, entries: [{}]}]\n"
                  "profiles: [{name: p1}]\n"
                  "rules: [{name: r, enabled: false, action: block, source: {addresses: a2}}]\n") ==
      "3: address object 'a1' is not used by any rule\n"
      "4: FQDN object 'f1' is not used by any rule\n"
      "5: MAC object 'm1' is not used by any rule\n"
      "6: service object 's1' is not used by any rule\n"
      "7: schedule 't1' is not used by any rule\n"
      "8: profile 'p1' is not used by any rule\n");
}

TEST_CASE("profile sections with other settings than the defaults are told once each") {
  CHECK(
      warnings_of("version: 1\n"
                  "profiles:\n"
                  "  - name: strict\n"
                  "    anti_malware: {enabled: true, action: monitor, smart_scan: true}\n"
                  "    mail: {smtp_error_code: 451}\n"
                  "  - name: other\n"
                  "    anti_malware: {enabled: false}\n"
                  "    anti_dos: {enabled: false, action: block}\n"
                  "rules:\n"
                  "  - {name: a, action: allow, from: lan, profile: strict}\n"
                  "  - {name: b, action: allow, from: wan, profile: other}\n") ==
      "4: smart_scan of anti_malware is carried, not enforced: it comes with a later version\n"
      "5: the settings of mail are carried, not enforced: their engine comes with a later version "
      "(smtp_error_code is not the default)\n");
}

TEST_CASE("every profile section without an engine warns when its first setting is changed") {
  for (const auto& section : profile_sections()) {
    const bool has_engine = section.name == "ips" || section.name == "web_reputation" ||
                            section.name == "dns" || section.name == "callbacks" ||
                            section.name == "applications" || section.name == "anti_malware" ||
                            section.name == "https_decryption";
    const auto& setting = section.settings.front();
    const bool is_choice = setting.type == SettingType::choice;
    REQUIRE((is_choice || setting.type == SettingType::boolean));
    const std::string other =
        is_choice ? std::string(setting.choices.substr(0, setting.choices.find('|')))
        : setting.default_value == "true" ? "false"
                                          : "true";
    REQUIRE(other != setting.default_value);
    const std::string yaml = "version: 1\nprofiles: [{name: p, " + std::string(section.name) +
                             ": {" + std::string(setting.name) + ": " + other +
                             "}}]\nrules: [{name: r, action: allow, profile: p}]\n";
    CAPTURE(yaml);
    CHECK(warnings_of(yaml).starts_with("2: the settings of " + std::string(section.name) +
                                        " are carried, not enforced") == !has_engine);
  }
}

}  // namespace
}  // namespace sekisho::policy
