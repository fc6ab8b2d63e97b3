#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "session.h"
#include "tools/sekisho/text.h"

using namespace sekisho::tools;
using sekisho::tools::test::Session;

namespace {

const std::string kStatus = R"({"ok":true,"version":"0.1.0","pid":77,"uptime_seconds":90061,
  "policy":{"serial":4,"content_address":"c0ffee","rules":2,"loaded_at":1763686800,"source":"applied"},
  "workers":[{"worker":0,"core":1,"mode":"rss","packets":1234567,"bursts":30,"empty_polls":70,
    "flows":900,"flow_capacity":1000,"cycles_per_packet":143,"lost_events":3}],
  "ports":[{"port":0,"name":"lan0","device":"eth1","side":"lan","link":"up","speed_mbps":1000,
    "rx_bytes":2048,"tx_bytes":10,"rx_missed":1,"rx_errors":2,"tx_errors":4},
   {"port":1,"name":"wan0","device":"eth2","side":"wan","link":"down"}]})";
const std::string kControl = R"({"ok":true,"version":"0.1.0","uptime_seconds":5,
  "events":{"written":10,"lost":3,"file":"/var/log/sekisho/eve.json"}})";
const std::string kShow = R"({"ok":true,"serial":4,"yaml":"rules: []\n","meta":{
  "time_zone":"Asia/Tokyo","rules":[
  {"name":"来客","action":"allow","enabled":true,"log":true,"line":3},
  {"name":"printers","action":"block","enabled":true,"log":false,"line":9}]}})";

Session well() {
  Session session;
  session.replies["dataplane/status"] = {kStatus};
  session.replies["dataplane/counters"] = {
      R"({"ok":true,"counters":{"decoder.pkts":5,"drop.policy_block":40,"drop.no_policy":0,
          "drop.tcp_no_flow":70,"drop.a":1,"drop.b":2,"drop.c":3,"drop.d":4}})"};
  session.replies["control/status"] = {kControl};
  session.replies["control/policy.show"] = {kShow};
  return session;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("every command has a summary, help and at least one example of itself") {
  for (const auto& command : all_commands()) {
    CAPTURE(command.name);
    CHECK_FALSE(command.summary.empty());
    CHECK((command.hidden || !command.examples.empty()));
    for (const auto& example : command.examples)
      CHECK(has(std::string(example.line), "sekisho " + std::string(command.name)));
    std::vector<std::string> arguments;
    std::istringstream words{std::string(command.name)};
    for (std::string word; words >> word;) arguments.push_back(word);
    arguments.emplace_back("--help");
    Session session;
    CHECK(session.run(arguments) == ExitCode::done);
    CHECK(has(session.out, std::string(command.summary)));
    for (const auto& example : command.examples) CHECK(has(session.out, std::string(example.line)));
    CHECK(session.requests.empty());
  }
}

TEST_CASE("the help tells what the exit codes mean") {
  Session session;
  CHECK(session.run({"--help"}) == ExitCode::done);
  for (const auto* line :
       {"0  done", "1  the input is bad", "2  wrong usage", "3  the gateway does", "4  refused"})
    CHECK(has(session.out, line));
}

TEST_CASE("wrong usage is told to standard error with exit code 2") {
  const auto arguments = GENERATE(values<std::vector<std::string>>({
      {},
      {"nonsense"},
      {"status", "extra"},
      {"policy"},
      {"policy", "nonsense"},
      {"policy", "apply"},
      {"flows", "--limit", "0"},
      {"flows", "--limit", "10001"},
      {"flows", "--port", "65536"},
      {"flows", "--sort", "size"},
      {"flows", "--top", "both"},
      {"explain", "--source", "10.0.0.1"},
      {"policy", "rollback", "yesterday"},
      {"policy", "rollback", "4294967296"},
  }));
  Session session = well();
  CHECK(session.run(arguments) == ExitCode::usage);
  CHECK(session.out.empty());
  CHECK_FALSE(session.err.empty());
  CHECK(session.requests.empty());
}

