#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "config/policy/policy.h"
#include "rules/geo/geo_database.h"

namespace sekisho::controlplane {

/// What became of the rules of one text.
struct RuleCount {
  std::string name;
  std::uint32_t rules = 0;    // that are in force
  std::uint32_t refused = 0;  // each alone
};

/// IPS rules as a file in the form of a snapshot, with one section: kRulesSection.
struct CompiledRules {
  std::vector<std::byte> file;
  std::uint32_t num_rules = 0;
  /// Rules that are not in force, each alone, with the reason: "FILE: rule 2019401: ..."; then
  /// keywords of packs that have no effect here.
  std::vector<policy::Diagnostic> refused;
  std::vector<RuleCount> counts;  // in the order of the texts
};

inline constexpr std::size_t kMaxRulesBytes = std::size_t{128} << 20;

/// `input`: texts of rules one behind the other, each after a line "NAME BYTES"; a text named
/// variables.config (rules/ips/variables.h) is read first, then those named classification.config
/// or PACK/classification.config, likewise threshold.config last. Those that are no *.rules,
/// ips_rules or *.config are files that rules load: "PACK/NAME" those of the text PACK, NAME all;
/// *.categories and *.reputation are for all rules (rules/ips/reputation.h). `geo`: for geoip;
/// null: rules with it are refused. `known`: a file that this function made of other rules, or
/// empty; what both have in common is not compiled again. A damaged one is passed over. Pure.
Result<CompiledRules> compile_rules(std::string_view input, std::span<const std::byte> known = {},
                                    const rules::GeoDatabase* geo = nullptr);

}  // namespace sekisho::controlplane
