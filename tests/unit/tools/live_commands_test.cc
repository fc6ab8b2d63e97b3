#include <catch2/catch.hpp>

#include "scratch_dir.h"
#include "session.h"

using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::contents;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;

namespace {

const std::string kPacket = R"({"ok":true,"packet":{"time":1763686801.5,"source":"10.0.0.1",
  "source_port":5000,"destination":"10.0.0.2","destination_port":80,"protocol":"tcp","bytes":60,
  "tcp_flags":"S","verdict":"drop","reason":"policy_block","rule":1,"tentative":false}})";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("trace prints each packet with its verdict until the gateway is done") {
  Session session;
  session.replies["control/policy.show"] = {R"({"ok":true,"meta":{"rules":[{"name":"web"}]}})"};
  session.replies["dataplane/trace"] = {kPacket, kPacket,
                                        R"({"ok":true,"done":true,"packets":2,"dropped":7})"};
  REQUIRE(session.run({"trace", "10.0.0.1", "--packets", "2"}) == ExitCode::done);
  CHECK(std::count(session.out.begin(), session.out.end(), '\n') == 2);
  for (const auto* part : {"drop", "tcp 10.0.0.1:5000 > 10.0.0.2:80", "[S]", "60 B", "rule 1 web",
                           "policy_block", ".500000"})
    CHECK(has(session.out, part));
  CHECK(has(session.err, "7 packets were too many"));
  CHECK(session.requests.back() ==
        nlohmann::json::parse(R"({"op":"trace","address":"10.0.0.1","packets":2})"));
  REQUIRE(session.run({"trace", "--mac", "12:34:56:78:90:AB", "--json"}) == ExitCode::done);
  CHECK(nlohmann::json::parse(session.out.substr(0, session.out.find('\n'))).at("rule") == 1);
}

TEST_CASE("quarantine lists who is cut off and releases one or all") {
  Session session;
  session.replies["dataplane/quarantine.list"] = {
      R"({"ok":true,"capacity":8192,"sources":[{"address":"192.0.2.7","seconds":600,
          "seconds_left":59,"packets":1234,"generator":1,"signature":2019401,"revision":3}]})"};
  session.replies["dataplane/quarantine.release"] = {R"({"ok":true,"released":1})"};
  REQUIRE(session.run({"quarantine", "list"}) == ExitCode::done);
  for (const auto* part : {"192.0.2.7", "2019401", "600 s", "59 s", "1,234", "1 of at most 8,192"})
    CHECK(has(session.out, part));
  REQUIRE(session.run({"quarantine", "release", "192.0.2.7"}) == ExitCode::done);
  CHECK(has(session.out, "1 released"));
  CHECK(session.requests.back() ==
        nlohmann::json::parse(R"({"op":"quarantine.release","address":"192.0.2.7"})"));
  REQUIRE(session.run({"quarantine", "release", "--all"}) == ExitCode::done);
  CHECK(session.requests.back() ==
        nlohmann::json::parse(R"({"op":"quarantine.release","all":true})"));
  CHECK(session.run({"quarantine", "release"}) == ExitCode::usage);
  CHECK(session.run({"quarantine", "release", "192.0.2.7", "--all"}) == ExitCode::usage);
  CHECK(session.run({"quarantine", "release", "somebody"}) == ExitCode::negative);
}

TEST_CASE("tls bypasses lists pairs and removes one or all") {
  Session session;
  session.replies["dataplane/tls.bypasses.list"] = {
      R"({"ok":true,"capacity":4096,"bypasses":[{"client":"192.0.2.7","host":"pinned.example",
          "failure":"client_refused","seconds_left":600}]})"};
  session.replies["dataplane/tls.bypasses.remove"] = {R"({"ok":true,"removed":1})"};
  session.replies["dataplane/tls.bypasses.clear"] = {R"({"ok":true,"removed":3})"};
  REQUIRE(session.run({"tls", "bypasses", "list"}) == ExitCode::done);
  for (const auto* part : {"192.0.2.7", "pinned.example", "client_refused", "1 of at most 4,096"})
    CHECK(has(session.out, part));
  REQUIRE(session.run({"tls", "bypasses", "remove", "192.0.2.7", "pinned.example"}) ==
          ExitCode::done);
  CHECK(has(session.out, "1 removed"));
  CHECK(session.requests.back() ==
        nlohmann::json::parse(
            R"({"op":"tls.bypasses.remove","client":"192.0.2.7","host":"pinned.example"})"));
  REQUIRE(session.run({"tls", "bypasses", "clear"}) == ExitCode::done);
  CHECK(has(session.out, "3 removed"));
  CHECK(session.run({"tls", "bypasses", "remove", "192.0.2.7"}) == ExitCode::usage);
  CHECK(session.run({"tls", "bypasses", "remove", "somebody", "x"}) == ExitCode::negative);
  CHECK(session.run({"tls", "bypasses"}) == ExitCode::usage);
  CHECK(session.run({"tls"}) == ExitCode::usage);
}

