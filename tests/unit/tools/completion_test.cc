#include <catch2/catch.hpp>

#include "scratch_dir.h"
#include "session.h"

using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;

namespace {

/// The words without what they are, as a set of lines.
std::vector<std::string> complete(Session& session, std::vector<std::string> words) {
  words.insert(words.begin(), "complete");
  REQUIRE(session.run(words) == ExitCode::done);
  std::vector<std::string> found;
  std::istringstream lines(session.out);
  for (std::string line; std::getline(lines, line);)
    found.push_back(line.substr(0, line.find('\t')));
  std::sort(found.begin(), found.end());
  return found;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("the completion scripts are good shell") {
  const auto [shell, interpreter] = GENERATE(
      table<std::string, std::string>({{"bash", "bash"}, {"zsh", "zsh"}, {"fish", "fish"}}));
  Session session;
  REQUIRE(session.run({"completion", shell}) == ExitCode::done);
  CHECK(session.out.find("sekisho") != std::string::npos);
  ScratchDir dir;
  append(dir / "script", session.out);
  const auto present = "command -v " + interpreter + " > /dev/null";
  if (interpreter != "bash" && std::system(present.c_str()) != 0) return;  // not on every machine
  CHECK(std::system((interpreter + " -n '" + (dir / "script").string() + "'").c_str()) == 0);
}

TEST_CASE("with --json the completion script is a member") {
  Session session;
  REQUIRE(session.run({"completion", "bash"}) == ExitCode::done);
  const auto script = session.out;
  REQUIRE(session.run({"completion", "bash", "--json"}) == ExitCode::done);
  CHECK(session.out_json() == nlohmann::json{{"script", script}});
}

TEST_CASE("every command that is shown is completed, hidden ones are not") {
  Session session;
  for (const auto& command : all_commands()) {
    const std::string name(command.name);
    std::vector<std::string> words;
    std::size_t begin = 0;
    for (auto blank = name.find(' '); blank != name.npos; blank = name.find(' ', begin)) {
      words.push_back(name.substr(begin, blank - begin));
      begin = blank + 1;
    }
    words.emplace_back();
    const bool found = contains(complete(session, words), name.substr(begin));
    CAPTURE(name);
    CHECK(found == !command.hidden);
  }
}

TEST_CASE("completion knows options, their values and operands") {
  using Words = std::vector<std::string>;
  const auto [words, expected] = GENERATE(table<Words, Words>({
      {{"po"}, {"policy", "ports"}},
      {{"flows", "--so"}, {"--sort"}},
      {{"flows", "--sort", ""}, {"bytes", "packets", "recent"}},
      {{"--run-dir", "/tmp", "flows", "--top", "s"}, {"source"}},
      {{"inspect", "--ge"}, {"--geo"}},
      {{"inspect", "--checksum", ""}, {"all", "auto", "none"}},
      {{"events", "--type", "a"}, {"alert", "all", "anomaly"}},
      {{"flows", "--json", "--js"}, {"--json"}},
      {{"diag", "d"}, {"disk", "dns"}},
      {{"completion", ""}, {"bash", "fish", "zsh"}},
      {{"flows", "--rule", ""}, {"1", "2"}},
      {{"policy", "show", ""}, {"3", "4"}},
      {{"policy", "diff", "3", ""}, {"3", "4"}},
      {{"policy", "apply", ""}, {}},
      {{"alert-captures", "export", "2"}, {"2.pcap"}},
      {{"nonsense", "--nonsense"}, {}},
  }));
  Session session;
  session.replies["control/policy.show"] = {
      R"({"ok":true,"meta":{"rules":[{"name":"a"},{"name":"b"}]}})"};
  session.replies["control/policy.history"] = {
      R"({"ok":true,"versions":[{"serial":4},{"serial":3}]})"};
  session.replies["dataplane/alert_captures.list"] = {
      R"({"ok":true,"captures":[{"name":"1.pcap"},{"name":"2.pcap","message":"scan"}]})"};
  CAPTURE(words);
  CHECK(complete(session, words) == expected);
}

TEST_CASE("without a gateway completion still knows the commands") {
  Session session;
  CHECK(complete(session, {"policy", "show", ""}).empty());
  CHECK(contains(complete(session, {"st"}), "status"));
}
