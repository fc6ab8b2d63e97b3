#include "compiler.h"
#include "engines/firewall/firewall.h"

namespace sekisho::engines::firewall {

namespace {

std::variant<Artifact, Diagnostics> compile(const CompileInput& input, Diagnostics& warnings) {
  return Compiler(input, warnings).compile();
}

Result<std::unique_ptr<const Ruleset>> load(std::span<const std::byte> artifact) {
  auto firewall = Firewall::load(artifact);
  if (!firewall) return std::move(firewall).error();
  return std::unique_ptr<const Ruleset>(*std::move(firewall));
}

}  // namespace

const EngineSpec kSpec{
    .name = "firewall", .flow_state_bytes = 0, .compile = compile, .load = load, .make = nullptr};

}  // namespace sekisho::engines::firewall
