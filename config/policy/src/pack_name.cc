#include "config/policy/pack_name.h"

namespace sekisho::policy {
namespace {

constexpr std::string_view kOwnRules = "ips_rules";  // the policy's, in messages

bool is_word(std::string_view part) {
  constexpr std::string_view kCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return !part.empty() && part.front() != '.' &&
         part.find_first_not_of(kCharacters) == std::string_view::npos;
}

}  // namespace

bool is_rule_text(std::string_view name) {
  return name.ends_with(".rules") || name == "classification.config" || name == "threshold.config";
}

bool is_pack_name(std::string_view name) {
  if (name.size() > kMaxPackNameBytes || name == kOwnRules) return false;
  if (is_rule_text(name)) return is_word(name);
  const auto last = name.substr(name.rfind('/') + 1);
  if (last.ends_with(".rules") || last.ends_with(".config") || last.ends_with(".new")) return false;
  while (true) {
    const auto slash = name.find('/');
    if (!is_word(name.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace sekisho::policy
