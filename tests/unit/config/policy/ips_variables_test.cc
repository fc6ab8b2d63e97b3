#include <catch2/catch.hpp>

#include "load_policy.h"

namespace sekisho::policy {
namespace {

std::vector<std::string> variables(const std::string& yaml) {
  std::vector<std::string> list;
  for (const auto& one : load_good("version: 1\n" + yaml).policy.ips_variables)
    list.push_back(one.name + "=" + one.value);
  return list;
}

using List = std::vector<std::string>;

TEST_CASE("a variable is a text as rules have it, or a list of them") {
  CHECK(variables("ips_variables:\n"
                  "  HOME_NET: [10.0.0.0/8, '!10.1.0.0/16', 2001:db8::/32]\n"
                  "  EXTERNAL_NET: '!$HOME_NET'\n"
                  "  HTTP_PORTS: '[80,8080:8090]'\n"
                  "  SSH_PORTS: 22\n") == List{"HOME_NET=[10.0.0.0/8,!10.1.0.0/16,2001:db8::/32]",
                                               "EXTERNAL_NET=!$HOME_NET",
                                               "HTTP_PORTS=[80,8080:8090]", "SSH_PORTS=22"});
  CHECK(variables("ips_variables:\n").empty());
}

TEST_CASE("names of address objects become their addresses") {
  CHECK(variables("objects: {addresses: [{name: 本社, values: [192.0.2.0/24, 198.51.100.7]}]}\n"
                  "ips_variables: {HOME_NET: [本社, 10.0.0.0/8], EXTERNAL_NET: '!本社'}\n") ==
        List{"HOME_NET=[[192.0.2.0/24,198.51.100.7],10.0.0.0/8]",
             "EXTERNAL_NET=![192.0.2.0/24,198.51.100.7]"});
}

TEST_CASE("a wrong variable is refused with its place") {
  struct Case {
    const char* yaml;
    const char* report;
  };
  const auto wrong =
      GENERATE(Case{"{$HOME_NET: 10.0.0.0/8}",
                    "2:17: '$HOME_NET' is not a variable like HOME_NET, without $\n"},
               Case{"{HOME_NET: []}", "2:27: HOME_NET is an empty list\n"},
               Case{"{A: 10.0.0.1, A: 10.0.0.2}", "2:30: 'A' is here twice\n"});
  CAPTURE(wrong.yaml);
  CHECK(load_bad("version: 1\nips_variables: " + std::string(wrong.yaml) + "\n") == wrong.report);
}

TEST_CASE("a policy's description and differences tell variables") {
  const auto before = load_good("version: 1\nips_variables: {HOME_NET: 10.0.0.0/8}\n").policy;
  const auto after = load_good("version: 1\nips_variables: {HOME_NET: 10.0.0.0/9}\n").policy;
  CHECK(describe(before).find("IPS variable: HOME_NET = 10.0.0.0/8\n") != std::string::npos);
  CHECK(diff(before, after) == List{"IPS variable 'HOME_NET': 10.0.0.0/8 -> 10.0.0.0/9"});
}

}  // namespace
}  // namespace sekisho::policy