TEST_CASE("with --json a failure is one object with code and message on standard output") {
  const std::string bad = R"({"ok":false,"error":{"code":"resource","message":"busy"}})";
  const auto [arguments, exit, code] =
      GENERATE(table<std::vector<std::string>, ExitCode, std::string>({
          {{"--json", "nonsense"}, ExitCode::usage, "usage"},
          {{"flows", "--json", "--sort", "size"}, ExitCode::usage, "usage"},
          {{"ports", "--json"}, ExitCode::unreachable, "unreachable"},
          {{"flows", "--json"}, ExitCode::refused, "resource"},
          {{"trace", "10.0.0.1", "--json"}, ExitCode::refused, "resource"},
          {{"policy", "rollback", "--json"}, ExitCode::refused, "resource"},
          {{"flows", "--address", "10.0.0", "--json"}, ExitCode::negative, "invalid_input"},
          {{"policy", "check", "/nonexistent", "--json"}, ExitCode::negative, "invalid_input"},
      }));
  CAPTURE(arguments);
  Session session;
  session.replies["dataplane/flows"] = {bad};
  session.replies["dataplane/trace"] = {bad};
  session.replies["control/policy.rollback"] = {bad};
  CHECK(session.run(arguments) == exit);
  CHECK(session.out_json().size() == 1);
  CHECK(session.out_json().at("error").at("code") == code);
  CHECK_FALSE(session.out_json().at("error").at("message").get<std::string>().empty());
  CHECK_FALSE(session.err.empty());
}

TEST_CASE("a capture on standard output is not mixed with a failure's object") {
  Session session;
  CHECK(session.run({"capture", "--write", "-", "--json"}) == ExitCode::unreachable);
  CHECK(session.out.empty());
}

TEST_CASE("global options may stand before or behind the command") {
  const auto arguments = GENERATE(values<std::vector<std::string>>(
      {{"--json", "policy", "show"}, {"policy", "--json", "show"}, {"policy", "show", "--json"}}));
  Session session = well();
  CHECK(session.run(arguments) == ExitCode::done);
  CHECK(session.out_json().at("serial") == 4);
  CHECK_FALSE(session.out_json().contains("ok"));
}

TEST_CASE("status fits one screen of 80 columns and says what matters") {
  Session session = well();
  REQUIRE(session.run({"status"}) == ExitCode::done);
  for (const auto* part : {"serial 4", "c0ffee", "900 of 1,000 (90.0 %)", "1d 01:01", "3 lost",
                           "30.0 %", "143", "lan0", "down", "policy_block", "tcp_no_flow"})
    CHECK(has(session.out, part));
  CHECK_FALSE(has(session.out, "no_policy"));  // never happened
  CHECK(has(session.out, "and 1 more"));       // top five of six
  CHECK(session.out.find("tcp_no_flow") < session.out.find("policy_block"));
  std::istringstream lines(session.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK(display_width(line) <= 80);
  CHECK(count <= 24);
}

TEST_CASE("status shows what still answers and exits with 3 when something does not") {
  Session session = well();
  session.replies.erase("dataplane/status");
  session.replies.erase("dataplane/counters");
  CHECK(session.run({"status"}) == ExitCode::unreachable);
  CHECK(has(session.out, "dataplane  DOWN"));
  CHECK(has(session.out, "control    up"));
  CHECK(session.run({"status", "--json"}) == ExitCode::unreachable);
  const nlohmann::json error{{"code", "unreachable"}, {"message", "connection refused"}};
  CHECK(session.out_json().at("dataplane").at("error") == error);
  CHECK(session.out_json().at("control").at("version") == "0.1.0");
}

TEST_CASE("flows asks for what the options say") {
  Session session = well();
  session.replies["dataplane/flows"] = {R"({"ok":true,"total":0,"flows":[],"groups":[]})"};
  REQUIRE(session.run({"flows", "--address", "10.0.0.1", "--port", "443", "--protocol", "tcp",
                       "--rule", "2", "-n", "5", "--sort", "recent"}) == ExitCode::done);
  CHECK(session.requests.front() ==
        nlohmann::json::parse(R"({"op":"flows","limit":5,"sort":"recent",
          "filter":{"address":"10.0.0.1","port":443,"protocol":"tcp","rule":2}})"));
  REQUIRE(session.run({"flows", "--top", "destination", "--protocol", "17"}) == ExitCode::done);
  CHECK(session.requests.back() ==
        nlohmann::json::parse(
            R"({"op":"flows","limit":100,"group":"destination","filter":{"protocol":17}})"));
  CHECK(session.run({"flows", "--address", "10.0.0"}) == ExitCode::negative);
}

TEST_CASE("flows names the deciding rule and marks tentative verdicts") {
  Session session = well();
  session.replies["dataplane/flows"] = {R"({"ok":true,"total":9,"flows":[
    {"source":"10.0.0.1","source_port":5000,"destination":"2001:db8::9","destination_port":443,
     "protocol":"tcp","tcp_state":"established","state":"established","rule":1,"verdict":"pass",
     "tentative":true,"bytes_to_server":1000,"bytes_to_client":24,"idle_seconds":2}]})"};
  session.width = 0;
  REQUIRE(session.run({"flows"}) == ExitCode::done);
  for (const auto* part :
       {"10.0.0.1:5000", "[2001:db8::9]:443", "pass?", "1.0 KiB", "2 s", "1 来客", "1 of 9 flows"})
    CHECK(has(session.out, part));
  for (const auto& [serial, label] :
       {std::pair{"4", "1 来客"}, std::pair{"3", "1@3"}, std::pair{"0", " -\n"}}) {
    session.replies["dataplane/flows"] = {
        std::string(R"({"ok":true,"total":1,"flows":[{"rule":1,"policy_serial":)") + serial +
        "}]}"};
    REQUIRE(session.run({"flows"}) == ExitCode::done);
    CAPTURE(session.out);
    CHECK(has(session.out, label));
  }
  session.replies.erase("control/policy.show");  // without names the numbers still serve
  REQUIRE(session.run({"flows"}) == ExitCode::done);
  CHECK_FALSE(has(session.out, "来客"));
}

