#include "config/policy/ips_settings.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "literals.h"

namespace sekisho::policy {
namespace {

bool to_number(std::string_view digits, std::uint32_t most, std::uint32_t& out) {
  const auto* const end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, out);
  return problem == std::errc{} && stop == end && out <= most;
}

/// Takes "from X" or "to X" off the begin of `rest`; X ends before `next`, or is the rest.
bool take_operand(std::string_view& rest, std::string_view word, std::string_view next,
                  std::string_view& operand) {
  if (!rest.starts_with(word)) return false;
  rest.remove_prefix(word.size());
  const auto end = next.empty() ? std::string_view::npos : rest.find(next);
  operand = trim(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  return true;
}

}  // namespace

Result<TrafficText> parse_traffic(std::string_view text) {
  const Error wrong = refused(text,
                              "is not traffic like 'all from 192.0.2.0/24' or '2019401 to "
                              "office' (a rule's number or all, then from, to or both)");
  TrafficText traffic;
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return wrong;
  const auto rule = text.substr(0, blank);
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  if (rule != "all" && (!to_number(rule, kMost, traffic.rule) || traffic.rule == 0)) return wrong;
  auto rest = text.substr(blank);
  const bool has_source = take_operand(rest, " from ", " to ", traffic.source);
  const bool has_destination = take_operand(rest, " to ", "", traffic.destination);
  if (!has_source && !has_destination) return wrong;
  if (has_source == traffic.source.empty() || has_destination == traffic.destination.empty() ||
      !rest.empty())
    return wrong;
  return traffic;
}

Result<std::vector<AddressRange>> find_addresses(std::string_view text,
                                                 std::span<const AddressObject> objects) {
  const auto named = std::find_if(objects.begin(), objects.end(),
                                  [&](const auto& object) { return object.name == text; });
  if (named != objects.end()) return named->ranges;
  auto range = parse_address_range(text);
  if (!range)
    return Error{Error::Code::not_found,
                 refused(text, "is neither an address object nor an address").message};
  return std::vector<AddressRange>{*range};
}

Result<RuleSeconds> parse_rule_seconds(std::string_view text) {
  RuleSeconds result;
  const auto equal = text.find('=');
  constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
  if (equal == std::string_view::npos ||
      !to_number(trim(text.substr(0, equal)), kMost, result.rule) || result.rule == 0 ||
      !to_number(trim(text.substr(equal + 1)), kMaxQuarantineSeconds, result.seconds))
    return refused(text, "is not a rule and seconds like 2019401=600 (at most " +
                             std::to_string(kMaxQuarantineSeconds) + " seconds, 0: never)");
  return result;
}

}  // namespace sekisho::policy
