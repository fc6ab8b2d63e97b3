#include "address_expression.h"

#include <fmt/format.h>

#include <bit>

#include "interval_set.h"
#include "text.h"

namespace sekisho::rules {
namespace {

struct AddressSpace {
  using Range = AddressRange;
  static constexpr std::string_view kNoun = "address";

  static IpAddress before(IpAddress a) noexcept {
    for (auto i = a.bytes.size(); i-- > 0;)
      if (a.bytes[i]-- != 0) break;
    return a;
  }
  static IpAddress after(IpAddress a) noexcept {
    for (auto i = a.bytes.size(); i-- > 0;)
      if (++a.bytes[i] != 0) break;
    return a;
  }
  /// Overlapping or adjacent, and of one family.
  static bool joins(const AddressRange& a, const AddressRange& b) noexcept {
    return a.first.is_v4() == b.first.is_v4() && (b.first <= a.last || after(a.last) == b.first);
  }
  /// IPv6 below the mapped addresses, IPv4, IPv6 above them.
  static std::vector<AddressRange> universe() {
    IpAddress lowest;
    IpAddress highest;
    highest.bytes.fill(0xff);
    const auto v4_first = IpAddress::from_v4(0);
    const auto v4_last = IpAddress::from_v4(~std::uint32_t{0});
    return {{lowest, before(v4_first)}, {v4_first, v4_last}, {after(v4_last), highest}};
  }

  static std::optional<AddressRange> parse_mask(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto mask = parse_ip_address(text.substr(slash + 1));
    if (!mask || !mask->is_v4()) return std::nullopt;
    const auto bits = static_cast<unsigned>(std::popcount(mask->v4()));
    if (bits > 0 && mask->v4() != ~std::uint32_t{0} << (32 - bits)) return std::nullopt;
    const auto range =
        parse_address_range(std::string(text.substr(0, slash)) + "/" + std::to_string(bits));
    if (!range) return std::nullopt;
    return *range;
  }

  static AddressRange parse(std::string_view text) {
    if (const auto range = parse_address_range(text)) return *range;
    if (const auto range = parse_mask(text)) return *range;
    refuse(text, fmt::format("\"{}\" is no address, range or network", text));
  }
};

struct PortSpace {
  using Range = PortRange;
  static constexpr std::string_view kNoun = "port";

  static std::uint16_t before(std::uint16_t port) noexcept {
    return static_cast<std::uint16_t>(port - 1);
  }
  static std::uint16_t after(std::uint16_t port) noexcept {
    return static_cast<std::uint16_t>(port + 1);
  }
  static bool joins(const PortRange& a, const PortRange& b) noexcept {
    return std::uint32_t{b.first} <= std::uint32_t{a.last} + 1;
  }
  static std::vector<PortRange> universe() { return {{0, 65535}}; }

  static PortRange parse(std::string_view text) {
    const auto colon = text.find(':');
    const auto low = trim(text.substr(0, colon));
    const auto high = colon == std::string_view::npos ? low : trim(text.substr(colon + 1));
    PortRange range;
    if (!low.empty() || colon == std::string_view::npos)
      range.first = static_cast<std::uint16_t>(unsigned_of(low, 0, 65535));
    if (!high.empty()) range.last = static_cast<std::uint16_t>(unsigned_of(high, 0, 65535));
    if (range.last < range.first) refuse(text, fmt::format("port range {} runs backwards", text));
    return range;
  }
};

/// Reads `any`, a value, `$VARIABLE`, `[list]`, each with `!` in front. A list is its positive
/// members (all, when there are none) without its negated ones.
template <class Space>
class ExpressionReader {
 public:
  using Ranges = std::vector<typename Space::Range>;
  explicit ExpressionReader(const RuleVariables& variables) : variables_(variables) {}

  Ranges read(std::string_view text) {
    auto ranges = member(trim(text), 0);
    if (ranges.empty()) refuse(text, fmt::format("no {} is left of {}", Space::kNoun, text));
    return ranges;
  }

