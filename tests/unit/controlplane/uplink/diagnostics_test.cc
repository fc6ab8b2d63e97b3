#include "controlplane/uplink/diagnostics.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <condition_variable>

#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

struct FakeBox final : BoxDoor {
  std::mutex mutex;
  std::condition_variable changed;
  bool held = false;
  json reply{{"ok", true}, {"total", 3}};
  std::string captured;

  BoxStatus status() override { return {}; }
  Result<json> ask_control(const json& request) override {
    if (request["op"] == "policy.show")
      return Error{Error::Code::not_found, "no policy is in force yet"};
    return json{{"ok", true}, {"asked", request}};
  }
  Result<json> ask_dataplane(const json& request, std::chrono::milliseconds, int attached,
                             const std::stop_token& stop) override {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !held || stop.stop_requested(); });
    if (attached >= 0) REQUIRE(write(attached, captured.data(), captured.size()) >= 0);
    json answer = reply;
    answer["asked"] = request;
    return answer;
  }
  void hold(bool hold) {
    {
      const std::lock_guard lock(mutex);
      held = hold;
    }
    changed.notify_all();
  }
};

struct Bench {
  ScratchFolder folder;
  FakeBox box;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Diagnostics::Piece> pieces;
  Diagnostics diagnostics{box, folder.path()};

  void submit(const std::string& id, const std::string& op, const std::string& arguments = "") {
    diagnostics.submit(id, op, arguments, [this](Diagnostics::Piece piece) {
      const std::lock_guard lock(mutex);
      pieces.push_back(std::move(piece));
      changed.notify_all();
      return true;
    });
  }
  /// All pieces of the answer to `id`, the last one last.
  std::vector<Diagnostics::Piece> answer(const std::string& id) {
    std::unique_lock lock(mutex);
    std::vector<Diagnostics::Piece> found;
    const bool whole = changed.wait_for(lock, 10s, [&] {
      found.clear();
      for (const auto& piece : pieces)
        if (piece.id == id) found.push_back(piece);
      return !found.empty() && found.back().last;
    });
    REQUIRE(whole);
    return found;
  }
  json ask(const std::string& op, const std::string& arguments = "") {
    static int number = 0;
    const std::string id = std::to_string(++number);
    submit(id, op, arguments);
    return json::parse(answer(id).back().json);
  }
};

