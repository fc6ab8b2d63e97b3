#pragma once

#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "conversations.h"
#include "engines/appid/appid.h"
#include "rules/applications/catalogue.h"

namespace sekisho::tests {

using engines::Artifact, engines::Diagnostics, engines::Engine, engines::Facts;
using engines::Inspection, engines::Ruleset;

/// From policy to running engine, as the compiler child and the loader do it.
inline std::unique_ptr<const Ruleset> loaded() {
  Diagnostics warnings;
  const auto compiled = engines::appid::kSpec.compile({.policy = policy::Policy{}}, warnings);
  REQUIRE(std::holds_alternative<Artifact>(compiled));
  CHECK(warnings.empty());
  auto ruleset = engines::appid::kSpec.load(std::get<Artifact>(compiled));
  REQUIRE(ruleset);
  return *std::move(ruleset);
}

/// One flow and the engine on it.
class Flow {
 public:
  Flow(std::uint8_t protocol, std::uint16_t client_port, std::uint16_t server_port) {
    restart(protocol, client_port, server_port);
  }
  explicit Flow(const Conversation& c) : Flow(c.protocol, c.client_port, c.server_port) {}

  /// Returns whether the engine says that facts changed. The payload stands alone on the heap, so
  /// that a sanitizer sees every byte read outside it.
  bool say(bool to_server, std::string_view text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    Inspection inspection;
    inspection.payload = bytes;
    inspection.to_server = to_server;
    inspection.facts = &facts;
    inspection.flow_state = state_.data();
    engine_->inspect({&inspection, 1});
    return inspection.facts_changed;
  }
  /// Another flow on the same engine.
  void restart(std::uint8_t protocol, std::uint16_t client_port, std::uint16_t server_port) {
    facts = Facts{};
    facts.protocol = protocol;
    facts.source_port = client_port;
    facts.destination_port = server_port;
    state_ = {};
  }
  std::string_view application() const {
    const auto* const found = rules::application(facts.application);
    return found == nullptr ? "" : found->name;
  }

  Facts facts;

 private:
  std::unique_ptr<const Ruleset> ruleset_ = loaded();
  std::unique_ptr<Engine> engine_ = engines::appid::kSpec.make(*ruleset_);
  std::array<std::uint8_t, 8> state_{};
};

}  // namespace sekisho::tests
