#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "config/base/result.h"
#include "config/policy/policy.h"
#include "engines/api/facts.h"
#include "rules/geo/geo_database.h"

namespace sekisho::engines {

/// One packet of a flow whose verdict can still change. Everything is lent for the call.
struct Inspection {
  std::span<const std::uint8_t> payload;  // of the transport, in the packet's own buffer
  bool to_server = true;                  // sent by the initiator
  bool midstream = false;                 // of TCP: the flow's beginning was not seen
  bool facts_changed = false;             // set by an engine that added a fact
  Facts* facts = nullptr;
  Judgement* judgement = nullptr;
  std::uint8_t* flow_state = nullptr;  // this engine's EngineSpec::flow_state_bytes, zero at first
};

/// Immutable run-time form of one engine's policy; shared by all workers.
class Ruleset {
 public:
  virtual ~Ruleset() = default;
};

/// One engine on one pinned core.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual void inspect(std::span<Inspection> batch) noexcept = 0;
};

/// What the compiler child gives every engine.
struct CompileInput {
  const policy::Policy& policy;
  const rules::GeoDatabase* geo = nullptr;  // none: policies that name countries are refused
};

using Artifact = std::vector<std::byte>;
using Diagnostics = std::vector<policy::Diagnostic>;

/// An engine as a value; engines/all_engines.cc lists them in the order of the path.
struct EngineSpec {
  std::string_view name;  // also its section in the snapshot
  std::size_t flow_state_bytes = 0;
  /// Compiler child. Every mistake of a user surfaces here, with its position.
  std::variant<Artifact, Diagnostics> (*compile)(const CompileInput& input,
                                                 Diagnostics& warnings) = nullptr;
  /// Loader thread. `artifact` outlives the ruleset. Refuses damaged bytes, never reads out of
  /// bounds later.
  Result<std::unique_ptr<const Ruleset>> (*load)(std::span<const std::byte> artifact) = nullptr;
  /// Loader thread: the per-core instance; null for an engine that is only asked, like the
  /// firewall.
  std::unique_ptr<Engine> (*make)(const Ruleset& ruleset) = nullptr;
};

}  // namespace sekisho::engines
