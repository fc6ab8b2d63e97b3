#include "controlplane/agent/apply.h"

#include <chrono>
#include <utility>

#include "config/snapshot/snapshot.h"

namespace sekisho::controlplane {
namespace {

class Stopwatch {
 public:
  double lap() {
    const auto now = Clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(last_, now)).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

Refusal refuse(Error error, std::string_view step, bool by_disk = false) {
  return {.error = std::move(error).within(step),
          .diagnostics = {},
          .by_dataplane = false,
          .busy = false,
          .by_disk = by_disk};
}

}  // namespace

std::variant<Applied, Refusal> apply_policy(std::string_view yaml, std::string_view comment,
                                            ApplyDoors& doors) {
  if (yaml.size() > policy::kMaxPolicyBytes)
    return Refusal{{Error::Code::invalid_input, "the policy has " + std::to_string(yaml.size()) +
                                                    " bytes, more than " +
                                                    std::to_string(policy::kMaxPolicyBytes)},
                   {}};
  Stopwatch watch;
  auto compiled = doors.compile(yaml);
  if (auto* refusal = std::get_if<Refusal>(&compiled)) return std::move(*refusal);
  auto& output = *std::get_if<CompilerOutput>(&compiled);
  const double compile_ms = watch.lap();

  auto outcome = apply_snapshot(output.snapshot, output.rules, comment, doors);
  if (auto* applied = std::get_if<Applied>(&outcome)) {
    applied->warnings.insert(applied->warnings.begin(), output.warnings.begin(),
                             output.warnings.end());
    applied->timings.compile_ms += compile_ms;
    applied->timings.total_ms += compile_ms;
  }
  return outcome;
}

std::variant<Applied, Refusal> apply_snapshot(std::span<const std::byte> snapshot,
                                              std::uint32_t rules, std::string_view comment,
                                              ApplyDoors& doors) {
  Stopwatch watch;
  // The bytes come from a child that has read hostile text: they are checked like any other input.
  const auto view = snapshot::SnapshotView::open(snapshot);
  if (!view) return refuse(view.error(), "compiled policy");

  auto warnings = doors.prepare_rules(snapshot);
  if (!warnings) {
    auto refusal = refuse(std::move(warnings).error(), "IPS rules");
    refusal.by_rules = true;
    return refusal;
  }
  const double rules_ms = watch.lap();

  auto version = doors.stage(snapshot, view->content_address(), rules, comment);
  if (!version) return refuse(std::move(version).error(), "store policy", true);
  const double store_ms = watch.lap();

  if (auto taken = doors.hand_over(*version); !taken) {
    // Why it was not taken matters more than trouble with forgetting it.
    (void)doors.discard();
    return Refusal{std::move(taken).error().within("hand over to the dataplane"), {}, true};
  }
  const double handover_ms = watch.lap();

  // Last: what the dataplane refuses must never become what it boots from.
  if (auto committed = doors.commit(); !committed)
    return refuse(std::move(committed).error(), "make current", true);
  const double commit_ms = watch.lap();
  return Applied{
      std::move(*version),
      *std::move(warnings),
      {rules_ms, store_ms + commit_ms, handover_ms, rules_ms + store_ms + handover_ms + commit_ms}};
}

}  // namespace sekisho::controlplane
