#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include "config/content/database_kind.h"
#include "controlplane/agent/apply.h"

namespace sekisho::controlplane {

struct CompilerSettings {
  std::string binary;        // sekisho-compile
  std::string geo_database;  // empty: none
  uid_t user = 0;            // what the child becomes when we are root; 0: stays
  gid_t group = 0;
  std::chrono::milliseconds time_limit{30'000};
  std::chrono::milliseconds rules_time_limit{180'000};
};

/// Runs the compiler child over `yaml`. Its output is bounded in bytes and time; a child that
/// overruns is killed. The snapshot is as the child gave it: the caller checks it.
/// `rule_packs`: digest of the box's packs of IPS rules, see RulePacks.
std::variant<CompilerOutput, Refusal> run_compiler(std::string_view yaml,
                                                   const CompilerSettings& settings,
                                                   std::string_view rule_packs = {});

/// The same over texts of IPS rules (compile_rules.h has their form); warnings name the rules that
/// were refused. `known`: file of rules that were compiled before, to take over from; may be empty.
std::variant<CompilerOutput, Refusal> run_rules_compiler(std::string_view texts,
                                                         const CompilerSettings& settings,
                                                         const std::string& known);

/// The same over a list of a database's entries (controlplane/databases); the snapshot is the file
/// that processes map.
std::variant<CompilerOutput, Refusal> run_database_compiler(content::DatabaseKind kind,
                                                            std::string_view list,
                                                            const CompilerSettings& settings);

}  // namespace sekisho::controlplane
