#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sekisho::rules {

/// What PCRE2 says of a pattern; Throws Refusal, pointing into `pattern`, when it does not compile.
struct RegexFacts {
  std::uint32_t num_groups = 0;
  std::vector<std::string> group_names;  // by group - 1; "" without name
};
RegexFacts check_regex(std::string_view pattern, std::uint32_t options);

}  // namespace sekisho::rules