TEST_CASE("reputation lookup says score, expression and source") {
  Session session;
  session.replies["control/reputation.lookup"] = {
      R"({"ok":true,"url":"http://www.bad.example/x","expression":"bad.example/","score":7,
          "category":"phishing","source":"service"})"};
  REQUIRE(session.run({"reputation", "lookup", "www.bad.example/x"}) == ExitCode::done);
  for (const auto* part : {"http://www.bad.example/x", "7 of 100", "bad.example/", "phishing"})
    CHECK(has(session.out, part));
  CHECK(session.requests.back() ==
        nlohmann::json::parse(R"({"op":"reputation.lookup","url":"www.bad.example/x"})"));
  session.replies["control/reputation.lookup"] = {
      R"({"ok":true,"url":"http://a.example/","source":"service"})"};
  REQUIRE(session.run({"reputation", "lookup", "a.example"}) == ExitCode::done);
  CHECK(has(session.out, "nobody rated it"));
  CHECK(session.run({"reputation", "lookup"}) == ExitCode::usage);
}

TEST_CASE("users are told where they are, listed and released") {
  Session session;
  session.replies["dataplane/users.bind"] = {
      R"({"ok":true,"address":"192.0.2.7","seconds":28800})"};
  session.replies["dataplane/users.list"] = {
      R"({"ok":true,"capacity":16384,"users":[
          {"address":"192.0.2.7","user":"taro","groups":["sales","board"],"seconds_left":600}]})"};
  session.replies["dataplane/users.release"] = {R"({"ok":true,"released":1})"};
  REQUIRE(session.run({"users", "bind", "192.0.2.7", "taro", "--group", "sales"}) ==
          ExitCode::done);
  CHECK(has(session.out, "192.0.2.7 is taro for 28,800 s"));
  CHECK(session.requests.back() ==
        nlohmann::json::parse(
            R"({"op":"users.bind","address":"192.0.2.7","user":"taro","groups":["sales"]})"));
  REQUIRE(session.run({"users", "bind", "192.0.2.7", "taro", "--seconds", "60"}) == ExitCode::done);
  CHECK(session.requests.back().at("seconds") == 60);
  REQUIRE(session.run({"users", "list"}) == ExitCode::done);
  for (const auto* part : {"192.0.2.7", "taro", "sales, board", "600 s", "16,384"})
    CHECK(has(session.out, part));
  REQUIRE(session.run({"users", "release", "192.0.2.7"}) == ExitCode::done);
  CHECK(session.run({"users", "bind", "here", "taro"}) == ExitCode::negative);
  CHECK(session.run({"users", "bind", "192.0.2.7"}) == ExitCode::usage);
  CHECK(session.run({"users", "bind", "192.0.2.7", "taro", "--seconds", "0"}) == ExitCode::usage);
}

TEST_CASE("callbacks top shows the hosts that called most") {
  Session session;
  session.replies["dataplane/callbacks.top"] = {
      R"({"ok":true,"total":1240,"hosts":[{"address":"192.0.2.7","callbacks":1234,"seconds_ago":61},
          {"address":"2001:db8::7","callbacks":6,"seconds_ago":0}]})"};
  REQUIRE(session.run({"callbacks", "top", "-n", "2"}) == ExitCode::done);
  for (const auto* part : {"192.0.2.7", "1,234", "00:01:01 ago", "2001:db8::7", "1,240 callbacks"})
    CHECK(has(session.out, part));
  CHECK(session.requests.back() == nlohmann::json::parse(R"({"op":"callbacks.top","limit":2})"));
  REQUIRE(session.run({"callbacks", "top", "--json"}) == ExitCode::done);
  CHECK(nlohmann::json::parse(session.out).at("total") == 1240);
  CHECK(session.run({"callbacks", "top", "-n", "0"}) == ExitCode::usage);
}

