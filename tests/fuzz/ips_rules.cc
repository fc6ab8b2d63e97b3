// Rules, thresholds, class types and reputation as an administrator or a content pack may bring
// them.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rules/ips/parse.h"

using namespace sekisho::rules;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto defaults = RuleContext::defaults();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  RuleSet set;
  parse_rules(text, "fuzz.rules", defaults, set);
  parse_rules("alert tcp any any -> any any (sid:1;)", "one.rules", defaults, set);
  parse_thresholds(text, "fuzz.config", defaults, set);
  parse_reputation_categories("1,Bad,\n2,Worse,\n", "fuzz.categories", set);
  parse_reputation_categories(text, "fuzz.categories", set);
  parse_reputation_list(text, "fuzz.reputation", set);
  for (const auto& entry : set.reputation.entries)
    if (entry.range.last < entry.range.first || entry.category > AddressReputation::kLastCategory ||
        entry.score > AddressReputation::kHighestScore)
      __builtin_trap();
  auto context = defaults;
  parse_classifications(text, context);
  slow_rules(set);
  for (const auto& one : set.refused)
    if (one.position.line == 0 || one.position.column == 0 || one.message.empty()) __builtin_trap();
  return 0;
}
