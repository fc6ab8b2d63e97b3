// What the small languages inside values mean.
#include <catch2/catch.hpp>

#include "load_policy.h"

namespace sekisho::policy {
namespace {

/// The services of a rule that asks for `text`.
std::vector<ServiceEntry> services(const std::string& text) {
  return load_good("version: 1\nrules: [{name: a, action: block, services: " + text + "}]\n")
      .policy.rules[0]
      .services;
}

std::string entries_mistake(const std::string& text) {
  return load_bad("version: 1\nrules: [{name: a, action: block, services: " + text + "}]\n");
}

TEST_CASE("services are protocols with ports, types or numbers") {
  using Entries = std::vector<ServiceEntry>;
  CHECK(services("tcp/443") == Entries{{6, 443, 443}});
  CHECK(services("TCP/443") == Entries{{6, 443, 443}});
  CHECK(services("udp/5000-5100") == Entries{{17, 5000, 5100}});
  CHECK(services("[tcp/80, 'udp/ 53 - 54 ']") == Entries{{6, 80, 80}, {17, 53, 54}});
  CHECK(services("'tcp/80, udp/53'") == Entries{{6, 80, 80}, {17, 53, 53}});
  CHECK(services("sctp/any") == Entries{{132, 0, 65535}});
  CHECK(services("tcp/any") == Entries{{6, 0, 65535}});
  CHECK(services("icmp/8") == Entries{{1, 8, 8}});
  CHECK(services("icmp/any") == Entries{{1, 0, 255}});
  CHECK(services("icmp/0") == Entries{{1, 0, 0}});
  CHECK(services("icmpv6/133-137") == Entries{{58, 133, 137}});
  CHECK(services("ip/47") == Entries{{47, 0, 65535}});
}

TEST_CASE("a rule whose services include any asks for no service at all") {
  CHECK(services("any").empty());
  CHECK(services("ip/any").empty());
  CHECK(services("[tcp/80, ip/any]").empty());
}

TEST_CASE("services that cannot be are refused") {
  for (const auto* text : {"tcp/0", "tcp/65536", "tcp/80-79", "tcp/", "tcp", "tcp/a", "tcp/-1",
                           "tcp/80-", "tcp/99999999999999999999", "icmp/256", "ip/0", "ip/256",
                           "smtp/25", "/80", "tcp/+80", "tcp/0x50"}) {
    CAPTURE(text);
    CHECK(entries_mistake(text).starts_with("2:44: '"));
  }
}

TEST_CASE("service objects keep what they say and rules take it over") {
  const auto policy = load_good(
                          "version: 1\n"
                          "objects:\n"
                          "  services:\n"
                          "    - {name: Web, entries: [tcp/80, tcp/443]}\n"
                          "    - {name: 全て, entries: any}\n"
                          "rules:\n"
                          "  - {name: a, action: block, services: [Web, udp/443]}\n"
                          "  - {name: b, action: block, services: 全て}\n")
                          .policy;
  CHECK(policy.service_objects[0].entries.size() == 2);
  CHECK(policy.rules[0].services ==
        std::vector<ServiceEntry>{{6, 80, 80}, {6, 443, 443}, {17, 443, 443}});
  CHECK(policy.service_objects[1].entries == std::vector<ServiceEntry>{ServiceEntry{}});
  CHECK(policy.rules[1].services.empty());
}

std::vector<FqdnPattern> fqdns(const std::string& text) {
  return load_good("version: 1\nrules: [{name: a, action: block, source: {fqdns: '" + text +
                   "'}}]\n")
      .policy.rules[0]
      .source.fqdns;
}

TEST_CASE("host names are kept in lower case without the final dot") {
  using Names = std::vector<FqdnPattern>;
  CHECK(fqdns("WWW.Example.COM.") == Names{"www.example.com"});
  CHECK(fqdns("*.example.com") == Names{"*.example.com"});
  CHECK(fqdns("*.local, _dmarc.example.com") == Names{"*.local", "_dmarc.example.com"});
  CHECK(fqdns("xn--wgv71a119e.jp") == Names{"xn--wgv71a119e.jp"});
}

TEST_CASE("names that no host can have are refused") {
  const std::string long_label(64, 'a');
  std::string long_name;
  for (int i = 0; i < 64; ++i) long_name += "abc.";
  for (const auto& text :
       {std::string("localhost"), std::string("*"), std::string("*."), std::string("a..b"),
        std::string(".example.com"), std::string("-a.example.com"), std::string("a-.example.com"),
        std::string("exa mple.com"), std::string("日本.jp"), std::string("192.0.2.1"),
        std::string("www.example.com/x"), std::string("*.*.example.com"), long_label + ".com",
        long_name + "com"}) {
    CAPTURE(text);
    const auto report = load_bad("version: 1\nrules: [{name: a, action: block, source: {fqdns: '" +
                                 text + "'}}]\n");
    CHECK(report.starts_with("2:50: '"));
  }
}

std::vector<ScheduleEntry> schedule(const std::string& entries) {
  return load_good("version: 1\nobjects: {schedules: [{name: a, entries: " + entries + "}]}\n")
      .policy.schedules[0]
      .entries;
}

TEST_CASE("schedules are weekly intervals; what is left out is the whole week or day") {
  using std::chrono::minutes;
  using Entries = std::vector<ScheduleEntry>;
  CHECK(schedule("[{}]") == Entries{{0x7f, minutes(0), minutes(1440)}});
  CHECK(schedule("[{days: weekdays, from: '09:00', to: '18:30'}]") ==
        Entries{{0x1f, minutes(540), minutes(1110)}});
  CHECK(schedule("[{days: [sat, sun, sat]}]") == Entries{{0x60, minutes(0), minutes(1440)}});
  CHECK(schedule("[{days: 'mon, wed', from: 22:00, to: 06:00}]") ==
        Entries{{0x05, minutes(1320), minutes(360)}});
  CHECK(schedule("[{days: weekend}, {days: everyday, to: '24:00'}]").size() == 2);
  CHECK(schedule("[]").empty());
}

std::string list_entry(const std::string& text) {
  return load_good("version: 1\nlists: {allow: ['" + text + "']}\n").policy.allow_list[0].value;
}

TEST_CASE("list entries are hosts, paths, addresses, with wildcards at either end") {
  for (const auto* text :
       {"www.example.com", "*.example.com", "www.example.com/", "www.example.com/Path/",
        "*.example.com/download/*", "www.example.*", "192.0.2.1", "192.0.2.1-192.0.2.9",
        "192.0.2.0/24", "10.0.0.8/24", "2001:db8::1", "2001:db8::/32", "2001:db8::1-2001:db8::9",
        "192.0.2.1/index.html", "www.example.com/a?b=c&d=e"}) {
    CAPTURE(text);
    CHECK(list_entry(text) == text);
  }
  CHECK(list_entry("WWW.Example.com/Path") == "www.example.com/Path");
}

TEST_CASE("list entries of other forms are refused with the forms that are accepted") {
  for (const auto* text :
       {"*", "*.*", "www.*.com", "a*b.example.com", "*example.com", "www.example.com/*/x",
        "http://www.example.com", "www.example.com:80", "user@www.example.com", "www example.com",
        "www.example.com/a b", "www.example.com/#top", "localhost", "/path", "日本.jp",
        "*.example.*.com"}) {
    CAPTURE(text);
    const auto report = load_bad("version: 1\nlists: {block: ['" + std::string(text) + "']}\n");
    CHECK(report.starts_with("2:17: '"));
    CHECK(report.find("; an entry is www.example.com, *.example.com") != report.npos);
  }
}

TEST_CASE("addresses that cannot be are refused in lists too") {
  for (const auto* text : {"192.0.2.256", "192.0.2.0/33", "192.0.2.9-192.0.2.1", "192.0.2"}) {
    CAPTURE(text);
    CHECK(load_bad("version: 1\nlists: {block: ['" + std::string(text) + "']}\n")
              .starts_with("2:17: '"));
  }
}

}  // namespace
}  // namespace sekisho::policy
