#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "rules/ips/reputation.h"
#include "rules/ips/rule.h"

namespace sekisho::rules {

/// What the text around the rules says: variables as written ("HOME_NET":
/// "[10.0.0.0/8,!10.1.0.0/16]"), class types, reference systems.
struct RuleContext {
  std::map<std::string, std::string, std::less<>> address_variables;
  std::map<std::string, std::string, std::less<>> port_variables;
  struct ClassType {
    std::string description;
    std::uint8_t priority = 3;
  };
  std::map<std::string, ClassType, std::less<>> class_types;

  /// HOME_NET of the private ranges, EXTERNAL_NET outside of it, the usual servers and ports, and
  /// the common class types with our own descriptions.
  static RuleContext defaults();
  /// The same for a gateway whose own network is not told: HOME_NET also has IPv6's local ranges.
  static RuleContext of_gateway();
};

/// Why a rule is not in force, or what is odd about one that is.
struct RuleDiagnostic {
  RulePosition position;
  std::uint32_t signature = 0;  // 0: could not be read
  std::string message;          // lower case, no trailing period
  /// Set: the rule has the sid of the one there, and gives way to it.
  std::optional<RulePosition> same_sid{};
  /// The rule is in force, but one of its keywords does nothing on a gateway.
  bool no_effect = false;
};

/// All rules that could be understood, with the names they share.
struct RuleSet {
  std::vector<Rule> rules;
  std::vector<std::string> flow_bits;      // by FlowBits number
  std::vector<std::string> flow_integers;  // by FlowInteger number
  std::vector<std::string> host_bits;      // by HostBits number
  std::vector<RuleDiagnostic> refused;     // each rule alone; the rest is in force
  std::vector<RuleDiagnostic> warnings;
  AddressReputation reputation;      // of iprep
  std::vector<RuleDiagnostic> slow;  // in force, but evaluated for every buffer: set by compiling
  std::uint32_t num_disabled = 0;    // rules behind a comment sign
  std::uint32_t num_not_for_us = 0;  // their "requires" is not met: neither in force nor refused
};

/// The "file" of rules that an administrator wrote into a policy.
inline constexpr std::string_view kOwnRulesFile = "ips_rules";

/// Adds the rules of one file to `set`. Of rules with one gid and sid, in whichever files, the
/// highest revision stays, of equal ones the first; each other is a warning. Suricata 7 and 8, and
/// Snort 3 where it means the same. `file` is for positions only: nothing is opened.
void parse_rules(std::string_view text, std::string_view file, const RuleContext& context,
                 RuleSet& set);

/// Adds thresholds, rate filters and suppressions (Suricata's threshold.config) to the rules that
/// they name; what cannot be understood goes to `set.refused`.
void parse_thresholds(std::string_view text, std::string_view file, const RuleContext& context,
                      RuleSet& set);

/// Adds a file of reputation categories (reputation.h); what cannot be understood goes to
/// `set.refused`.
void parse_reputation_categories(std::string_view text, std::string_view file, RuleSet& set);
/// The same of a reputation list; the categories are read before.
void parse_reputation_list(std::string_view text, std::string_view file, RuleSet& set);

/// A search begins with a literal, or an expression that matches, at least so long; without one a
/// rule is evaluated for every buffer.
inline constexpr std::size_t kShortestLiteral = 3;

/// A content or an expression does; a data set or a size is looked up at once.
bool searches(const Rule& rule);

/// What is said of a rule that searches, but has nothing to begin with.
RuleDiagnostic slow_rule(const Rule& rule);

/// The rules of which this is plain to see. Those whose expressions cannot be searched for with
/// others are found when the set is compiled: RuleSet::slow.
std::vector<RuleDiagnostic> slow_rules(const RuleSet& set);

/// Reads classification.config into `context`; lines that are no classification are passed over.
void parse_classifications(std::string_view text, RuleContext& context);

}  // namespace sekisho::rules
