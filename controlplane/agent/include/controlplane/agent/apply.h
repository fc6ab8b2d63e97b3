#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/base/result.h"
#include "config/policy/policy.h"
#include "controlplane/agent/policy_store.h"

namespace sekisho::controlplane {

/// What the compiler child gave: bytes that no one has checked yet.
struct CompilerOutput {
  std::vector<std::byte> snapshot;
  std::vector<policy::Diagnostic> warnings;
  std::uint32_t rules = 0;
  /// Of IPS rules: what became of each text.
  struct Text {
    std::string name;
    std::uint32_t rules = 0;
    std::uint32_t refused = 0;
  };
  std::vector<Text> texts{};
};

/// Why a policy did not come into force; `diagnostics` when the policy itself is at fault.
struct Refusal {
  Error error;
  std::vector<policy::Diagnostic> diagnostics;
  bool by_dataplane = false;  // it was handed over
  bool busy = false;          // nothing was tried
  bool by_rules = false;      // the IPS rules could not be read or compiled
  bool by_disk = false;       // it could not be kept
};

struct ApplyTimings {
  double compile_ms = 0;
  double store_ms = 0;
  double handover_ms = 0;
  double total_ms = 0;
};

struct Applied {
  PolicyVersion version;
  std::vector<policy::Diagnostic> warnings;
  ApplyTimings timings;
};

/// Everything of applying a policy that leaves this process.
class ApplyDoors {
 public:
  virtual ~ApplyDoors() = default;
  virtual std::variant<CompilerOutput, Refusal> compile(std::string_view yaml) = 0;
  /// Compiles the IPS rules that the policy goes with, unless that was done. What of them is not in
  /// force is told, as far as it is compiled now.
  virtual Result<std::vector<policy::Diagnostic>> prepare_rules(
      std::span<const std::byte> snapshot) = 0;
  virtual Result<PolicyVersion> stage(std::span<const std::byte> snapshot,
                                      const std::string& content_address, std::uint32_t rules,
                                      std::string_view comment) = 0;
  /// Returns when every worker judges by the new policy.
  virtual Status hand_over(const PolicyVersion& version) = 0;
  /// What is enforced becomes what the box boots with, or waits for its confirmation.
  virtual Status commit() = 0;
  virtual Status discard() = 0;
};

/// From text to enforced, or nothing changes.
std::variant<Applied, Refusal> apply_policy(std::string_view yaml, std::string_view comment,
                                            ApplyDoors& doors);

/// The same from a snapshot that was in force before.
std::variant<Applied, Refusal> apply_snapshot(std::span<const std::byte> snapshot,
                                              std::uint32_t rules, std::string_view comment,
                                              ApplyDoors& doors);

}  // namespace sekisho::controlplane