TEST_CASE("the console's questions are those of the command line") {
  Bench bench;
  CHECK(
      bench.ask("flows", R"({"filter": {"port": 443, "protocol": "tcp"}, "limit": 5})")["asked"] ==
      json{{"op", "flows"}, {"filter", {{"port", 443}, {"protocol", "tcp"}}}, {"limit", 5}});
  CHECK(bench.ask("log")["asked"] == json{{"op", "log"}});
  CHECK(bench.ask("log", R"({"process": "dataplane"})")["total"] == 3);
  CHECK(bench.ask("policy")["error"]["code"] == "not_found");
  const std::string key(32'768, 'k');
  CHECK(bench.ask("ca.import", json{{"certificate", "c"}, {"key", key}}.dump())["asked"] ==
        json{{"op", "ca.import"}, {"certificate", "c"}, {"key", key}});
  const json bypass{{"client", "192.0.2.7"}, {"host", "www.example.com"}};
  CHECK(bench.ask("tls.bypasses.remove", bypass.dump())["asked"] ==
        json{{"op", "tls.bypasses.remove"}, {"client", "192.0.2.7"}, {"host", "www.example.com"}});
  CHECK(bench.ask("tls.bypasses.clear")["asked"] == json{{"op", "tls.bypasses.clear"}});
  CHECK(bench.ask("tls.bypasses.list", R"({"limit": 7})")["asked"]["limit"] == 7);
  CHECK(bench.ask("tls.bypasses.list")["asked"]["limit"] == kMaxBypassesListed);
  const json status = bench.ask("status");
  CHECK(status.contains("dataplane"));
  CHECK(status.contains("counters"));
  CHECK(status["control"]["asked"]["op"] == "status");
}

TEST_CASE("what is not on the list of questions is refused") {
  struct Row {
    std::string op, arguments, message;
  };
  const auto row = GENERATE(values<Row>({
      {"policy.load", "", "no diagnostic 'policy.load'"},
      {"policy.apply", R"({"yaml": ""})", "no diagnostic 'policy.apply'"},
      {"", "", "no diagnostic ''"},
      {"ports", R"({"op": "policy.load"})", "ports has no argument 'op'"},
      {"flows", R"({"limit": 1001})", "flows: 'limit' must be a whole number from 0 to 1000"},
      {"flows", R"({"limit": -1})", "flows: 'limit' must be a whole number from 0 to 1000"},
      {"flows", R"({"filter": {"path": "x"}})", "flows: filter has no argument 'path'"},
      {"flows", R"({"filter": 7})", "flows: filter: its arguments are no JSON object"},
      {"tls.bypasses.list", R"({"limit": 1001})",
       "tls.bypasses.list: 'limit' must be a whole number from 0 to 1000"},
      {"tls.bypasses.clear", R"({"client": "192.0.2.7"})",
       "tls.bypasses.clear has no argument 'client'"},
      {"flows", "[", "the arguments are not JSON"},
      {"flows", "[[[[[[[[]]]]]]]]", "the arguments are not JSON"},
      {"flows", "7", "flows: its arguments are no JSON object"},
      {"capture", R"({"seconds": 31})", "capture: 'seconds' must be a whole number from 0 to 30"},
      {"ca.show", "", "no diagnostic 'ca.show'"},
      {"ca.import", R"({"key": ")" + std::string(32'769, 'x') + "\"}",
       "ca.import: 'key' must be text of at most 32 KiB"},
      {"ca.regenerate", R"({"key": "x"})", "ca.regenerate has no argument 'key'"},
      {"log", R"({"process": "keys"})", "log: 'process' must be control or dataplane"},
  }));
  CAPTURE(row.op, row.arguments);
  Bench bench;
  CHECK(bench.ask(row.op, row.arguments)["error"]["message"] == row.message);
  CHECK(bench.ask("flows", std::string(90'000, ' '))["error"]["message"] ==
        "the arguments have more than 81920 bytes");
}

TEST_CASE("a capture comes in pieces, bounded, and leaves no file") {
  Bench bench;
  bench.box.captured.assign(kCapturePieceBytes * 2 + 5, 'p');
  bench.submit("c", "capture", R"({"filter": "udp"})");
  const auto pieces = bench.answer("c");
  REQUIRE(pieces.size() == 4);
  CHECK(pieces[0].file.size() + pieces[1].file.size() + pieces[2].file.size() ==
        bench.box.captured.size());
  const json asked = json::parse(pieces[3].json)["asked"];
  CHECK(asked["seconds"] == 10);
  CHECK(asked["bytes"] == kMaxCaptureBytes);
  CHECK(bench.folder.count("capture") == 0);
}

TEST_CASE("a third question at a time is told that the box is busy") {
  Bench bench;
  bench.box.hold(true);
  bench.submit("a", "ports");
  bench.submit("b", "ports");
  bench.submit("c", "ports");
  CHECK(json::parse(bench.answer("c").back().json)["error"]["message"] ==
        "busy: the box is answering 2 other questions");
  bench.box.hold(false);
  CHECK(json::parse(bench.answer("a").back().json)["total"] == 3);
  CHECK(json::parse(bench.answer("b").back().json)["total"] == 3);
}

TEST_CASE("an answer that is too long is told instead of sent") {
  Bench bench;
  bench.box.reply["text"] = std::string(kMaxAnswerBytes, 'x');
  CHECK_THAT(bench.ask("ports")["error"]["message"].get<std::string>(),
             Catch::Contains("ask for less"));
}

}  // namespace
}  // namespace sekisho::controlplane