TEST_CASE("policy apply reports every mistake with its place and exits with 1") {
  Session session = well();
  session.input = "rules: 7\n";
  session.replies["control/policy.apply"] = {
      R"({"ok":false,"error":{"code":"invalid_input","message":"2 mistakes"},"diagnostics":[
        {"line":1,"column":8,"message":"rules is not a list"},
        {"line":2,"column":1,"message":"unknown key 'x'"}]})"};
  CHECK(session.run({"policy", "apply", "-"}) == ExitCode::negative);
  CHECK(session.out.empty());
  CHECK(session.err ==
        "-:1:8: rules is not a list\n-:2:1: unknown key 'x'\n2 mistakes; nothing was changed\n");
  CHECK(session.requests.back().at("yaml") == "rules: 7\n");
}

TEST_CASE("policy apply prints the serial in force, warnings aside") {
  Session session = well();
  session.input = "rules: []\n";
  session.replies["control/policy.apply"] = {
      R"({"ok":true,"serial":5,"content_address":"abc","rules":0,"warnings":["no rules"],
          "timings":{"total_ms":136.00494500000002}})"};
  CHECK(session.run({"policy", "apply", "-", "--comment", "try"}) == ExitCode::done);
  CHECK(has(session.out, "serial 5 is in force: 0 rules, 136 ms"));
  CHECK(session.err == "warning: no rules\n");
  CHECK(session.requests.back().at("comment") == "try");
}

TEST_CASE("a policy file that is not there or too long is bad input") {
  Session session = well();
  CHECK(session.run({"policy", "apply", "/nonexistent.yaml"}) == ExitCode::negative);
  session.input = std::string((std::size_t{16} << 20) + 1, '#');
  CHECK(session.run({"policy", "apply", "-"}) == ExitCode::negative);
  CHECK(session.requests.empty());
}

TEST_CASE("policy rules joins names and hits, and refuses to join two policies") {
  Session session = well();
  const std::string hits = R"(,"rules":[{"rule":0,"packets":5,"bytes":50,"flows":1},
    {"rule":1,"packets":1000,"bytes":2048,"flows":20},{"rule":2,"packets":0,"bytes":0,"flows":0}]})";
  session.replies["dataplane/policy.hits"] = {R"({"ok":true,"serial":4)" + hits};
  REQUIRE(session.run({"policy", "rules"}) == ExitCode::done);
  CHECK(session.out ==
        "RULE  NAME             ACTION  LOG  FLOWS  PACKETS    BYTES  LINE\n"
        "   1  来客             allow   yes     20    1,000  2.0 KiB     3\n"
        "   2  printers         block   no       0        0      0 B     9\n"
        "   0  (end of policy)  allow   no       1        5     50 B\n");
  REQUIRE(session.run({"policy", "rules", "--unused", "--json"}) == ExitCode::done);
  REQUIRE(session.out_json().at("rules").size() == 1);
  CHECK(session.out_json().at("rules").at(0).at("name") == "printers");
  session.replies["dataplane/policy.hits"] = {R"({"ok":true,"serial":3)" + hits};
  CHECK(session.run({"policy", "rules"}) == ExitCode::refused);
}