TEST_CASE("bandwidth top shows who used most, and of what time") {
  Session session;
  session.replies["control/bandwidth.top"] = {
      R"({"ok":true,"begin":1795412345,"end":1795415945,"of":2,"rows":[
          {"who":"taro","bytes_in":2048,"bytes_out":1024,"packets_in":2,"packets_out":1,"share":0.75},
          {"who":"","bytes_in":0,"bytes_out":1024,"packets_in":0,"packets_out":1,"share":0.25}],
          "total":{"bytes_in":2048,"bytes_out":2048,"packets_in":2,"packets_out":2}})"};
  REQUIRE(session.run({"bandwidth", "top", "--by", "user", "--last", "90m", "--application",
                       "Zoom"}) == ExitCode::done);
  for (const auto* part : {"USER", "taro", "75.0 %", "(others)", "25.0 %"})
    CHECK(has(session.out, part));
  CHECK(
      session.requests.back() ==
      nlohmann::json::parse(
          R"({"op":"bandwidth.top","by":"user","seconds":5400,"limit":20,"application":"Zoom"})"));
  REQUIRE(session.run({"bandwidth", "top", "--json"}) == ExitCode::done);
  CHECK(nlohmann::json::parse(session.out).at("of") == 2);
  for (const auto* wrong :
       {"soon", "h", "0h", "-1h", "1.5h", "367d", "99999999999999999999s", "10"})
    CHECK(session.run({"bandwidth", "top", "--last", wrong}) == ExitCode::negative);
  CHECK(session.run({"bandwidth", "top", "--by", "shoe"}) == ExitCode::usage);
}

TEST_CASE("captures around alerts are listed, exported and removed") {
  ScratchDir dir;
  Session session;
  session.replies["dataplane/alert_captures.list"] = {
      R"({"ok":true,"bytes":3072,"capacity_bytes":268435456,"captures":[
          {"name":"1795412345.5-7-1-2019401.pcap","time":1795412345.5,"client":"2001:db8::7",
           "client_port":40000,"server":"192.0.2.80","server_port":80,"packets":12,"lost":3,
           "bytes":1024,"message":"a \u001b[31mscan","ended":"flow"},
          {"name":"1795412346.5-8-1-7.pcap","time":1795412346.5,"client":"192.0.2.7",
           "client_port":0,"server":"192.0.2.80","server_port":0,"packets":1,"lost":0,
           "bytes":100,"message":"ping","ended":null}]})"};
  session.replies["dataplane/alert_captures.export"] = {R"({"ok":true,"bytes":1024})"};
  session.replies["dataplane/alert_captures.remove"] = {R"({"ok":true,"removed":1})"};
  REQUIRE(session.run({"alert-captures", "list"}) == ExitCode::done);
  for (const auto* part :
       {"1795412345.5-7-1-2019401.pcap", "[2001:db8::7]:40000", "192.0.2.80:80", "flow", "runs",
        "192.0.2.7 ", "2 captures, 3.0 KiB of at most 256.0 MiB"})
    CHECK(has(session.out, part));
  CHECK_FALSE(has(session.out, "\x1b[31m"));
  const std::string path = dir / "out.pcap";
  REQUIRE(session.run({"alert-captures", "export", "x.pcap", "--write", path}) == ExitCode::done);
  CHECK(session.requests.back() ==
        nlohmann::json::parse(R"({"op":"alert_captures.export","name":"x.pcap"})"));
  CHECK(has(session.out, "1.0 KiB in " + path));
  CHECK(session.run({"alert-captures", "export", "x.pcap"}) == ExitCode::usage);
  REQUIRE(session.run({"alert-captures", "remove", "x.pcap"}) == ExitCode::done);
  CHECK(has(session.out, "1 removed"));
  REQUIRE(session.run({"alert-captures", "remove", "--all"}) == ExitCode::done);
  CHECK(session.requests.back() ==
        nlohmann::json::parse(R"({"op":"alert_captures.remove","all":true})"));
  CHECK(session.run({"alert-captures", "remove"}) == ExitCode::usage);
  CHECK(session.run({"alert-captures", "remove", "x.pcap", "--all"}) == ExitCode::usage);
}

