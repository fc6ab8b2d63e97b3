#pragma once

#include <string_view>

#include "address_expression.h"
#include "rules/ips/rule.h"

namespace sekisho::rules {

/// What the words before the parenthesis say.
struct ParsedHeader {
  RuleHeader header;
  bool has_addresses = true;    // false: "alert http (", Snort 3
  bool configures = false;      // "config": not an action on packets
  std::string_view protocol;    // as written, without its hook
  std::string_view state_hook;  // "client_hello_done" of "tls:client_hello_done"
};

/// Throws Refusal.
ParsedHeader parse_header(std::string_view text, ExpressionResolver& resolver);

}  // namespace sekisho::rules
