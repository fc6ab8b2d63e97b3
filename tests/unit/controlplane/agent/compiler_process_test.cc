#include "controlplane/agent/compiler_process.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "config/policy/policy.h"
#include "config/snapshot/snapshot.h"
#include "controlplane/files/framed_texts.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

/// Runs a shell script in the compiler's place.
std::variant<CompilerOutput, Refusal> run_script(const std::string& body,
                                                 std::chrono::milliseconds limit,
                                                 const std::string& yaml = "x") {
  std::signal(SIGPIPE, SIG_IGN);  // as sekisho-control does
  const ScratchFolder folder;
  folder.write("compile", "#!/bin/sh\n" + body + "\n");
  chmod(folder.file("compile").c_str(), 0755);
  return run_compiler(yaml,
                      {.binary = folder.file("compile"), .geo_database = {}, .time_limit = limit});
}

std::string refusal(const std::variant<CompilerOutput, Refusal>& outcome) {
  const auto* r = std::get_if<Refusal>(&outcome);
  REQUIRE(r != nullptr);
  return r->error.message;
}

constexpr std::chrono::seconds kPlenty{10};

TEST_CASE("the real compiler's snapshot opens, with the policy in it") {
  const auto outcome =
      run_compiler(policy::factory_policy_yaml(), {.binary = COMPILER_BINARY, .geo_database = {}});
  const auto* output = std::get_if<CompilerOutput>(&outcome);
  REQUIRE(output != nullptr);
  const auto view = snapshot::SnapshotView::open(output->snapshot);
  REQUIRE(view);
  REQUIRE(view->section(snapshot::kSourceSection));
  CHECK(view->section(snapshot::kSourceSection)->size() == policy::factory_policy_yaml().size());
  CHECK(output->rules > 0);
}

TEST_CASE("a mistake comes back with its line and column") {
  const auto outcome = run_compiler("version: 1\nrules:\n  - actoin: block\n",
                                    {.binary = COMPILER_BINARY, .geo_database = {}});
  const auto* r = std::get_if<Refusal>(&outcome);
  REQUIRE(r != nullptr);
  CHECK(r->error.code == Error::Code::invalid_input);
  REQUIRE_FALSE(r->diagnostics.empty());
  CHECK(r->diagnostics[0].position.line == 3);
  CHECK(r->diagnostics[0].position.column == 5);
}

TEST_CASE("rules with very many mistakes come back with the first of them and their number") {
  constexpr std::size_t kRules = 30'000;
  std::string rules;
  for (std::size_t i = 0; i < kRules; ++i)
    rules += "alert tcp any any -> any any (no_such_keyword; sid:" + std::to_string(i + 1) + ";)\n";
  std::string texts;
  append_frame(texts, "many.rules", rules);
  const auto outcome =
      run_rules_compiler(texts, {.binary = COMPILER_BINARY, .geo_database = {}}, {});
  const auto* output = std::get_if<CompilerOutput>(&outcome);
  REQUIRE(output != nullptr);
  REQUIRE(output->texts.size() == 1);
  CHECK(output->texts[0].refused == kRules);
  REQUIRE(output->warnings.size() == 1001);
  CHECK(output->warnings.back().message == "and 29000 more");
}

TEST_CASE("a compiler that hangs is ended at its time limit") {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(refusal(run_script("sleep 60", std::chrono::milliseconds(200))) ==
        "the compiler took too long and was ended");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("a compiler that closes its pipes and hangs is ended too") {
  CHECK(refusal(run_script("exec >&- 3>&- </dev/null; sleep 60", std::chrono::milliseconds(200)))
            .find("signal 9") != std::string::npos);
}

TEST_CASE("a report without end is cut off") {
  CHECK(refusal(run_script("yes >&3", kPlenty)) ==
        "the compiler's report has more than 4194304 bytes");
}

TEST_CASE("however the compiler ends, the reason is told") {
  struct Row {
    std::string body, message;
  };
  const auto row = GENERATE(values<Row>({
      {"exit 3", "the compiler ended with 3; its log has the reason"},
      {"kill -31 $$", "the compiler was ended by signal 31: a limit, or something it may not do"},
      {"exit 0", "the compiler's report is no JSON object"},
      {"echo '[[[[' >&3", "the compiler's report is no JSON object"},
      {"echo '{}' >&3; exit 1", "refused without a reason"},
      {R"(echo '{"diagnostics":[3,{"line":"x","message":"m"},{"message":7}]}' >&3; exit 1)", "m"},
  }));
  CAPTURE(row.body);
  CHECK(refusal(run_script(row.body, kPlenty)) == row.message);
}

TEST_CASE("a compiler that does not read a large policy does not stop us") {
  CHECK(refusal(run_script("exit 3", kPlenty, std::string(8 << 20, 'x'))) ==
        "the compiler ended with 3; its log has the reason");
}

TEST_CASE("a compiler that is not there is said to be so") {
  const auto outcome = run_compiler("x", {.binary = "/nonexistent/compile", .geo_database = {}});
  CHECK(refusal(outcome).find("No such file") != std::string::npos);
}

}  // namespace
}  // namespace sekisho::controlplane
