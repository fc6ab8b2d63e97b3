#include "content_match.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base64.h"
#include "search.h"

namespace sekisho::engines::ips {
namespace {

constexpr std::uint64_t kBytesOfSearchStep = 64;
constexpr std::uint64_t kStepsOfRegex = 64;
constexpr std::uint64_t kBytesOfRegexStep = 16;

bool has(const Element& element, ElementFlag flag) noexcept { return (element.flags & flag) != 0; }

bool uses_variable(const Element& element) noexcept {
  return std::any_of(std::begin(element.operands), std::end(element.operands),
                     [](const PackedOperand& operand) { return operand.variable >= 0; });
}

}  // namespace

bool compare(rules::Comparison comparison, std::uint64_t value, std::uint64_t low,
             std::uint64_t high) noexcept {
  switch (comparison) {
    case rules::Comparison::equal:
      return value == low;
    case rules::Comparison::not_equal:
      return value != low;
    case rules::Comparison::less:
      return value < low;
    case rules::Comparison::less_or_equal:
      return value <= low;
    case rules::Comparison::greater:
      return value > low;
    case rules::Comparison::greater_or_equal:
      return value >= low;
    case rules::Comparison::between:
      return value > low && value < high;
    case rules::Comparison::between_inclusive:
      return value >= low && value <= high;
    case rules::Comparison::outside:
      return value < low || value > high;
    case rules::Comparison::bits_any:
      return (value & low) != 0;
    case rules::Comparison::bits_none:
      return (value & low) == 0;
    case rules::Comparison::bits_all:
      return (value & low) == low;
    case rules::Comparison::bits_equal:
      return (value & low) == high;
  }
  return false;
}

ContentMatcher::ContentMatcher(const Ruleset::Tables& tables, DetectorCounts& counts,
                               DatasetAccess& datasets)
    : tables_(tables),
      counts_(counts),
      datasets_(datasets),
      base64_(std::make_unique<std::uint8_t[]>(kMaxBase64Bytes)) {}

bool ContentMatcher::matches(std::span<const Element> elements, const BufferInput& input) noexcept {
  elements_ = elements;
  input_ = input;
  recursions_ = 0;
  return run(0, 0) == Step::matched;
}

bool ContentMatcher::spend(std::uint64_t steps) noexcept {
  if (steps_ <= steps) {
    if (steps_ != 0) ++counts_.over_budget;
    steps_ = 0;
    return false;
  }
  steps_ -= steps;
  return true;
}

/// A test that does not depend on where an earlier one matched fails for good.
ContentMatcher::Step ContentMatcher::failure(const Element& element) noexcept {
  return has(element, kRelative) || uses_variable(element) ? Step::failed : Step::stop;
}

ContentMatcher::Step ContentMatcher::run(std::size_t at, Index position) noexcept {
  for (;; ++at) {
    if (at == elements_.size()) return Step::matched;
    if (++recursions_ > kRecursionLimit) {
      if (recursions_ == kRecursionLimit + 1) ++counts_.over_recursion;
      return Step::stop;
    }
    if (!spend(1)) return Step::stop;
    const auto& element = elements_[at];
    if (element.kind == ElementKind::content) return run_content(at, element, position);
    if (element.kind == ElementKind::pcre) return run_pcre(at, element, position);
    if (!run_simple(element, position)) return failure(element);
  }
}

void ContentMatcher::region_of(const Element& element, Index position, Index& begin,
                               Index& end) const noexcept {
  const auto base = static_cast<Index>(input_.offset);
  const auto length = static_cast<Index>(element.bytes.count);
  begin = 0;
  end = size();
  if (has(element, kRelative)) {
    const Index distance = has(element, kHasDistance) ? value_of(element.operands[2]) : 0;
    begin = position + distance;
    if (has(element, kHasWithin))
      end = std::min(end, position + distance + value_of(element.operands[3]));
    if (has(element, kHasOffset)) begin = std::max(begin, value_of(element.operands[0]) - base);
    if (has(element, kHasDepth)) end = std::min(end, position + value_of(element.operands[1]));
  } else {
    const Index offset = has(element, kHasOffset) ? value_of(element.operands[0]) : 0;
    begin = offset - base;
    if (has(element, kHasDepth)) end = std::min(end, offset + value_of(element.operands[1]) - base);
    if (has(element, kStartsWith)) end = std::min(end, offset + length - base);
    if (has(element, kStartsWith) && base != 0) end = 0;
  }
  begin = std::max<Index>(begin, 0);
  if (!has(element, kEndsWith)) return;
  begin = std::max(begin, size() - length);
  if (!input_.complete) end = 0;
}

ContentMatcher::Step ContentMatcher::run_content(std::size_t at, const Element& element,
                                                 Index position) noexcept {
  const auto pattern = tables_.of(tables_.strings, element.bytes);
  const auto length = static_cast<Index>(pattern.size());
  Index begin = 0, end = 0;
  region_of(element, position, begin, end);
  for (;;) {
    std::size_t found = kNotFound;
    if (begin <= end - length) {
      const auto region = input_.bytes.subspan(static_cast<std::size_t>(begin),
                                               static_cast<std::size_t>(end - begin));
      found = find_bytes(region, pattern, has(element, kNocase));
      const auto searched = found == kNotFound ? region.size() : found;
      if (!spend(searched / kBytesOfSearchStep)) return Step::stop;
    }
    if (has(element, kNegated))
      return found == kNotFound ? run(at + 1, position) : failure(element);
    if (found == kNotFound) return failure(element);
    const auto match_begin = begin + static_cast<Index>(found);
    const auto result = run(at + 1, match_begin + length);
    if (result != Step::failed || !has(element, kNextRelative)) return result;
    begin = match_begin + 1;
  }
}

void ContentMatcher::keep_captures(const Element& element,
                                   std::span<const std::uint8_t> subject) noexcept {
  const auto variables = tables_.of(tables_.ids, element.bytes);
  for (std::uint32_t group = 0; group < variables.size(); ++group) {
    std::size_t begin = 0, end = 0;
    if (variables[group] == kNone || !regex_scratch_.capture(group + 1, begin, end)) continue;
    std::uint64_t value = 0;
    for (std::size_t i = begin; i < end && subject[i] >= '0' && subject[i] <= '9'; ++i)
      value = value * 10 + (subject[i] - '0');
    variables_[variables[group]] = value;
  }
  const auto names = tables_.of(tables_.ids, element.names);
  for (std::uint32_t i = 0; i < names.size(); i += 3) {
    std::size_t begin = 0, end = 0;
    const auto scope = static_cast<AlertNote::Scope>(names[i]);
    if (scope == AlertNote::Scope::none || !regex_scratch_.capture(i / 3 + 1, begin, end)) continue;
    datasets_.note(scope, tables_.text({names[i + 1], names[i + 2]}),
                   subject.subspan(begin, end - begin));
  }
}

ContentMatcher::Step ContentMatcher::run_pcre(std::size_t at, const Element& element,
                                              Index position) noexcept {
  const auto& regex = tables_.regexes[element.extra];
  const Index origin = has(element, kRelative) ? position : 0;
  if (origin < 0 || origin > size()) return failure(element);
  const auto subject = input_.bytes.subspan(static_cast<std::size_t>(origin));
  std::size_t start = 0;
  for (;;) {
    if (!spend(kStepsOfRegex + (subject.size() - start) / kBytesOfRegexStep)) return Step::stop;
    const auto outcome = regex.match(subject, start, regex_scratch_);
    if (outcome == pattern::RegexOutcome::over_limit) ++counts_.over_regex_limit;
    const bool found = outcome == pattern::RegexOutcome::match;
    if (has(element, kNegated)) return found ? failure(element) : run(at + 1, position);
    std::size_t begin = 0, end = 0;
    if (!found || !regex_scratch_.capture(0, begin, end)) return failure(element);
    keep_captures(element, subject);
    const auto result = run(at + 1, origin + static_cast<Index>(end));
    if (result != Step::failed || !has(element, kNextRelative)) return result;
    start = begin + 1;
    if (start > subject.size()) return failure(element);
  }
}

bool ContentMatcher::run_simple(const Element& element, Index& position) noexcept {
  switch (element.kind) {
    case ElementKind::byte_test:
      return run_byte_test(element, position);
    case ElementKind::byte_jump:
      return run_byte_jump(element, position);
    case ElementKind::byte_extract:
    case ElementKind::byte_math:
      return run_byte_store(element, position);
    case ElementKind::is_data_at:
      return is_data_at(element, position);
    case ElementKind::size:
      return has_size(element, position);
    case ElementKind::base64_decode:
      return decode(element, position);
    case ElementKind::absent:
      return has(element, kOrElse);
    case ElementKind::entropy:
      return has_entropy(element);
    case ElementKind::dataset:
      return datasets_.dataset(element, input_.bytes);
    case ElementKind::asn1: {
      const Index at = (has(element, kRelative) ? position : 0) + element.operands[0].value;
      return at >= 0 && at < size() &&
             has_bad_asn1(element, input_.bytes.subspan(static_cast<std::size_t>(at)));
    }
    case ElementKind::content:
    case ElementKind::pcre:
      break;
  }
  return false;
}

bool ContentMatcher::is_data_at(const Element& element, Index position) const noexcept {
  const Index at = value_of(element.operands[0]);
  const bool present = has(element, kRelative) ? position + at <= size()
                                               : at < size() + static_cast<Index>(input_.offset);
  // That nothing follows is known at the end only.
  if (!present && !input_.complete) return false;
  return present != has(element, kNegated);
}

bool ContentMatcher::has_size(const Element& element, Index position) const noexcept {
  const auto count = has(element, kRelative) ? static_cast<std::uint64_t>(size() - position)
                                             : input_.offset + input_.bytes.size();
  const auto comparison = static_cast<rules::Comparison>(element.comparison);
  const bool holds = compare(comparison, count, element.number, element.high);
  if (!input_.complete && comparison != rules::Comparison::greater &&
      comparison != rules::Comparison::greater_or_equal)
    return false;
  return holds != has(element, kNegated);
}

bool ContentMatcher::has_entropy(const Element& element) noexcept {
  const auto offset = static_cast<std::size_t>(element.operands[1].value);
  if (offset >= input_.bytes.size()) return false;
  auto bytes = input_.bytes.subspan(offset);
  const auto limit = static_cast<std::size_t>(element.operands[0].value);
  if (limit != 0) bytes = bytes.first(std::min(limit, bytes.size()));
  if (!spend(bytes.size() / 16)) return false;
  std::array<std::uint32_t, 256> counts{};
  for (const auto byte : bytes) ++counts[byte];
  double entropy = 0;
  for (const auto count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(bytes.size());
    entropy -= share * std::log2(share);
  }
  const auto bound = std::bit_cast<double>(element.number);
  const auto upper = std::bit_cast<double>(element.high);
  switch (static_cast<rules::Comparison>(element.comparison)) {
    case rules::Comparison::between:
      return entropy > bound && entropy < upper;
    case rules::Comparison::between_inclusive:
      return entropy >= bound && entropy <= upper;
    case rules::Comparison::outside:
      return entropy < bound || entropy > upper;
    case rules::Comparison::equal:
      return entropy == bound;
    case rules::Comparison::not_equal:
      return entropy != bound;
    case rules::Comparison::less:
      return entropy < bound;
    case rules::Comparison::less_or_equal:
      return entropy <= bound;
    case rules::Comparison::greater_or_equal:
      return entropy >= bound;
    default:
      return entropy > bound;
  }
}

bool ContentMatcher::decode(const Element& element, Index position) noexcept {
  const Index at = (has(element, kRelative) ? position : 0) + element.operands[1].value;
  if (at < 0 || at >= size()) return false;
  auto text = input_.bytes.subspan(static_cast<std::size_t>(at));
  const auto limit = static_cast<std::size_t>(element.operands[0].value);
  if (limit != 0) text = text.first(std::min(limit, text.size()));
  if (!spend(text.size() / 16)) return false;
  base64_size_ = decode_base64(text, Base64Mode::rfc4648, {base64_.get(), kMaxBase64Bytes});
  return base64_size_ != 0;
}

}  // namespace sekisho::engines::ips