TEST_CASE("explain asks about the packet and shows every rule's reason") {
  Session session = well();
  session.replies["dataplane/explain"] = {R"({"ok":true,"serial":4,"verdict":"reset","rule":2,
    "tentative":false,"reasons":[
      {"rule":1,"outcome":"does_not_match","why":"source 10.0.0.5 is not in 192.0.2.0/24"},
      {"rule":2,"outcome":"matches","why":"matches"}],
    "flow":{"flow_id":12,"verdict":"pass","state":"established","rule":1}})"};
  REQUIRE(session.run({"explain", "-s", "10.0.0.5:5000", "-d", "[2001:db8::1]:443", "--mac",
                       "12:34:56:78:90:ab", "--from", "lan", "--time", "2026-11-21 09:00"}) ==
          ExitCode::done);
  nlohmann::json request;
  for (const auto& sent : session.requests)
    if (sent.at("op") == "explain") request = sent;
  CHECK(request.at("source") == "10.0.0.5");
  CHECK(request.at("source_port") == 5000);
  CHECK(request.at("destination") == "2001:db8::1");
  CHECK(request.at("destination_port") == 443);
  CHECK(request.at("protocol") == "tcp");
  CHECK(request.at("time") == 1795219200);  // 09:00 in Tokyo, the policy's zone, is 00:00 UTC
  CHECK(has(session.out, "reset by rule 2 printers of policy 4"));
  CHECK(has(session.out, "source 10.0.0.5 is not in 192.0.2.0/24"));
  CHECK(has(session.out, "open flow 12"));
}

TEST_CASE("explain says what a tentative verdict waits for and what decides otherwise") {
  Session session = well();
  session.replies["dataplane/explain"] = {R"({"ok":true,"serial":4,"verdict":"pass","rule":3,
    "tentative":true,"pending":[2],"otherwise":{"rule":3,"verdict":"drop"},
    "source_mac":"02:00:00:00:00:01","source_mac_from":"flow","application":null,
    "application_from":"none","reasons":[],"flow":null})"};
  REQUIRE(session.run({"explain", "-s", "10.0.0.5", "-d", "10.0.0.6:443"}) == ExitCode::done);
  CHECK(has(session.out,
            "pass until more is known of the flow (policy 4)\n"
            "rule 2 printers may match yet; if not: drop by rule 3"));
  CHECK(has(session.out, "MAC address 02:00:00:00:00:01: that of an open flow of the source"));
  CHECK_FALSE(has(session.out, "application"));
  REQUIRE(session.run({"explain", "-s", "10.0.0.5", "-d", "10.0.0.6", "--json"}) == ExitCode::done);
  CHECK(session.out_json().at("otherwise").at("verdict") == "drop");
  CHECK(session.out_json().at("pending").at(0) == 2);
}

TEST_CASE("explain refuses what is no address, port, MAC or time") {
  const auto arguments = GENERATE(values<std::vector<std::string>>({
      {"-s", "10.0.0", "-d", "10.0.0.1"},
      {"-s", "10.0.0.1:99999", "-d", "10.0.0.1"},
      {"-s", "10.0.0.1:", "-d", "10.0.0.1"},
      {"-s", "10.0.0.1", "-d", "[2001:db8::1"},
      {"-s", "10.0.0.1", "-d", "10.0.0.2", "--mac", "12:34"},
      {"-s", "10.0.0.1", "-d", "10.0.0.2", "--time", "2026-02-31 09:00"},
      {"-s", "10.0.0.1", "-d", "10.0.0.2", "--time", "soon"},
  }));
  auto all = arguments;
  all.insert(all.begin(), "explain");
  Session session = well();
  CHECK(session.run(all) == ExitCode::negative);
  CHECK_FALSE(session.err.empty());
}

TEST_CASE("the help says of each group of commands what it is about") {
  Session session;
  REQUIRE(session.run({"--help"}) == ExitCode::done);
  std::set<std::string> summaries;
  for (const auto& command : all_commands()) {
    const auto space = command.name.find(' ');
    if (space == command.name.npos) continue;
    const auto group = "  " + std::string(command.name.substr(0, space)) + "  ";
    const auto at = session.out.find("\n" + group);
    CAPTURE(group);
    REQUIRE(at != std::string::npos);
    const auto line = session.out.substr(at + 1, session.out.find('\n', at + 1) - at - 1);
    const auto text = line.find_first_not_of(' ', group.size());
    CHECK(text != std::string::npos);
    summaries.insert(line.substr(std::min(text, line.size())));
  }
  CHECK(summaries.size() == 12);
}
