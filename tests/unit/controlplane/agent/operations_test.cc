#include "controlplane/agent/operations.h"

#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "config/log/process_log.h"
#include "controlplane/files/file_door.h"
#include "fake_dataplane.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;

const CompilerSettings kCompiler{.binary = COMPILER_BINARY, .geo_database = {}};

struct Bench {
  ScratchFolder folder;
  DiskFiles disk;
  DataplaneClient client{folder.file("dataplane.sock")};
  FakeDataplane dataplane{folder.file("dataplane.sock")};
  PolicyService policy{std::move(*PolicyStore::open(folder.path(), disk)),
                       RulePacks({}, folder.file("ips"), kCompiler, disk), kCompiler, client,
                       [](const PolicyChange&) {}};
  int changes = 0;
  Operations operations{policy,
                        {.status =
                             [] {
                               return json{{"version", "x"}};
                             },
                         .policy_changed = [this] { ++changes; },
                         .enrol = [](const ControlRequest& r) -> Result<json> {
                           if (r.code == "bad")
                             return Error{Error::Code::invalid_input, "no such code"};
                           return json{{"gateway", r.console + (r.again ? " again" : "")}};
                         },
                         .unenrol = []() -> Status {
                           return Error{Error::Code::invalid_input, "not enrolled"};
                         },
                         .look_up_reputation = [](const std::string& url) -> Result<json> {
                           if (url == "gone.example")
                             return Error{Error::Code::not_found, "nobody answers"};
                           return json{{"url", url}, {"score", 7}};
                         },
                         .top_bandwidth = [](const ControlRequest& request) -> Result<json> {
                           if (request.by != "user")
                             return Error{Error::Code::invalid_input, "not that"};
                           return json{{"rows", request.seconds + request.limit}};
                         },
                         .databases =
                             [] {
                               return json::array({{{"kind", "urls"}}});
                             },
                         .rollback_database = [](content::DatabaseKind kind) -> Status {
                           if (kind == content::DatabaseKind::urls) return ok();
                           return Error{Error::Code::not_found, "there was none"};
                         },
                         .update_content = []() -> Status {
                           return Error{Error::Code::not_found, "no console"};
                         },
                         .authority = [](const ControlRequest& request) -> Result<json> {
                           if (request.op != "ca.import")
                             return Error{Error::Code::io, "sekisho-keys is away"};
                           return json{{"pem", request.certificate + request.key}};
                         }}};
  json ask(const json& request) { return json::parse(operations.answer(request.dump())); }
};

TEST_CASE("bandwidth is told by what is asked for") {
  Bench bench;
  const auto told =
      bench.ask({{"op", "bandwidth.top"}, {"by", "user"}, {"seconds", 60}, {"limit", 5}});
  CHECK(told == json{{"ok", true}, {"rows", 65}});
  CHECK(bench.ask({{"op", "bandwidth.top"}, {"by", "shoe"}})["error"]["message"] == "not that");
}

TEST_CASE("what is asked of the certificate authority comes back, or why not") {
  Bench bench;
  CHECK(bench.ask({{"op", "ca.import"}, {"certificate", "c"}, {"key", "k"}}) ==
        json{{"ok", true}, {"pem", "ck"}});
  CHECK(bench.ask({{"op", "ca.show"}}) ==
        json{{"ok", false}, {"error", {{"code", "io"}, {"message", "sekisho-keys is away"}}}});
}

TEST_CASE("the ops answer in the form that README.md gives") {
  Bench bench;
  const std::string yaml = "version: 1\nrules:\n  - {name: all, action: allow}\n";
  CHECK(bench.ask({{"op", "status"}}) == json{{"ok", true}, {"version", "x"}});
  CHECK(bench.ask({{"op", "policy.show"}})["error"]["code"] == "not_found");

  const json applied = bench.ask({{"op", "policy.apply"}, {"yaml", yaml}, {"comment", "c"}});
  CHECK(applied["ok"] == true);
  CHECK(applied["serial"] == 1);
  CHECK(applied["rules"] == 1);
  CHECK(applied["warnings"].is_array());
  CHECK(applied["timings"]["total_ms"].is_number());
  CHECK(bench.changes == 1);

  const json refused = bench.ask({{"op", "policy.apply"}, {"yaml", "version: 1\nrules: 3\n"}});
  CHECK(refused["ok"] == false);
  CHECK(refused["error"]["code"] == "invalid_input");
  REQUIRE(refused["diagnostics"].size() == 1);
  CHECK(refused["diagnostics"][0]["line"] == 2);
  CHECK(bench.changes == 1);

  REQUIRE(bench.ask({{"op", "policy.apply"}, {"yaml", yaml + "# again\n"}})["ok"] == true);
  CHECK(bench.ask({{"op", "policy.rollback"}})["serial"] == 3);
  const json history = bench.ask({{"op", "policy.history"}});
  REQUIRE(history["versions"].size() == 3);
  CHECK(history["versions"][0]["serial"] == 3);
  CHECK(history["versions"][0]["current"] == true);
  CHECK(history["versions"][2]["current"] == false);
  CHECK(history["versions"][2]["comment"] == "c");

  const json shown = bench.ask({{"op", "policy.show"}, {"serial", 2}});
  CHECK(shown["yaml"] == yaml + "# again\n");
  CHECK(shown["meta"]["rules"][0]["name"] == "all");
}

