#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/policy/policy.h"
#include "engines/api/facts.h"

namespace sekisho::engines::firewall::reference {

/// What the interpreter is told besides the flow.
struct World {
  std::uint64_t active_schedules = 0;
  std::vector<std::string> source_names;       // DNS names that the source is known by
  std::vector<std::string> destination_names;  // and the destination
  std::string source_country;                  // two letters, or empty
  std::string destination_country;
};

enum class Match { no, may, yes };

/// One rule over one flow, straight from the words of the policy.
Match match(const policy::Policy& policy, const policy::Rule& rule, const Facts& facts,
            const World& world);

/// The whole table, top down.
Judgement judge(const policy::Policy& policy, const Facts& facts, const World& world);

}  // namespace sekisho::engines::firewall::reference