TEST_CASE("a capture that is not there leaves no empty file") {
  ScratchDir dir;
  Session session;
  session.replies["dataplane/alert_captures.export"] = {
      R"({"ok":false,"error":{"code":"not_found","message":"there is no capture x.pcap"}})"};
  const std::string path = dir / "out.pcap";
  CHECK(session.run({"alert-captures", "export", "x.pcap", "--write", path}) != ExitCode::done);
  CHECK(has(session.err, "there is no capture x.pcap"));
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("trace ends well on Ctrl-C and badly when the gateway goes away") {
  Session session;
  session.replies["dataplane/trace"] = {kPacket, kPacket, kPacket};
  CHECK(session.run({"trace", "10.0.0.1"}) == ExitCode::unreachable);
  int looks = 0;
  session.host.stopped = [&] { return ++looks > 2; };
  CHECK(session.run({"trace", "10.0.0.1"}) == ExitCode::done);
  CHECK(has(session.err, "2 packets"));
  CHECK(session.run({"trace"}) == ExitCode::usage);
  CHECK(session.run({"trace", "not an address"}) == ExitCode::negative);
}

TEST_CASE("capture hands over the file and says what is in it") {
  ScratchDir dir;
  const auto file = (dir / "a.pcap").string();
  Session session;
  session.replies["dataplane/capture"] = {
      R"({"ok":true,"packets":12,"bytes":1000,"dropped":0,"file_bytes":2048})"};
  REQUIRE(session.run({"capture", "host", "10.0.0.1", "--write", file, "--packets", "12",
                       "--snaplen", "96"}) == ExitCode::done);
  CHECK(has(session.out, "12 packets, 2.0 KiB in " + file));
  CHECK(session.requests.back() ==
        nlohmann::json::parse(R"({"op":"capture","filter":"host 10.0.0.1","seconds":60,
                                  "packets":12,"snaplen":96})"));
  CHECK(std::filesystem::status(file).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a refused capture leaves no file behind") {
  ScratchDir dir;
  const auto file = (dir / "a.pcap").string();
  Session session;
  session.replies["dataplane/capture"] = {
      R"({"ok":false,"error":{"code":"invalid_input","message":"syntax error in filter"}})"};
  CHECK(session.run({"capture", "hst", "-w", file}) == ExitCode::negative);
  CHECK(has(session.err, "syntax error in filter"));
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(session.run({"capture", "-w", (dir / "no/such/folder").string()}) == ExitCode::refused);
  CHECK(session.run({"capture"}) == ExitCode::usage);
}

TEST_CASE("enrol sends the code as it was typed and says where the box belongs now") {
  Session session;
  session.replies["control/enrol"] = {
      R"({"ok":true,"console":"c.example:8443","gateway":"g-1","tenant":"t"})"};
  REQUIRE(session.run({"enrol", "--console", "c.example:8443", "7k2m", "qrst"}) == ExitCode::done);
  CHECK(session.out == "enrolled at c.example:8443 as gateway g-1\n");
  CHECK(session.requests.back() ==
        nlohmann::json::parse(
            R"({"op":"enrol","code":"7k2m qrst","again":false,"console":"c.example:8443"})"));
  session.replies["control/enrol"] = {
      R"({"ok":false,"error":{"code":"invalid_input","message":"this box is enrolled"}})"};
  CHECK(session.run({"enrol", "--again", "x"}) == ExitCode::negative);
  CHECK(has(session.err, "this box is enrolled"));
  CHECK(session.requests.back().at("again") == true);
  CHECK(session.run({"enrol"}) == ExitCode::usage);
  session.replies["control/unenrol"] = {R"({"ok":true})"};
  CHECK(session.run({"unenrol"}) == ExitCode::done);
}

TEST_CASE("status tells how it stands with the console") {
  struct Row {
    std::string console, text;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"state":"not_enrolled","version":0})", "not enrolled"},
      {R"({"state":"connected","address":"c:1","connected_since":1700000000,"version":7})",
       "connected to c:1 since"},
      {R"({"state":"connected","address":"c:1","version":7,
           "waiting_for_confirmation":{"version":7,"seconds_left":12}})",
       "version 7 waits for its confirmation, 12 s left"},
      {R"({"state":"revoked","address":"c:1","last_error":"enrol it anew"})", "enrol it anew"},
  }));
  CAPTURE(row.console);
  Session session;
  session.replies["control/status"] = {R"({"ok":true,"console":)" + row.console + "}"};
  (void)session.run({"status"});
  CHECK(has(session.out, row.text));
}