 private:
  Ranges member(std::string_view text, int depth) {
    if (depth > kMaxExpressionDepth)
      refuse(text, fmt::format("{} groups are nested more than {} deep, or a variable contains "
                               "itself",
                               Space::kNoun, kMaxExpressionDepth));
    if (text.starts_with('!'))
      return IntervalSet<Space>::without(Space::universe(),
                                         member(trim(text.substr(1)), depth + 1));
    if (text.empty()) refuse(text, fmt::format("an {} is missing", Space::kNoun));
    if (equals_nocase(text, "any")) return Space::universe();
    if (text.front() == '$') return variable(text, depth);
    if (text.front() == '[') return list(text, depth);
    return {Space::parse(text)};
  }

  Ranges variable(std::string_view text, int depth) {
    const auto found = variables_.find(text.substr(1));
    if (found == variables_.end())
      refuse(text, fmt::format("{} variable {} is not defined", Space::kNoun, text));
    try {
      return group(found->second, depth + 1);
    } catch (Refusal& inner) {
      refuse(text, fmt::format("in {}: {}", text, inner.message));
    }
  }

  Ranges list(std::string_view text, int depth) {
    if (!text.ends_with(']')) refuse(text, fmt::format("{} group without \"]\"", Space::kNoun));
    text.remove_prefix(1);
    text.remove_suffix(1);
    return group(text, depth + 1);
  }

  /// Comma-separated members, brackets around them taken off.
  Ranges group(std::string_view text, int depth) {
    Ranges positive;
    Ranges negative;
    bool has_positive = false;
    text = trim(text);
    if (text.empty()) refuse(text, fmt::format("an {} group is empty", Space::kNoun));
    while (!text.empty()) {
      const auto one = take_member(text);
      const bool negated = one.starts_with('!');
      auto ranges = member(negated ? trim(one.substr(1)) : one, depth);
      has_positive |= !negated;
      auto& into = negated ? negative : positive;
      into.insert(into.end(), ranges.begin(), ranges.end());
    }
    if (!has_positive) positive = Space::universe();
    return IntervalSet<Space>::without(IntervalSet<Space>::normalised(std::move(positive)),
                                       IntervalSet<Space>::normalised(std::move(negative)));
  }

  /// Up to the comma at this depth of brackets.
  static std::string_view take_member(std::string_view& text) {
    int open = 0;
    std::size_t end = 0;
    for (; end < text.size(); ++end) {
      if (text[end] == '[') ++open;
      if (text[end] == ']' && --open < 0) refuse(text.substr(end), "\"]\" without \"[\"");
      if (text[end] == ',' && open == 0) break;
    }
    if (open > 0) refuse(text, "\"[\" without \"]\"");
    const auto one = trim(text.substr(0, end));
    text = end < text.size() ? trim(text.substr(end + 1)) : text.substr(text.size());
    return one;
  }

  const RuleVariables& variables_;
};

template <class Space, class Set>
const Set& resolve(std::string_view expression, const RuleVariables& variables,
                   std::unordered_map<std::string, Set>& known) {
  const std::string key(expression);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  Set set;
  set.ranges = ExpressionReader<Space>(variables).read(expression);
  const auto universe = Space::universe();
  set.any = set.ranges.size() == universe.size() &&
            std::equal(universe.begin(), universe.end(), set.ranges.begin(),
                       [](const auto& a, const auto& b) {
                         return a.first == b.first && a.last == b.last;
                       });
  if (set.any) set.ranges.clear();
  return known.emplace(key, std::move(set)).first->second;
}

}  // namespace

const AddressSet& ExpressionResolver::addresses(std::string_view expression) {
  return resolve<AddressSpace>(expression, address_variables_, addresses_);
}

const PortSet& ExpressionResolver::ports(std::string_view expression) {
  return resolve<PortSpace>(expression, port_variables_, ports_);
}

}  // namespace sekisho::rules
