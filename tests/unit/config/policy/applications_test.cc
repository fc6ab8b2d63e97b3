#include <catch2/catch.hpp>

#include "load_policy.h"

namespace sekisho::policy {
namespace {

std::string with_applications(const std::string& applications) {
  return "version: 1\nobjects: {applications: [" + applications + "]}\n";
}

std::string refused_applications(const std::string& applications) {
  return load_bad(with_applications(applications));
}

TEST_CASE("an own application has a name, hosts and servers, and may say more") {
  const auto loaded = load_good(
      "version: 1\n"
      "objects:\n"
      "  addresses: [{name: rack, values: [10.1.2.3, 2001:db8::1]}]\n"
      "  services: [{name: sap, entries: [tcp/3200-3299]}]\n"
      "  applications:\n"
      "    - name: erp\n"
      "      title: 基幹システム ERP\n"
      "      category: business_software\n"
      "      risk: 2\n"
      "      hosts: [ERP.example.com, '*.erp.example.com']\n"
      "      servers:\n"
      "        - {addresses: [rack, 10.2.0.0/16], services: [sap, udp/5000]}\n"
      "        - services: tcp/9100\n"
      "        - {addresses: 192.0.2.7, services: any}\n"
      "    - {name: 2024, hosts: a.test}\n"
      "rules: [{name: r, action: block, content: {applications: [erp]}}]\n");
  CHECK(loaded.warnings.empty());
  const auto& all = loaded.policy.applications;
  REQUIRE(all.size() == 2);
  CHECK(all[0].title == "基幹システム ERP");
  CHECK(all[0].category == "business_software");
  CHECK(all[0].category_position.line == 8);
  CHECK(all[0].risk == 2);
  CHECK(all[0].position.line == 6);
  REQUIRE(all[0].hosts.size() == 2);
  CHECK(all[0].hosts[0].value == "erp.example.com");
  CHECK(all[0].hosts[1].position.line == 10);
  REQUIRE(all[0].servers.size() == 3);
  CHECK(all[0].servers[0].addresses.size() == 3);
  CHECK(all[0].servers[0].services == std::vector<ServiceEntry>{{6, 3200, 3299}, {17, 5000, 5000}});
  CHECK(all[0].servers[1].addresses.empty());
  CHECK(all[0].servers[2].services.empty());
  CHECK(all[1].category == "custom");
  CHECK(all[1].risk == 1);
  CHECK(describe(loaded.policy)
            .find("application 'erp': '基幹システム ERP' category business_software risk 2; "
                  "erp.example.com; *.erp.example.com; 10.1.2.3, 2001:db8::1, 10.2.0.0/16 with "
                  "tcp/3200-3299, udp/5000; any address with tcp/9100; 192.0.2.7\n") !=
        std::string::npos);
}

TEST_CASE("mistakes in own applications are told with their place") {
  CHECK(refused_applications("{name: a}") ==
        "2:26: an application needs hosts or servers that tell it\n");
  CHECK(refused_applications("{name: a, servers: []}") ==
        "2:26: an application needs hosts or servers that tell it\n");
  CHECK(refused_applications("{name: a, hosts: [x.test, 'http://y.test']}")
            .starts_with("2:52: 'http://y.test' has"));
  CHECK(refused_applications("{name: a, hosts: a.test}, {name: a, hosts: b.test}") ==
        "2:59: 'a' is the name of an earlier application\n");
  CHECK(refused_applications("{name: a, risk: 6, hosts: a.test}") ==
        "2:42: risk must be a number from 1 to 5\n");
  CHECK(refused_applications("{name: a, servers: [{}]}") ==
        "2:46: a server needs addresses or services, not any of both\n");
  CHECK(refused_applications("{name: a, servers: [{addresses: any, services: any}]}") ==
        "2:46: a server needs addresses or services, not any of both\n");
  CHECK(refused_applications("{name: a, servers: [{services: icmp/8}]}") ==
        "2:57: services of an application are of TCP or UDP, not icmp/8\n");
  CHECK(refused_applications("{name: a, servers: [{addresses: 10.0.0.0/33}]}")
            .starts_with("2:58: '10.0.0.0/33'"));
  CHECK(refused_applications("{name: a, hosts: a.test, title: '" + std::string(81, 'x') + "'}") ==
        "2:58: title has 81 characters, the limit is 80\n");
  CHECK(refused_applications("{name: a, host: a.test}").find("did you mean 'hosts'?") !=
        std::string::npos);
}

TEST_CASE("there are as many own applications, and as much that tells them, as is said") {
  const auto many = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
      text += (i == 0 ? "{name: a" : ", {name: a") + std::to_string(i) + ", hosts: h.test}";
    return with_applications(text);
  };
  CHECK(load_good(many(128)).policy.applications.size() == 128);
  CHECK(load_bad(many(129)).find("applications has 129 entries, the limit is 128") !=
        std::string::npos);
  const auto ports = [](int count) {
    std::string text;
    for (int i = 1; i <= count; ++i) text += (i == 1 ? "tcp/" : ", tcp/") + std::to_string(i);
    return text;
  };
  const auto servers = [&](const std::string& hosts) {
    return with_applications("{name: a, servers: [{addresses: [10.0.0.1, 10.0.0.2], services: [" +
                             ports(511) + "]}]}, {name: b, hosts: [" + hosts + "]}");
  };
  CHECK(load_good(servers("a.test, b.test")).policy.applications.size() == 2);
  CHECK(load_bad(servers("a.test, b.test, c.test"))
            .find("the applications have more than 1024 entries together") != std::string::npos);
}

TEST_CASE("a difference names what changed of an own application") {
  const auto load = [](const std::string& one) { return load_good(with_applications(one)).policy; };
  const auto lines =
      diff(load("{name: a, hosts: [x.test, y.test], servers: [{services: tcp/1}]}"),
           load("{name: a, title: Ours, risk: 3, category: mail, hosts: [x.test, z.test], "
                "servers: [{addresses: 10.0.0.1, services: tcp/1}]}"));
  CHECK(lines == std::vector<std::string>{
                     "application 'a' title: none -> 'Ours'",
                     "application 'a' category: custom -> mail", "application 'a' risk: 1 -> 3",
                     "application 'a' hosts changed: +z.test -y.test",
                     "application 'a' servers changed: +10.0.0.1 with tcp/1 -any address with "
                     "tcp/1"});
}

}  // namespace
}  // namespace sekisho::policy
