#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tools/sekisho/command.h"

namespace sekisho::tools {

/// One check of the box: whether it is well, and the number behind that.
struct Finding {
  std::string check;
  bool ok = true;
  std::string text;
  nlohmann::json numbers = nlohmann::json::object();
};
using Findings = std::vector<Finding>;

// diagnose_network.cc
Findings diagnose_interfaces(Context& context);
/// The configured resolvers and, when `name` is given, how long resolving it takes.
Findings diagnose_dns(Context& context, const std::string& name);

// diagnose_system.cc
Findings diagnose_time();
Findings diagnose_disk(Context& context);
Findings diagnose_memory(Context& context);
/// Takes a fifth of a second: loads are differences.
Findings diagnose_cores(Context& context);

nlohmann::json to_json(const Findings& findings);

}  // namespace sekisho::tools
