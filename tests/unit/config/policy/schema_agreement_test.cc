#include <catch2/catch.hpp>

#include "config/policy/profile_settings.h"
#include "load_policy.h"
#include "schema_validator.h"

namespace sekisho::policy {
namespace {

using Json = nlohmann::json;

enum class Verdict : std::uint8_t {
  good,
  bad,
  only_loader  // refuses it: a schema cannot know names, addresses or dates
};

struct Document {
  Verdict verdict;
  std::string yaml;
};

std::string with(const std::string& parts) { return "version: 1\n" + parts + "\n"; }
std::string rule(const std::string& parts) {
  return with(
      "objects: {addresses: [{name: office, values: 10.0.0.0/8}], schedules: [{name: 7, "
      "entries: [{}]}]}\nprofiles: [{name: p}]\nrules: [{" +
      parts + "}]");
}
std::string block(const std::string& parts) { return rule("name: r, action: block, " + parts); }
std::string object(const std::string& kind, const std::string& parts) {
  return with("objects: {" + kind + ": [{" + parts + "}]}");
}
std::string user(const std::string& parts) { return with("users: [{name: taro" + parts + "}]"); }
std::string profile(const std::string& parts) {
  return with("profiles: [{name: p, " + parts + "}]");
}

using enum Verdict;
const std::vector<Document> kDocuments{
    // The file
    {good, "version: 1\n"},
    {bad, "version: '1'\n"},
    {bad, "version: 2\n"},
    {bad, "version:\n"},
    {bad, "rules: []\n"},
    {bad, "[]\n"},
    {good, std::string(factory_policy_yaml())},
    {bad, with("rulez: []")},
    {good, with("time_zone: Asia/Tokyo")},
    {bad, with("time_zone: 9")},
    {only_loader, with("time_zone: Asia/Tokio")},
    // Lists left empty
    {good, with("rules:")},
    {good, with("profiles:")},
    {good, with("objects: {addresses: , schedules: }")},
    {good, with("lists: {allow: , block: []}")},
    {good, object("schedules", "name: never, entries: ")},
    {bad, with("objects:")},
    {bad, with("lists:")},
    {bad, with("rules: {}")},
    {bad, with("rules: any")},
    {bad, with("rules: [any]")},
    {bad, with("rules: [null]")},
    // Names
    {good, rule("name: 2024, action: allow")},
    {good, rule("name: true, action: allow")},
    {good, rule("name: 'a, b', action: allow")},
    {bad, rule("name: '', action: allow")},
    {bad, rule("name: ' ', action: allow")},
    {bad, rule("name: , action: allow")},
    {bad, rule("name: [a], action: allow")},
    {bad, rule("action: allow")},
    {bad, rule("name: " + std::string(129, 'x') + ", action: allow")},
    {good, object("addresses", "name: 7, values: 192.0.2.1")},
    {bad, object("addresses", "name: any, values: 192.0.2.1")},
    {bad, object("addresses", "name: 'a,b', values: 192.0.2.1")},
    // Actions
    {bad, rule("name: r")},
    {bad, rule("name: r, action: drop")},
    {good, rule("name: r, action: block, block_with: reset")},
    {bad, rule("name: r, action: allow, block_with: reset")},
    {bad, rule("name: r, action: monitor, block_with: drop")},
    {bad, block("block_with: reject")},
    {bad, block("enabled: 'true'")},
    {bad, block("log: 1")},
    {bad, block("from: dmz")},
    {bad, block("from: [lan]")},
    // Selectors
    {good, block("source: any")},
    {bad, block("source: ")},
    {bad, block("source: {}")},
    {bad, block("source: office")},
    {good, block("source: {addresses: any}")},
    {good, block("source: {addresses: [any]}")},
    {good, block("source: {addresses: office, fqdns: www.example.com}")},
    {bad, block("source: {addresses: any, fqdns: www.example.com}")},
    {bad, block("source: {addresses: [any], fqdns: www.example.com}")},
    {bad, block("destination: {countries: any, addresses: office}")},
    {bad, block("source: {addresses: [any, office]}")},
    {bad, block("source: {addresses: 'office, any'}")},
    {good, block("source: {addresses: 'office, 192.0.2.1'}")},
    {bad, block("source: {addresses: 'office,,192.0.2.1'}")},
    {bad, block("source: {addresses: 'office,'}")},
    {bad, block("source: {addresses: []}")},
    {bad, block("source: {addresses: }")},
    {bad, block("source: {addresses: {a: b}}")},
    {only_loader, block("source: {addresses: offices}")},
    {good, block("source: {users: 1001}")},
    {good, block("source: {users: [1001, anybody]}")},
    {bad, block("destination: {users: taro}")},
    {good, user("")},
    {good, user(", groups: sales, addresses: 192.0.2.1, macs: '02:00:00:00:00:01'")},
    {good, user(", groups: [sales, board], addresses: '192.0.2.1, 192.0.2.2'")},
    {bad, user(", groups: []")},
    {bad, user(", addresses: any")},
    {bad, user(", addresses: [any]")},
    {bad, user(", macs: []")},
    {bad, user(", mail: a@example.com")},
    {only_loader, user(", addresses: somewhere")},
    {only_loader, user("}, {name: taro")},
    {bad, with("users: [{groups: sales}]")},
    {good, block("source: {countries: JP}")},
    {good, block("source: {countries: 'JP, US'}")},
    {good, block("source: {countries: [JP, 'US,KR']}")},
    {bad, block("source: {countries: jp}")},
    {bad, block("source: {countries: [JPN]}")},
    {only_loader, block("source: {countries: ZZ}")},
    {good, block("services: tcp/80")},
    {good, block("services: any")},
    {bad, block("services: [tcp/80, any]")},
    {bad, block("services: []")},
    {only_loader, block("services: 80")},
    {good, block("schedule: 7")},
    {bad, block("schedule: [7]")},
    {bad, block("profile: ")},
    {only_loader, block("profile: q")},
    // Content
    {good, block("content: any")},
    {good, block("content: {applications: dhcp}")},
    {good, block("content: {applications: 'dhcp, dns'}")},
    {good, block("content: {applications: [dhcp, dns], url_categories: []}")},
    {good, block("content: {applications: }")},
    {good, block("content: {applications: []}")},
    {bad, block("content: {}")},
    {bad, block("content: {applications: any}")},
    {bad, block("content: {applications: [dhcp, any]}")},
    {bad, block("content: {applications: ['']}")},
    {bad, block("content: {applications: ''}")},
    {bad, block("content: dhcp")},
    // Objects
    {good, object("fqdns", "name: f, values: [www.example.com, '*.example.org']")},
    {bad, object("fqdns", "name: f")},
    {bad, object("fqdns", "name: f, values: []")},
    {bad, object("fqdns", "name: f, values: [[www.example.com]]")},
    {good, object("services", "name: s, entries: 'tcp/80, udp/53'")},
    {bad, object("services", "name: s, values: tcp/80")},
    {good, object("schedules", "name: s, entries: [{days: 'mon, wed', from: 22:00, to: 24:00}]")},
    {good, object("schedules", "name: s, entries: [{days: [weekdays, sat]}]")},
    {bad, object("schedules", "name: s, entries: [{days: monday}]")},
    {bad, object("schedules", "name: s, entries: [{days: []}]")},
    {bad, object("schedules", "name: s, entries: [{from: '24:00'}]")},
    {bad, object("schedules", "name: s, entries: [{from: 9}]")},
    {bad, object("schedules", "name: s, entries: {}")},
    {only_loader, object("schedules", "name: s, entries: [{from: '09:00', to: '09:00'}]")},
    {good, object("url_categories", "name: c, title: 取引先, entries: [a.test, 192.0.2.0/24]")},
    {good, object("url_categories", "name: c, entries: ")},
    {bad, object("url_categories", "name: c")},
    {bad, object("url_categories", "name: c, entries: a.test")},
    {bad, object("url_categories", "name: c, title: '', entries: []")},
    {only_loader, object("url_categories", "name: c, entries: ['http://a.test/']")},
    {good,
     object("applications", "name: c, title: 取引先, risk: 5, category: mail, hosts: a.test")},
    {good, object("applications", "name: c, servers: [{addresses: 10.0.0.1}, {services: udp/1}]")},
    {bad, object("applications", "name: c")},
    {bad, object("applications", "name: c, hosts: a.test, risk: 0")},
    {bad, object("applications", "name: c, servers: [{}]")},
    {bad, object("applications", "name: c, servers: [{ports: 1}]")},
    {only_loader, object("applications", "name: c, servers: []")},
    {only_loader, object("applications", "name: c, servers: [{services: icmp/8}]")},
    // Lists of sites
    {good, with("lists: {block: [www.example.com, 192.0.2.0/24]}")},
    {bad, with("lists: {block: www.example.com}")},
    {bad, with("lists: {block: ['']}")},
    {bad, with("lists: {deny: []}")},
    {only_loader, with("lists: {block: ['http://www.example.com/']}")},
    // Profiles
    {good, profile("mail: {smtp_error_text: 5, body_tag: , subject_tag: yes}")},
    {bad, profile("mail: {smtp_error_text: [a]}")},
    {bad, profile("mail: {smtp_error_text: \"a\\nb\"}")},
    {good, profile("mail: {smtp_error_code: 450}")},
    {bad, profile("mail: {smtp_error_code: 650}")},
    {bad, profile("mail: {smtp_error_code: '450'}")},
    {bad, profile("mail: {smtp: on}")},
    {bad, profile("mail: ")},
    {bad, profile("mails: {}")},
    {good, profile("anti_malware: {excluded_extensions: 'png, gif'}")},
    {good, profile("anti_malware: {excluded_extensions: [png, 'gif,7z', 7]}")},
    {good, profile("anti_malware: {excluded_extensions: }")},
    {bad, profile("anti_malware: {excluded_extensions: '.png'}")},
    {bad, profile("anti_malware: {excluded_extensions: ['a b']}")},
    {bad, profile("anti_malware: {excluded_extensions: ''}")},
    {good, profile("ips: {excluded_rules: [1, '2', '3,4']}")},
    {bad, profile("ips: {excluded_rules: [x]}")},
    {bad, profile("ips: {action: allow}")},
    {good, profile("ips: {excluded_traffic: ['all from 10.0.0.0/8 to 10.0.0.1', 7 to 10.0.0.1]}")},
    {bad, profile("ips: {excluded_traffic: [from 10.0.0.1]}")},
    {only_loader, profile("ips: {excluded_traffic: [all from nobody]}")},
    {good, profile("ips: {action: reset, blocked_rules: [7], reset_rules: ['8', 9]}")},
    {bad, profile("ips: {action: reject}")},
    {only_loader, profile("ips: {blocked_rules: [7], reset_rules: [7]}")},
    {good, profile("ips: {quarantine_rules: [7=60, '8=0, 9=1'], quarantine_seconds: 60}")},
    {bad, profile("ips: {quarantine_rules: ['7']}")},
    {good, profile("ips: {capture_seconds_after: 10, capture_packets_before: 64, capture_rules: "
                   "[7, '8']}")},
    {bad, profile("ips: {capture_seconds_after: 601}")},
    {bad, profile("ips: {capture_packets_before: 65}")},
    {good, profile("ips: {protocol_records: all}")},
    {bad, profile("ips: {protocol_records: [http]}")},
    // Variables of IPS rules
    {good, with("ips_variables: {HOME_NET: '[10.0.0.0/8,!10.1.0.0/16]', HTTP_PORTS: 80}")},
    {good, with("ips_variables: {HOME_NET: [10.0.0.0/8, '!10.1.0.0/16'], HTTP_PORTS: [80, 81]}")},
    {good, with("ips_variables: ")},
    {bad, with("ips_variables: {HOME_NET: []}")},
    {bad, with("ips_variables: {HOME_NET: }")},
    {bad, with("ips_variables: [HOME_NET]")},
    {only_loader, with("ips_variables: {$HOME_NET: 10.0.0.0/8}")},
    {good, profile("https_decryption: {ports: 8444}")},
    {good, profile("https_decryption: {ports: '443, 8444'}")},
    {good, profile("https_decryption: {ports: ['443', 8444]}")},
    {good, profile("https_decryption: {ports: []}")},
    {bad, profile("https_decryption: {ports: 65536}")},
    {bad, profile("https_decryption: {ports: [443, 443]}")},
    {bad, profile("https_decryption: {ports: https}")},
    {only_loader, profile("https_decryption: {ports: [465]}")},  // mail's
    {good, profile("https_decryption: {untrusted_origin: trust, smart_bypass_minutes: 60}")},
    {bad, profile("https_decryption: {untrusted_origin: true}")},
    {bad, profile("https_decryption: {trust_certificate: true}")},
    {bad, profile("https_decryption: {smart_bypass_minutes: 0}")},
    {good, profile("https_decryption: {exempt_categories: ['group:business', 取引先]}")},
    {bad, profile("https_decryption: {not_tls: reset}")},
    // Packet checks
    {good, with("packet_checks: {midstream: refuse}")},
    {bad, with("packet_checks: {midstream: drop}")},
    {good, with("packet_checks: {asymmetric: accept}")},
    {bad, with("packet_checks: {asymmetric: pass}")},
    {bad, with("packet_checks: ")},
    // The block page
    {good, with("block_page: {organisation: A, message: \"a\\nb\", contact: 12}")},
    {good, with("block_page: {}")},
    {bad, with("block_page: ")},
    {bad, with("block_page: [a]")},
    {bad, with("block_page: {logo: a}")},
    {bad, with("block_page: {message: \"a\\tb\"}")},
    {bad, with("block_page: {contact: '  '}")},
    {bad, with("block_page: {organisation: '" + std::string(81, 'x') + "'}")},
    {good, block("block_with: answer")},
    {bad, block("block_with: page")},
};

bool loads(const std::string& yaml) {
  return std::holds_alternative<LoadedPolicy>(load_yaml(yaml));
}

TEST_CASE("the schema and the loader judge whole documents alike") {
  const auto schema = Json::parse(json_schema());
  REQUIRE(kDocuments.size() > 100);
  for (const auto& [verdict, yaml] : kDocuments) {
    CAPTURE(yaml);
    CHECK(loads(yaml) == (verdict == good));
    CHECK(is_valid(schema, schema, json_of_yaml(yaml)) == (verdict != bad));
  }
}

/// `parts` of a document with "@" where a value belongs, for every key that takes one.
std::vector<std::string> places() {
  std::vector<std::string> all{with("time_zone: @"),
                               with("rules: @"),
                               with("profiles: @"),
                               with("objects: @"),
                               with("lists: @"),
                               with("lists: {block: @}"),
                               with("lists: {allow: [@]}"),
                               with("packet_checks: {malformed: @}"),
                               with("block_page: {message: @}"),
                               with("ips_variables: {HOME_NET: @}"),
                               with("ips_variables: {HOME_NET: [@]}"),
                               rule("name: @, action: allow"),
                               rule("name: r, action: @"),
                               object("addresses", "name: @, values: 192.0.2.1"),
                               object("addresses", "name: a, values: @"),
                               object("macs", "name: a, values: [@]"),
                               object("services", "name: a, entries: @"),
                               object("schedules", "name: a, entries: @"),
                               object("schedules", "name: a, entries: [{days: @}]"),
                               object("schedules", "name: a, entries: [{days: [@]}]"),
                               object("schedules", "name: a, entries: [{from: @}]"),
                               object("schedules", "name: a, entries: [{to: @}]")};
  for (const char* key : {"enabled", "from", "source", "destination", "services", "content",
                          "schedule", "block_with", "log", "profile"})
    all.push_back(block(std::string(key) + ": @"));
  for (const char* key : {"addresses", "fqdns", "macs", "users", "countries"})
    for (const char* value : {": @", ": [@]", ": [@, @]"})
      all.push_back(block("source: {" + std::string(key) + value + "}"));
  for (const char* key : {"applications", "url_categories"})
    all.push_back(block("content: {" + std::string(key) + ": @}"));
  for (const auto& section : profile_sections()) {
    all.push_back(profile(std::string(section.name) + ": @"));
    for (const auto& setting : section.settings)
      for (const char* value : {": @", ": [@]"})
        all.push_back(
            profile(std::string(section.name) + ": {" + std::string(setting.name) + value + "}"));
  }
  return all;
}

TEST_CASE("the schema refuses nothing that the loader takes, whatever kind of value stands where") {
  const auto schema = Json::parse(json_schema());
  const std::vector<std::string> values{"",
                                        "''",
                                        "' '",
                                        "true",
                                        "'true'",
                                        "0",
                                        "5",
                                        "'5'",
                                        "450",
                                        "1.5",
                                        "any",
                                        "'any, any'",
                                        "[]",
                                        "[any]",
                                        "{}",
                                        "p",
                                        "office",
                                        "lan",
                                        "drop",
                                        "block",
                                        "JP",
                                        "'JP,US'",
                                        "mon",
                                        "'mon, tue'",
                                        "08:00",
                                        "tcp/80",
                                        "192.0.2.1",
                                        "'192.0.2.1, 192.0.2.9'",
                                        "www.example.com",
                                        "'*.example.com'",
                                        "'a@example.com'",
                                        "'a,,b'",
                                        "',a'",
                                        "png",
                                        "'PNG, gif'",
                                        "00:00:5e:00:53:01",
                                        "日本",
                                        "'a b'",
                                        "' a , b '"};
  std::size_t accepted = 0;
  std::size_t compared = 0;
  for (const auto& place : places()) {
    for (const auto& value : values) {
      std::string yaml = place;
      for (auto at = yaml.find('@'); at != yaml.npos; at = yaml.find('@', at + value.size()))
        yaml.replace(at, 1, value);
      ++compared;
      if (!loads(yaml)) continue;
      ++accepted;
      CAPTURE(yaml);
      CHECK(is_valid(schema, schema, json_of_yaml(yaml)));
    }
  }
  CHECK(compared > 5000);
  CHECK(accepted > 500);
}

}  // namespace
}  // namespace sekisho::policy
