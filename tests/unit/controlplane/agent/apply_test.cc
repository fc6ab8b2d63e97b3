#include "controlplane/agent/apply.h"

#include <catch2/catch.hpp>

#include "test_snapshot.h"

namespace sekisho::controlplane {
namespace {

/// Notes each step, fails where it is told to.
class RecordingDoors final : public ApplyDoors {
 public:
  std::string failing;
  std::vector<std::string> steps;
  std::vector<std::byte> compiled = test_snapshot("policy");

  std::variant<CompilerOutput, Refusal> compile(std::string_view) override {
    if (!note("compile")) {
      Refusal refusal{Error{Error::Code::invalid_input, "the policy has 1 mistake"}, {}};
      refusal.diagnostics.push_back({{3, 5}, "odd"});
      return refusal;
    }
    return CompilerOutput{compiled, {{{1, 1}, "careful"}}, 4};
  }
  Result<std::vector<policy::Diagnostic>> prepare_rules(std::span<const std::byte>) override {
    if (!note("prepare_rules")) return failure();
    return std::vector<policy::Diagnostic>{{{}, "of the rules"}};
  }
  Result<PolicyVersion> stage(std::span<const std::byte>, const std::string& address,
                              std::uint32_t rules, std::string_view comment) override {
    if (!note("stage")) return failure();
    return PolicyVersion{9, address, 0, std::string(comment), rules};
  }
  Status hand_over(const PolicyVersion& version) override {
    CHECK(version.serial == 9);
    return note("hand_over") ? ok() : Status(failure());
  }
  Status commit() override { return note("commit") ? ok() : Status(failure()); }
  Status discard() override { return note("discard") ? ok() : Status(failure()); }

 private:
  bool note(const std::string& step) {
    steps.push_back(step);
    return step != failing;
  }
  static Error failure() { return {Error::Code::resource, "no"}; }
};

using Steps = std::vector<std::string>;

TEST_CASE("a policy is compiled, stored, handed over, and only then made current") {
  RecordingDoors doors;
  const auto outcome = apply_policy("rules: []", "why", doors);
  const auto* applied = std::get_if<Applied>(&outcome);
  REQUIRE(applied != nullptr);
  CHECK(doors.steps == Steps{"compile", "prepare_rules", "stage", "hand_over", "commit"});
  CHECK(applied->version.comment == "why");
  CHECK(applied->version.rules == 4);
  CHECK(applied->version.content_address == address_of(doors.compiled));
  REQUIRE(applied->warnings.size() == 2);
  CHECK(applied->warnings[0].message == "careful");
  CHECK(applied->warnings[1].message == "of the rules");
  CHECK(applied->timings.total_ms >= applied->timings.compile_ms);
}

TEST_CASE("the step that fails is the last, and nothing becomes current") {
  struct Row {
    std::string failing;
    Steps steps;
    std::string message;
  };
  const auto row = GENERATE(values<Row>({
      {"compile", {"compile"}, "the policy has 1 mistake"},
      {"prepare_rules", {"compile", "prepare_rules"}, "IPS rules: no"},
      {"stage", {"compile", "prepare_rules", "stage"}, "store policy: no"},
      {"hand_over",
       {"compile", "prepare_rules", "stage", "hand_over", "discard"},
       "hand over to the dataplane: no"},
      {"commit", {"compile", "prepare_rules", "stage", "hand_over", "commit"}, "make current: no"},
  }));
  RecordingDoors doors;
  doors.failing = row.failing;
  const auto outcome = apply_policy("rules: []", "", doors);
  const auto* refusal = std::get_if<Refusal>(&outcome);
  REQUIRE(refusal != nullptr);
  CHECK(doors.steps == row.steps);
  CHECK(refusal->error.message == row.message);
  CHECK(refusal->diagnostics.size() == (row.failing == "compile" ? 1 : 0));
  CHECK(refusal->by_dataplane == (row.failing == "hand_over"));
  CHECK(refusal->by_disk == (row.failing == "stage" || row.failing == "commit"));
}

TEST_CASE("bytes of the compiler that are no snapshot never reach the store") {
  RecordingDoors doors;
  const auto whole = doors.compiled;
  for (std::size_t i = 0; i < whole.size(); i += 7) {
    doors.compiled = whole;
    doors.compiled[i] ^= std::byte{0x10};
    doors.steps.clear();
    const auto outcome = apply_policy("rules: []", "", doors);
    CHECK(std::holds_alternative<Refusal>(outcome));
    CHECK(doors.steps == Steps{"compile"});
  }
}

TEST_CASE("an oversized policy is refused before a compiler is started") {
  RecordingDoors doors;
  const auto outcome = apply_policy(std::string(policy::kMaxPolicyBytes + 1, ' '), "", doors);
  CHECK(std::holds_alternative<Refusal>(outcome));
  CHECK(doors.steps.empty());
}

}  // namespace
}  // namespace sekisho::controlplane
