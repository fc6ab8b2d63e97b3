// Every mistake an administrator can make is told with its line and column.
#include <catch2/catch.hpp>

#include "load_policy.h"

namespace sekisho::policy {
namespace {

struct Mistake {
  const char* name;
  const char* yaml;    // after "version: 1\n", so its first line is line 2
  const char* report;  // beginning of the one line told
};

const Mistake kStructure[] = {
    {"an unknown key at the top", "rulez: []",
     "2:1: 'rulez' is not a key of a policy; did you mean "
     "'rules'?"},
    {"an unknown key of a rule", "rules:\n  - {name: a, action: allow, sorce: any}",
     "3:30: 'sorce' is not a key of a rule; did you mean 'source'?"},
    {"an unknown key far from all", "xyzzy: 1", "2:1: 'xyzzy' is not a key of a policy\n"},
    {"a key twice", "time_zone: UTC\ntime_zone: UTC", "3:1: 'time_zone' is here twice"},
    {"a merge key", "rules:\n  - {name: a, action: allow, <<: {log: false}}",
     "3:30: '<<' is not a key of a rule"},
    {"a key that is a list", "? [a]\n: 1", "2:3: a key must be a word, not a list"},
    {"a mapping where a list belongs", "rules: {name: a}",
     "2:8: rules must be a list, not a mapping"},
    {"a list where a mapping belongs", "objects: []",
     "2:10: objects must be a mapping, not a list"},
    {"a word where a rule belongs", "rules: [allow]",
     "2:9: a rule must be a mapping, not a single "
     "value"},
    {"a rule without a name", "rules:\n  - action: allow", "3:5: a rule needs 'name'"},
    {"a rule without an action", "rules:\n  - name: a", "3:5: a rule needs 'action'"},
    {"a rule name twice",
     "rules:\n  - {name: a, action: allow, from: lan}\n  - {name: a, action: block}",
     "4:12: 'a' is the name of an earlier rule"},
    {"an object name twice",
     "objects:\n  macs:\n    - {name: a, values: '00:00:5e:00:53:01'}\n"
     "    - {name: a, values: '00:00:5e:00:53:02'}",
     "5:14: 'a' is the name of an earlier MAC object"},
    {"an empty name", "rules: [{name: '', action: allow}]", "2:16: a name is empty"},
    {"a name with a line break", "rules: [{name: \"a\\nb\", action: allow}]",
     "2:16: 'a?b' has a control character"},
    {"a name that would steer a terminal", "rules: [{name: \"a\\x9bm\", action: allow}]",
     "2:16: 'a?m' has a control character"},
    {"an object name with a comma",
     "objects: {macs: [{name: 'a, b', values: '00:00:5e:00:53:01'}]}", "2:25: 'a, b' has a comma"},
    {"an object named any", "objects: {macs: [{name: any, values: '00:00:5e:00:53:01'}]}",
     "2:25: 'any' cannot be a name"},
    {"an address object named like an address",
     "objects: {addresses: [{name: 192.0.2.1, values: 192.0.2.2}]}",
     "2:30: '192.0.2.1' cannot be a name: it is an address"},
    {"a service object named like a service",
     "objects: {services: [{name: tcp/80, entries: tcp/81}]}",
     "2:29: 'tcp/80' cannot be a name: it is a service"},
    {"text for a boolean", "rules: [{name: a, action: allow, enabled: yes}]",
     "2:43: enabled must be true or false, not 'yes'"},
    {"a quoted boolean", "rules: [{name: a, action: allow, log: 'true'}]",
     "2:39: log must be true or false, not 'true'"},
    {"an unknown action", "rules: [{name: a, action: permit}]",
     "2:27: action must be allow, block or monitor, not 'permit'"},
    {"an unknown side", "rules: [{name: a, action: allow, from: dmz}]",
     "2:40: from must be lan, wan or any, not 'dmz'"},
    {"a block method without block", "rules: [{name: a, action: allow, block_with: reset}]",
     "2:46: block_with has no meaning without 'action: block'"},
    {"an unknown time zone", "time_zone: Asia/Tokio",
     "2:12: 'Asia/Tokio' is not a time zone like Asia/Tokyo; did you mean 'Asia/Tokyo'?"},
    {"a value of packet_checks", "packet_checks: {midstream: drop}",
     "2:28: midstream must be pick_up or refuse, not 'drop'"},
    {"another value of packet_checks", "packet_checks: {asymmetric: pass}",
     "2:29: asymmetric must be accept or refuse, not 'pass'"},
    {"an unknown block method", "rules: [{name: a, action: block, block_with: page}]",
     "2:46: block_with must be drop, reset or answer, not 'page'"},
    {"too long a line of the block page",
     "block_page: {contact: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}",
     "2:23: contact has 121 characters, the limit is 120"},
    {"a control character on the block page", "block_page: {message: \"a\\tb\"}",
     "2:23: message has a control character"},
    {"nothing to say on the block page", "block_page: {organisation: ''}", "2:28: organisation "},
    {"an unknown text of the block page", "block_page: {colour: red}", "2:14: "},
    {"a tag", "time_zone: !!str UTC", "2:12: tags like 'tag:yaml.org,2002:str' are not supported"},
    {"a second document", "---\nversion: 1", "2:1: a policy file is one YAML document"},
    {"an unfinished list", "rules: [", "3:1: not valid YAML: "},
    {"a column after Japanese text, in characters", "rules: [{name: 標準の通信, action: permit}]",
     "2:31: action must be"},
};

const Mistake kSelectors[] = {
    {"no such address object", "rules: [{name: a, action: allow, source: {addresses: offices}}]",
     "2:54: 'offices' is not an address, range or CIDR and names no address object\n"},
    {"a misspelt address object",
     "objects: {addresses: [{name: office, values: 192.0.2.1}]}\n"
     "rules: [{name: a, action: allow, source: {addresses: [192.0.2.7, offise]}}]",
     "3:66: 'offise' is not an address, range or CIDR and names no address object; did you mean "
     "'office'?"},
    {"an object in the wrong column",
     "objects: {fqdns: [{name: sites, values: www.example.com}]}\n"
     "rules: [{name: a, action: allow, source: {addresses: sites}}]",
     "3:54: 'sites' is not an address, range or CIDR and names no address object (it is one of the "
     "fqdns)"},
    {"a reversed range",
     "rules: [{name: a, action: allow, source: {addresses: 192.0.2.9-192.0.2.1}}]",
     "2:54: '192.0.2.9-192.0.2.1' ends before it begins"},
    {"a prefix too long", "rules: [{name: a, action: allow, source: {addresses: 192.0.2.0/33}}]",
     "2:54: '192.0.2.0/33' has a prefix length outside 0-32"},
    {"mixed families",
     "rules: [{name: a, action: allow, source: {addresses: '192.0.2.1-2001:db8::1'}}]",
     "2:54: '192.0.2.1-2001:db8::1' mixes IPv4 and IPv6"},
    {"an empty list", "rules: [{name: a, action: allow, source: {addresses: []}}]",
     "2:54: addresses is empty"},
    {"an empty source", "rules: [{name: a, action: allow, source: {}}]",
     "2:42: source selects nothing; write 'any' or leave it out"},
    {"a source with nothing below", "rules:\n  - name: a\n    action: allow\n    source:\n",
     "5:12: a source must be a mapping, not nothing"},
    {"any beside an address",
     "rules: [{name: a, action: allow, source: {addresses: [any, 192.0.2.1]}}]",
     "2:55: 'any' in addresses cannot stand beside other entries"},
    {"any beside another selector",
     "rules: [{name: a, action: allow, source: {addresses: any, countries: JP}}]",
     "2:42: source has 'any' beside other selectors"},
    {"nothing between commas",
     "rules: [{name: a, action: allow, source: {addresses: '192.0.2.1,,192.0.2.2'}}]",
     "2:54: addresses has nothing between two commas"},
    {"MACs of a destination", "rules: [{name: a, action: allow, destination: {macs: any}}]",
     "2:48: 'macs' is not a key of a destination"},
    {"a bad MAC", "rules: [{name: a, action: allow, source: {macs: '00:00:5e:00:53'}}]",
     "2:49: '00:00:5e:00:53' is not a MAC address like 12:34:56:78:90:ab and names no MAC object"},
    {"a country that is none",
     "rules: [{name: a, action: allow, destination: {countries: [JP, ZZ]}}]",
     "2:64: 'ZZ' is not a country code of ISO 3166-1 alpha-2"},
    {"a country in lower case", "rules: [{name: a, action: allow, destination: {countries: jp}}]",
     "2:59: 'jp' is not a country code"},
    {"a wildcard inside a name",
     "rules: [{name: a, action: allow, source: {fqdns: www.*.example.com}}]",
     "2:50: 'www.*.example.com' has a wildcard that is not the whole first label"},
    {"a wildcard in a label",
     "rules: [{name: a, action: allow, source: {fqdns: '*www.example.com'}}]",
     "2:50: '*www.example.com' has a wildcard that is not the whole first label"},
    {"no such schedule", "rules: [{name: a, action: allow, schedule: night}]",
     "2:44: 'night' names no schedule"},
    {"a misspelt profile",
     "profiles: [{name: strict}]\nrules: [{name: a, action: allow, profile: strikt}]",
     "3:43: 'strikt' names no profile; did you mean 'strict'?"},
    {"no such service", "rules: [{name: a, action: allow, services: https}]",
     "2:44: 'https' is not a service like tcp/443"},
    {"content that says nothing", "rules: [{name: a, action: block, content: {}}]",
     "2:43: content needs applications or url_categories"},
};

const Mistake kObjectsAndLists[] = {
    {"an object without values", "objects: {addresses: [{name: a}]}",
     "2:23: an address object needs 'values'"},
    {"an object with empty values", "objects: {addresses: [{name: a, values: []}]}",
     "2:41: values is empty"},
    {"a bad address in a comma-separated value",
     "objects: {addresses: [{name: a, values: '192.0.2.1, 192.0.2'}]}",
     "2:41: '192.0.2' is not an address, range or CIDR"},
    {"a time past midnight", "objects: {schedules: [{name: a, entries: [{from: '24:00'}]}]}",
     "2:50: '24:00' is not a time from 00:00 to 23:59"},
    {"a minute too many", "objects: {schedules: [{name: a, entries: [{to: '09:60'}]}]}",
     "2:48: '09:60' is not a time from 00:00 to 24:00"},
    {"a time in short form", "objects: {schedules: [{name: a, entries: [{from: 9:00}]}]}",
     "2:50: '9:00' is not a time"},
    {"a day that is none", "objects: {schedules: [{name: a, entries: [{days: [mon, tues]}]}]}",
     "2:56: 'tues' is not a day"},
    {"an interval of no length",
     "objects: {schedules: [{name: a, entries: [{from: '09:00', to: '09:00'}]}]}",
     "2:43: a schedule entry begins and ends at the same time"},
    {"a wildcard in the middle of a list entry", "lists: {allow: ['www.*.com']}",
     "2:17: 'www.*.com' has a wildcard that is not a whole first label or the very end; an entry "
     "is www.example.com, *.example.com"},
    {"a list entry that is everything", "lists: {block: ['*']}",
     "2:17: '*' would select everything"},
    {"a list entry with a scheme", "lists: {allow: ['https://www.example.com/']}",
     "2:17: 'https://www.example.com/' has a scheme"},
    {"a list entry with a port", "lists: {allow: ['www.example.com:8080']}",
     "2:17: 'www.example.com:8080' has a port"},
    {"a reversed range in a list", "lists: {allow: [192.0.2.9-192.0.2.1]}",
     "2:17: '192.0.2.9-192.0.2.1' ends before it begins"},
};

TEST_CASE("a mistake is reported with its line, its column and what is wrong") {
  for (const auto& table :
       {std::vector<Mistake>(std::begin(kStructure), std::end(kStructure)),
        std::vector<Mistake>(std::begin(kSelectors), std::end(kSelectors)),
        std::vector<Mistake>(std::begin(kObjectsAndLists), std::end(kObjectsAndLists))}) {
    for (const auto& mistake : table) {
      DYNAMIC_SECTION(mistake.name) {
        CHECK_THAT(load_bad("version: 1\n" + std::string(mistake.yaml) + "\n"),
                   Catch::StartsWith(mistake.report));
      }
    }
  }
}

TEST_CASE("the version is required and must be known") {
  CHECK(load_bad("rules: []\n") == "1:1: a policy needs 'version'\n");
  CHECK(load_bad("version: '1'\n") == "1:10: version must be the number 1, without quotes\n");
  CHECK(load_bad("version: 2\n") == "1:10: version must be 1, the only one this gateway reads\n");
}

TEST_CASE("all mistakes of a file are reported at once, in file order") {
  CHECK(load_bad("rules:\n"
                 "  - {name: a, action: permit, source: {addresses: nowhere}}\n"
                 "  - {name: b}\n"
                 "objects:\n"
                 "  services: [{name: x, entries: [tcp/0]}]\n"
                 "version: 1\n"
                 "extra: 1\n") ==
        "2:23: action must be allow, block or monitor, not 'permit'\n"
        "2:51: 'nowhere' is not an address, range or CIDR and names no address object\n"
        "3:5: a rule needs 'action'\n"
        "5:34: 'tcp/0' has a port outside 1-65535\n"
        "7:1: 'extra' is not a key of a policy\n");
}

TEST_CASE("no more than a hundred mistakes are reported") {
  std::string yaml = "version: 1\nrules:\n";
  for (int i = 0; i < 1000; ++i) yaml += "  - {name: r" + std::to_string(i) + "}\n";
  const auto loaded = load_yaml(yaml);
  REQUIRE(loaded.index() == 1);
  CHECK(std::get<1>(loaded).size() == kMaxDiagnostics);
}

TEST_CASE("a long wrong value is shown in part, cut between characters") {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "関";
  const auto report = load_bad("version: 1\ntime_zone: " + text + "\n");
  CHECK(report.size() < 160);
  CHECK(report.find("関...'") != report.npos);
}

}  // namespace
}  // namespace sekisho::policy

TEST_CASE("a mistake in the action is not told of block_with too") {
  const auto loaded = sekisho::policy::load_yaml(
      "version: 1\nrules: [{name: a, action: blok, block_with: reset}]\n");
  const auto* mistakes = std::get_if<std::vector<sekisho::policy::Diagnostic>>(&loaded);
  REQUIRE(mistakes != nullptr);
  CHECK(mistakes->size() == 1);
}
