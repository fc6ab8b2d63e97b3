#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::rules {

/// domain-name:value = 'example.com'
struct StixComparison {
  std::string path;  // "domain-name:value", quotes within it removed: "file:hashes.SHA-256"
  std::string value;
};

/// A STIX 2.1 pattern of which any comparison alone is enough: [a = 'b' OR c = 'd'] OR [e = 'f'].
/// invalid_input, with the column: it says more than that (AND, FOLLOWEDBY, qualifiers, another
/// operator), and part of it would be another pattern.
Result<std::vector<StixComparison>> parse_stix_pattern(std::string_view pattern);

}  // namespace sekisho::rules
