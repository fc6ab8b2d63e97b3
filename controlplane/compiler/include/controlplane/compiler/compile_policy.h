#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "config/policy/policy.h"
#include "rules/geo/geo_database.h"

namespace sekisho::controlplane {

/// A policy as a snapshot file, and what the administrator should know about it.
struct CompiledPolicy {
  std::vector<std::byte> snapshot;
  std::vector<policy::Diagnostic> warnings;
  std::uint32_t num_rules = 0;
};

/// From the administrator's words to the bytes that the dataplane maps: load, validate, every
/// engine's compile in the order of the path. Pure: the same text and country data give the same
/// bytes. On failure every mistake found, in file order. `geo` may be null: then policies that
/// name countries are refused. `rule_packs`: digest of the box's packs of IPS rules, which go with
/// the policy's own; empty: there are none.
std::variant<CompiledPolicy, std::vector<policy::Diagnostic>> compile_policy(
    std::string_view yaml, const rules::GeoDatabase* geo, std::string_view rule_packs = {});

}  // namespace sekisho::controlplane