TEST_CASE("inspect becomes the program beside us with the arguments as they were typed") {
  const ScratchDir dir;
  std::filesystem::create_directory(dir / "bin");
  append(dir / "bin/sekisho-inspect", "");
  Session session;
  std::vector<std::string> executed;
  session.host.program_dir = dir / "bin";
  session.host.execute = [&](const std::vector<std::string>& arguments) {
    executed = arguments;
    return std::string("Permission denied");
  };
  CHECK(session.run({"--run-dir", "/x", "inspect", "--pcap", "a.pcap", "--rules", "1", "--rules",
                     "2", "--midstream", "off", "--json"}) == ExitCode::refused);
  const auto program = (dir / "bin/sekisho-inspect").string();
  CHECK(executed == std::vector<std::string>{program, "--pcap", "a.pcap", "--rules", "1", "--rules",
                                             "2", "--midstream", "off", "--json"});
  CHECK(has(session.err, program + ": Permission denied"));
  CHECK(session.out_json().at("error").at("code") == "refused");
  CHECK(session.run({"--json", "inspect", "--pcap", "a.pcap"}) == ExitCode::refused);
  CHECK(executed == std::vector<std::string>{program, "--pcap", "a.pcap", "--json"});
}

TEST_CASE("inspect becomes the installed program when none is beside us") {
  const ScratchDir dir;
  Session session;
  std::vector<std::string> executed;
  session.host.program_dir = dir / "root/usr/bin";
  session.host.root = dir / "root";
  session.host.execute = [&](const std::vector<std::string>& arguments) {
    executed = arguments;
    return std::string("No such file or directory");
  };
  const auto installed = (dir / "root/usr/lib/sekisho/sekisho-inspect").string();
  CHECK(session.run({"inspect", "--pcap", "a.pcap"}) == ExitCode::refused);
  CHECK(executed == std::vector<std::string>{installed, "--pcap", "a.pcap"});
  CHECK(has(session.err, installed + ": No such file or directory"));
}

TEST_CASE("diag puts a verdict and a number on the box") {
  ScratchDir dir;
  std::filesystem::create_directories(dir / "root/proc");
  std::filesystem::create_directories(dir / "root/etc");
  append(dir / "root/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 50 kB\nHugePages_Total: 4\n");
  append(dir / "root/proc/loadavg", "9.50 1 1 1/1 1\n");
  append(dir / "root/proc/stat", "cpu 1 1\ncpu0 10 0 10 80 0 0 0 0 0 0\ncpu1 1 1 1 1 1 1 1 1\n");
  append(dir / "root/etc/resolv.conf", "# none\nnameserver 192.0.2.53\n");
  Session session;
  session.host.root = dir / "root";
  session.replies["dataplane/status"] = {R"({"ok":true,"workers":[{"core":1}]})"};
  session.replies["dataplane/ports"] = {
      R"({"ok":true,"ports":[{"name":"lan0","link":"up","rx_packets":100,"rx_missed":1},
                             {"name":"wan0","link":"down"}]})"};
  CHECK(session.run({"diag", "memory"}) == ExitCode::negative);
  CHECK(has(session.out, "warn     memory"));
  CHECK(has(session.out, "50.0 KiB of 1000.0 KiB available (5 %)"));
  CHECK(session.run({"diag", "cores", "--json"}) == ExitCode::negative);  // load 9.5 on two cores
  const auto findings = session.out_json().at("findings");
  CHECK(findings.at(0).at("verdict") == "warn");
  CHECK(findings.at(2).at("numbers").at("worker") == true);
  CHECK(session.run({"diag", "dns"}) == ExitCode::done);
  CHECK(has(session.out, "192.0.2.53"));
  CHECK(session.run({"diag", "dns", "localhost"}) == ExitCode::done);
  CHECK(session.run({"diag", "dns", "no such name"}) == ExitCode::negative);
  CHECK(session.run({"diag", "interfaces"}) == ExitCode::negative);
  CHECK(has(session.out, "warn     port lan0"));
  CHECK(has(session.out, "warn     port wan0"));
  CHECK(session.run({"diag", "disk", "name"}) == ExitCode::usage);
  CHECK(session.run({"diag", "disk", "--json"}) != ExitCode::usage);
  CHECK(session.out_json().at("findings").at(0).at("numbers").at("free_bytes").is_number());
}
