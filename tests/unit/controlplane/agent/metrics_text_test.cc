#include "controlplane/agent/metrics_text.h"

#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace sekisho::controlplane {
namespace {

Metrics example() {
  Metrics m;
  m.version = "1\"\\\n";
  m.dataplane_up = true;
  m.policy_serial = 4;
  m.counters = {{"decoder.pkts", 10},
                {"drop.policy_block", 3},
                {"drop.tcp_bad_flags", 1},
                {"flow.active", 2},
                {"flow.odd-name", 5}};
  m.ports = {{"lan0", true, {{"rx_packets", 7}, {"mtu", 1500}}},
             {"wan0", false, {{"rx_packets", 8}}}};
  return m;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("counters become metrics, drop reasons labels") {
  const std::string text = metrics_text(example());
  CHECK(has_line(text, "sekisho_decoder_pkts_total 10"));
  CHECK(has_line(text, "sekisho_drop_total{reason=\"policy_block\"} 3"));
  CHECK(has_line(text, "sekisho_drop_total{reason=\"tcp_bad_flags\"} 1"));
  CHECK(has_line(text, "sekisho_flow_active 2"));
  CHECK(has_line(text, "# TYPE sekisho_flow_active gauge"));
  CHECK(has_line(text, "sekisho_flow_odd_name_total 5"));
  CHECK(has_line(text, "sekisho_port_rx_packets_total{port=\"wan0\"} 8"));
  CHECK(has_line(text, "sekisho_port_up{port=\"wan0\"} 0"));
  CHECK(has_line(text, "sekisho_policy_serial 4"));
  CHECK(has_line(text, "sekisho_info{version=\"1\\\"\\\\\\n\"} 1"));
  CHECK(text.find("mtu") == std::string::npos);
}

TEST_CASE("every line is of the text format and each family stands together, typed once") {
  const std::regex sample(R"re([a-z_][a-z0-9_]*(\{[a-z]+="([^"\\]|\\.)*"\})? [0-9]+)re");
  const std::regex comment(R"(# (HELP|TYPE) ([a-z0-9_]+) .+)");
  std::set<std::string> typed;
  std::string family;
  std::istringstream lines(metrics_text(example()));
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    std::smatch match;
    if (std::regex_match(line, match, comment)) {
      if (match[1] == "TYPE") CHECK(typed.insert(match[2]).second);
      family = match[2];
      continue;
    }
    REQUIRE(std::regex_match(line, sample));
    CHECK(line.substr(0, line.find_first_of("{ ")) == family);
  }
  CHECK(typed.size() > 15);
}

}  // namespace
}  // namespace sekisho::controlplane