TEST_CASE("a look-up of a reputation answers what the service says") {
  Bench bench;
  const auto look_up = [&](const std::string& url) {
    return bench.ask({{"op", "reputation.lookup"}, {"url", url}});
  };
  CHECK(bench.ask({{"op", "reputation.lookup"}})["error"]["message"] ==
        "reputation.lookup: 'url' is missing");
  CHECK(look_up("a.example") == json{{"ok", true}, {"url", "a.example"}, {"score", 7}});
  CHECK(look_up("gone.example")["error"]["code"] == "not_found");
  CHECK(look_up(std::string(kMaxAskedUrlBytes + 1, 'x'))["error"]["message"] ==
        "request: the URL is longer than 8192 bytes");
}

TEST_CASE("enrol and unenrol answer what the link says") {
  Bench bench;
  CHECK(bench.ask({{"op", "enrol"}})["error"]["message"] == "enrol: 'code' is missing");
  CHECK(bench.ask({{"op", "enrol"}, {"code", "bad"}})["error"]["message"] == "no such code");
  CHECK(bench.ask({{"op", "enrol"}, {"code", "x"}, {"console", "c:1"}, {"again", true}}) ==
        json{{"ok", true}, {"gateway", "c:1 again"}});
  CHECK(bench.ask({{"op", "enrol"}, {"code", std::string(kMaxConsoleBytes + 1, 'x')}})["ok"] ==
        false);
  CHECK(bench.ask({{"op", "enrol"}, {"code", "x"}, {"again", 1}})["error"]["message"] ==
        "request: 'again' has the wrong type");
  CHECK(bench.ask({{"op", "unenrol"}})["error"]["message"] == "not enrolled");
}

TEST_CASE("log gives the process's own lines") {
  Bench bench;
  start_log("control");
  spdlog::error("event log: no space");
  const json reply = bench.ask({{"op", "log"}});
  CHECK(reply["ok"] == true);
  REQUIRE(reply["lines"].size() == 1);
  CHECK_THAT(reply["lines"][0].get<std::string>(), Catch::EndsWith("event log: no space"));
}

TEST_CASE("what is not an op is refused in the same form") {
  Bench bench;
  CHECK(bench.ask({{"op", "reboot"}})["error"]["message"] == "no op 'reboot'");
  CHECK(bench.ask({{"op", "policy.apply"}})["error"]["message"] ==
        "policy.apply: 'yaml' is missing");
  CHECK(json::parse(bench.operations.answer("\xff\xff"))["ok"] == false);
}

TEST_CASE("a policy with bytes that are no UTF-8 in its mistakes gets a reply all the same") {
  Bench bench;
  const json reply = bench.ask({{"op", "policy.apply"}, {"yaml", "\u0080\u3042: [\x01"}});
  CHECK(reply["ok"] == false);
  CHECK_FALSE(reply["diagnostics"].empty());
}

TEST_CASE("databases are listed, returned to the one before, and asked for") {
  Bench bench;
  CHECK(bench.ask({{"op", "content.list"}})["databases"][0]["kind"] == "urls");
  CHECK(bench.ask({{"op", "content.rollback"}, {"name", "urls"}}) == json{{"ok", true}});
  CHECK(bench.ask({{"op", "content.rollback"}, {"name", "reputation"}})["error"]["code"] ==
        "not_found");
  CHECK(bench.ask({{"op", "content.rollback"}, {"name", "x"}})["error"]["code"] == "invalid_input");
  CHECK(bench.ask({{"op", "content.update"}})["error"]["message"] == "no console");
}

TEST_CASE("an import counts from content.apply on, unless another begins before") {
  Bench bench;
  std::filesystem::create_directories(bench.folder.file("ips/packs"));
  REQUIRE(bench.ask({{"op", "policy.apply"}, {"yaml", "version: 1\nrules: []\n"}})["ok"] == true);
  const auto import = [&bench](const std::string& name) {
    const auto reply = bench.ask({{"op", "content.import"},
                                  {"name", name},
                                  {"text", "alert udp any any -> any any (sid:1;)\n"}});
    CHECK(reply == json{{"ok", true}});
  };
  import("a.rules");
  CHECK(bench.ask({{"op", "content.begin"}}) == json{{"ok", true}});
  import("b.rules");
  CHECK(bench.ask({{"op", "content.list"}})["packs"].empty());
  CHECK(bench.ask({{"op", "content.apply"}})["ok"] == true);
  const auto listed = bench.ask({{"op", "content.list"}});
  REQUIRE(listed["packs"].size() == 1);
  CHECK(listed["packs"][0]["name"] == "b.rules");
  CHECK_FALSE(listed.contains("left_out"));
  // What would not compile is told, and the packs stay.
  import("c.rules");
  std::filesystem::create_directory(bench.folder.file("ips/packs/unreadable.rules"));
  CHECK(bench.ask({{"op", "content.apply"}})["ok"] == false);
  std::filesystem::remove(bench.folder.file("ips/packs/unreadable.rules"));
  CHECK(bench.ask({{"op", "content.list"}})["packs"].size() == 1);
}

}  // namespace
}  // namespace sekisho::controlplane
