#include <catch2/catch.hpp>

#include "config/policy/ips_settings.h"
#include "config/policy/profile_settings.h"
#include "load_policy.h"

namespace sekisho::policy {
namespace {

std::string profile(const std::string& sections) {
  return "version: 1\nprofiles:\n  - name: p\n    " + sections + "\n";
}

SettingValue value(const std::string& section, const std::string& setting,
                   const std::string& text) {
  const auto policy = load_good(profile(section + ": {" + setting + ": " + text + "}")).policy;
  return policy.profiles[0].sections.find(section)->second.find(setting)->second;
}

TEST_CASE("a profile has all sections with every setting, whatever the file says") {
  const auto policy =
      load_good("version: 1\nprofiles: [{name: p, ips: {enabled: false}}]\n").policy;
  const auto& sections = policy.profiles[0].sections;
  CHECK(sections.size() == profile_sections().size());
  for (const auto& spec : profile_sections()) {
    const auto section = sections.find(spec.name);
    REQUIRE(section != sections.end());
    CHECK(section->second.size() == spec.settings.size());
  }
  CHECK(sections.find("ips")->second.find("enabled")->second == SettingValue(false));
}

TEST_CASE("every default of the table is a value that its own setting accepts") {
  for (const auto& spec : profile_sections()) {
    for (const auto& setting : spec.settings) {
      CAPTURE(spec.name, setting.name);
      const bool list =
          setting.type == SettingType::port_list || setting.type == SettingType::text_list;
      const bool quote = setting.type == SettingType::text;
      const std::string text(setting.default_value);
      const auto written = value(std::string(spec.name), std::string(setting.name),
                                 list    ? "[" + (text.empty() ? "" : "'" + text + "'") + "]"
                                 : quote ? "'" + text + "'"
                                         : text);
      const auto defaults = load_good("version: 1\nprofiles: [{name: p}]\n").policy;
      CHECK(written ==
            defaults.profiles[0].sections.find(spec.name)->second.find(setting.name)->second);
    }
  }
}

TEST_CASE("what the section dns names is known") {
  CHECK(value("dns", "safe_search", "[google, youtube_strict]") ==
        SettingValue(std::vector<std::string>{"google", "youtube_strict"}));
  CHECK(value("dns", "ech_names", "['*', '*.Example.com']") ==
        SettingValue(std::vector<std::string>{"*", "*.example.com"}));
  CHECK(value("dns", "ech", "strip") == SettingValue(std::string("strip")));
  CHECK(value("dns", "encrypted_dns", "block") == SettingValue(std::string("block")));
  CHECK_THAT(warnings_of(profile("dns: {url_filter: true}")), !Catch::Contains("carried"));
  CHECK_THAT(load_bad(profile("dns: {safe_search: [google, altavista]}")),
             Catch::Contains("4:33: 'altavista' is none of google, bing"));
  CHECK_THAT(load_bad(profile("dns: {ech_names: ['**']}")),
             Catch::Contains("'**' is not a host like ech.example.com"));
  CHECK_THAT(load_bad(profile("dns: {ech: none}")), Catch::Contains("ech of dns"));
}

TEST_CASE("settings of every type are read") {
  CHECK(value("ips", "action", "monitor") == SettingValue(std::string("monitor")));
  CHECK(value("mail", "smtp_error_code", "599") == SettingValue(std::int64_t{599}));
  CHECK(value("mail", "smtp_error_text", "'5.7.1 refused'") ==
        SettingValue(std::string("5.7.1 refused")));
  CHECK(value("mail", "body_tag", "") == SettingValue(std::string()));
  CHECK(value("mail", "body_tag", "\"a\\nb\\n\"") == SettingValue(std::string("a\nb")));
  CHECK(value("mail", "smtps_ports", "[465, 10465]") ==
        SettingValue(std::vector<std::int64_t>{465, 10465}));
  CHECK(value("mail", "smtps_ports", "'465, 10465'") ==
        SettingValue(std::vector<std::int64_t>{465, 10465}));
  CHECK(value("anti_malware", "excluded_extensions", "'PNG,zip'") ==
        SettingValue(std::vector<std::string>{"png", "zip"}));
  CHECK(value("anti_malware", "excluded_extensions", "[]") ==
        SettingValue(std::vector<std::string>{}));
  CHECK(value("mail", "allowed_senders", "[boss@example.com, '@example.org']") ==
        SettingValue(std::vector<std::string>{"boss@example.com", "@example.org"}));
  CHECK(value("mail", "content_filter_keywords", "[社外秘]") ==
        SettingValue(std::vector<std::string>{"社外秘"}));
  CHECK(value("https_decryption", "ports", "[443, 8443, 1, 2, 3, 4, 5]") ==
        SettingValue(std::vector<std::int64_t>{443, 8443, 1, 2, 3, 4, 5}));
}

TEST_CASE("a wrong setting is refused with its place and name") {
  struct Case {
    const char* sections;
    const char* report;
  };
  const auto wrong = GENERATE(
      Case{"ips: {enable: true}",
           "4:11: 'enable' is not a setting of ips; did you mean 'enabled'?\n"},
      Case{"webreputation: {}",
           "4:5: 'webreputation' is not a section of a profile; did you mean 'web_reputation'?\n"},
      Case{"ips: [enabled]", "4:10: ips must be a mapping, not a list\n"},
      Case{"ips: {enabled: 1}", "4:20: enabled of ips must be true or false, not '1'\n"},
      Case{"ips: {enabled: true, enabled: true}", "4:26: 'enabled' is here twice\n"},
      Case{"mail: {smtp_error_code: 399}",
           "4:29: smtp_error_code of mail must be a number from 400 to 599\n"},
      Case{"web_reputation: {wait_ms: 2001}",
           "4:31: wait_ms of web_reputation must be a number from 0 to 2000\n"},
      Case{"web_reputation: {on_failure: stop}",
           "4:34: on_failure of web_reputation must be pass or block, not 'stop'\n"},
      Case{"mail: {smtp_error_code: 600}",
           "4:29: smtp_error_code of mail must be a number from 400 to 599\n"},
      Case{"mail: {smtp_error_code: 450.5}",
           "4:29: smtp_error_code of mail must be a number from 400 to 599\n"},
      Case{"mail: {smtp_error_text: \"a\\r\\nRCPT TO\"}",
           "4:29: smtp_error_text of mail has a line break or another control character\n"},
      Case{"mail: {smtp_error_text: \"a\\nb\"}",
           "4:29: smtp_error_text of mail has a line break or another control character\n"},
      Case{"mail: {subject_tag: \"a\\rb\"}",
           "4:25: subject_tag of mail has a line break or another control character\n"},
      Case{"mail: {body_tag: \"a\\rb\"}",
           "4:22: body_tag of mail has a line break or another control character\n"},
      Case{"mail: {spam_catch_rate: highest}",
           "4:29: spam_catch_rate of mail must be low, medium or high, not 'highest'\n"},
      Case{"mail: {smtps_ports: [0]}", "4:26: '0' is not a port from 1 to 65535\n"},
      Case{"mail: {smtps_ports: [70000]}", "4:26: '70000' is not a port from 1 to 65535\n"},
      Case{"mail: {smtps_ports: [465, 465]}", "4:31: '465' is here twice\n"},
      Case{"mail: {smtps_ports: [465, 8443]}",
           "3:5: port 8443 is in smtps_ports of mail and in ports of https_decryption\n"},
      Case{"mail: {imaps_ports: 995}",
           "3:5: port 995 is in imaps_ports of mail and in pop3s_ports of mail\n"},
      Case{"mail: {allowed_senders: [example.com]}",
           "4:30: 'example.com' is not a sender like a@example.com or @example.com\n"},
      Case{"mail: {allowed_senders: ['@*.example.com']}",
           "4:30: '@*.example.com' is not a sender like a@example.com or @example.com\n"},
      Case{"https_decryption: {ports: [443, 8443, 1, 2, 3, 4, 5, 6]}",
           "4:58: ports of https_decryption has 8 entries, the limit is 7\n"},
      Case{"https_decryption: {ports: [443, 1, 2, 3, 4, 5, 6]}",
           "4:31: ports of https_decryption has more than 5 ports besides 443,8443\n"},
      Case{"https_decryption: {exempt_hosts: ['a.*.com']}",
           "4:39: 'a.*.com' is not a host like www.example.com or *.example.com\n"},
      Case{"anti_malware: {excluded_extensions: [.png]}",
           "4:42: '.png' is not a file extension like png\n"},
      Case{"ips: {excluded_rules: [2001-1]}", "4:28: '2001-1' is not a rule number\n"},
      Case{"ips: {excluded_traffic: ['7 via 10.0.0.1']}",
           "4:30: '7 via 10.0.0.1' is not traffic like 'all from 192.0.2.0/24' or '2019401 to "
           "office' (a rule's number or all, then from, to or both)\n"},
      Case{"ips: {monitored_traffic: [all from nowhere]}",
           "4:31: 'nowhere' is neither an address object nor an address\n"},
      Case{"ips: {blocked_rules: [7, 8], reset_rules: [8]}",
           "4:5: rule 8 is in blocked_rules and in reset_rules\n"},
      Case{"ips: {excluded_rules: [7], blocked_rules: [7]}",
           "4:5: rule 7 is in excluded_rules and in blocked_rules\n"},
      Case{"ips: {quarantine_rules: [7]}",
           "4:30: '7' is not a rule and seconds like 2019401=600 (at most 604800, 0: never)\n"},
      Case{"ips: {quarantine_rules: [7=604801]}",
           "4:30: '7=604801' is not a rule and seconds like 2019401=600 (at most 604800, 0: "
           "never)\n"},
      Case{"ips: {quarantine_seconds: 604801}",
           "4:31: quarantine_seconds of ips must be a number from 0 to 604800\n"},
      Case{"ips: {capture_seconds_after: 601}",
           "4:34: capture_seconds_after of ips must be a number from 0 to 600\n"},
      Case{"ips: {capture_packets_before: -1}",
           "4:35: capture_packets_before of ips must be a number from 0 to 64\n"},
      Case{"ips: {capture_rules: [all]}", "4:27: 'all' is not a rule number\n"},
      Case{"ips: {protocol_records: http}",
           "4:29: protocol_records of ips must be none, files or all, not 'http'\n"},
      Case{"ips: {on_failure: drop}",
           "4:23: on_failure of ips must be block or pass, not 'drop'\n"});
  CAPTURE(wrong.sections);
  CHECK(load_bad(profile(wrong.sections)) == wrong.report);
}

TEST_CASE("traffic that a profile excepts is named by literals and by address objects") {
  const auto loaded = load_good(
      "version: 1\n"
      "objects: {addresses: [{name: Office 2, values: [192.0.2.0/24, 2001:db8::/32]}]}\n"
      "profiles: [{name: p, ips: {excluded_traffic: [all from Office 2 to 10.0.0.1, 7 to "
      "10.0.0.0/8]}}]\n");
  CHECK(loaded.policy.profiles[0].sections.find("ips")->second.find("excluded_traffic")->second ==
        SettingValue(std::vector<std::string>{"all from Office 2 to 10.0.0.1", "7 to 10.0.0.0/8"}));
  for (const auto& warning : loaded.warnings)
    CHECK(warning.message.find("Office 2") == std::string::npos);  // the object is in use
  const auto both = parse_traffic("all from Office 2 to 10.0.0.1");
  REQUIRE(both);
  CHECK(both->rule == 0);
  CHECK(both->source == "Office 2");
  CHECK(both->destination == "10.0.0.1");
  const auto one = parse_traffic("7 to 10.0.0.0/8");
  REQUIRE(one);
  CHECK(one->rule == 7);
  CHECK(one->source.empty());
  for (const char* wrong : {"", "all", "7", "0 to 10.0.0.1", "any from 10.0.0.1", "all from",
                            "all from  to 10.0.0.1", "all to 10.0.0.1 from "}) {
    CAPTURE(wrong);
    const auto parsed = parse_traffic(wrong);
    CHECK((!parsed || !find_addresses(parsed->destination, {})));
  }
}

TEST_CASE("exceptions that would be too many pairs of networks are refused") {
  std::string many = "version: 1\nobjects: {addresses: [{name: many, values: [";
  for (int i = 0; i < 70; ++i)
    many.append(i == 0 ? "" : ", ").append("10.0.").append(std::to_string(i)).append(".1");
  many += "]}]}\nprofiles: [{name: p, ips: {excluded_traffic: [all from many to many]}}]\n";
  CHECK(load_bad(many).find("excluded_traffic has 4900 pairs of networks, more than 4096") !=
        std::string::npos);
}

TEST_CASE("a profile needs a name, once") {
  CHECK(load_bad("version: 1\nprofiles: [{ips: {}}]\n") == "2:12: a profile needs 'name'\n");
  CHECK(load_bad("version: 1\nprofiles: [{name: a}, {name: a}]\n") ==
        "2:30: 'a' is the name of an earlier profile\n");
}

}  // namespace
}  // namespace sekisho::policy
