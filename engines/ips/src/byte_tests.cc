#include <bit>

#include "content_match.h"

namespace sekisho::engines::ips {
namespace {

constexpr std::int64_t kMaxBinaryBytes = 8;
constexpr std::int64_t kMaxTextBytes = 23;

bool has(const Element& element, ElementFlag flag) noexcept { return (element.flags & flag) != 0; }

std::uint64_t binary_number(std::span<const std::uint8_t> bytes, bool little) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value = value << 8 | bytes[little ? bytes.size() - 1 - i : i];
  return value;
}

int digit_of(std::uint8_t byte) noexcept {
  if (byte >= '0' && byte <= '9') return byte - '0';
  const auto letter = byte | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : 99;
}

/// As C reads a number: blanks and a sign in front, then digits up to the first other byte.
bool text_number(std::span<const std::uint8_t> bytes, int base, std::uint64_t& value) noexcept {
  std::size_t at = 0;
  while (at < bytes.size() && (bytes[at] == ' ' || (bytes[at] >= '\t' && bytes[at] <= '\r'))) ++at;
  bool negative = false;
  if (at < bytes.size() && (bytes[at] == '-' || bytes[at] == '+')) negative = bytes[at++] == '-';
  if (base == 16 && at + 2 < bytes.size() && bytes[at] == '0' && (bytes[at + 1] | 0x20) == 'x' &&
      digit_of(bytes[at + 2]) < 16)
    at += 2;
  const auto first = at;
  value = 0;
  for (; at < bytes.size() && digit_of(bytes[at]) < base; ++at)
    if (__builtin_mul_overflow(value, static_cast<std::uint64_t>(base), &value) ||
        __builtin_add_overflow(value, static_cast<std::uint64_t>(digit_of(bytes[at])), &value))
      return false;
  if (negative) value = std::uint64_t{0} - value;
  return at != first;
}

int radix_of(rules::NumberBase base) noexcept {
  switch (base) {
    case rules::NumberBase::decimal:
      return 10;
    case rules::NumberBase::hexadecimal:
      return 16;
    case rules::NumberBase::octal:
      return 8;
    default:
      return 0;
  }
}

std::uint64_t aligned_up(std::uint64_t value, std::uint64_t to) noexcept {
  return (value + to - 1) / to * to;
}

}  // namespace

/// All digits of a text from `begin`.
ContentMatcher::Index ContentMatcher::digits_at(Index begin, int radix) const noexcept {
  Index count = 0;
  while (begin >= 0 && begin + count < size() && count < kMaxTextBytes &&
         digit_of(input_.bytes[static_cast<std::size_t>(begin + count)]) < radix)
    ++count;
  return count;
}

/// `place` becomes the index behind the number.
bool ContentMatcher::read_number(const Element& element, Index& place, Index position,
                                 std::uint64_t& value) noexcept {
  Index count = value_of(element.operands[0]);
  Index begin = value_of(element.operands[1]);
  if (has(element, kRelative))
    begin += position;
  else
    begin -= static_cast<Index>(input_.offset);
  const auto base = static_cast<rules::NumberBase>(element.base);
  const int radix = radix_of(base);
  if (count == 0 && radix != 0) count = digits_at(begin, radix);
  if (count < 0 || count > (radix == 0 ? kMaxBinaryBytes : kMaxTextBytes)) return false;
  if (begin < 0 || begin > size() - count) return false;
  place = begin + count;
  const auto bytes =
      input_.bytes.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
  if (radix == 0)
    value = binary_number(bytes, base != rules::NumberBase::binary_big);
  else if (!text_number(bytes, radix, value))
    return false;
  if (element.number != 0) value = (value & element.number) >> std::countr_zero(element.number);
  return true;
}

bool ContentMatcher::run_byte_test(const Element& element, Index position) noexcept {
  std::uint64_t value = 0;
  Index behind = 0;
  if (!read_number(element, behind, position, value)) return false;
  const auto wanted = number_of(element.operands[2]);
  return compare(static_cast<rules::Comparison>(element.comparison), value, wanted, wanted) !=
         has(element, kNegated);
}

bool ContentMatcher::run_byte_jump(const Element& element, Index& position) noexcept {
  std::uint64_t value = 0;
  Index behind = 0;
  if (!read_number(element, behind, position, value)) return false;
  value *= static_cast<std::uint64_t>(static_cast<std::int64_t>(element.multiplier));
  if (has(element, kAlign)) value = aligned_up(value, 4);
  std::uint64_t target = static_cast<std::uint64_t>(behind);
  if (has(element, kFromBeginning)) target = std::uint64_t{0} - input_.offset;
  if (has(element, kFromEnd)) target = input_.bytes.size();
  target += value + number_of(element.operands[2]);
  // As Suricata does: a jump to before the buffer ends at its beginning.
  if (static_cast<std::int64_t>(target) < 0) target = std::uint64_t{0} - input_.offset;
  if (target >= input_.bytes.size()) return false;
  position = static_cast<Index>(target);
  return true;
}

bool ContentMatcher::run_byte_store(const Element& element, Index& position) noexcept {
  std::uint64_t value = 0;
  Index behind = 0;
  if (!read_number(element, behind, position, value)) return false;
  if (element.kind == ElementKind::byte_extract) {
    value *= static_cast<std::uint64_t>(static_cast<std::int64_t>(element.multiplier));
    if (element.align > 1) value = aligned_up(value, element.align);
  } else {
    const auto right = number_of(element.operands[2]);
    switch (static_cast<rules::ByteMath::Operator>(element.operation)) {
      case rules::ByteMath::Operator::add:
        value += right;
        break;
      case rules::ByteMath::Operator::subtract:
        value -= right;
        break;
      case rules::ByteMath::Operator::multiply:
        value *= right;
        break;
      case rules::ByteMath::Operator::divide:
        if (right == 0) return false;
        value /= right;
        break;
      case rules::ByteMath::Operator::shift_left:
        value = right < 64 ? value << right : 0;
        break;
      case rules::ByteMath::Operator::shift_right:
        value = right < 64 ? value >> right : 0;
        break;
    }
  }
  variables_[static_cast<std::size_t>(element.variable)] = value;
  position = behind;
  return true;
}

}  // namespace sekisho::engines::ips
