#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

#include "keyword.h"
#include "number_text.h"
#include "pattern_text.h"

namespace sekisho::rules {
namespace {

constexpr std::int64_t kHighestOffset = 65535;
constexpr std::int64_t kMostBinaryBytes = 8;
constexpr std::int64_t kMostTextBytes = 23;

/// A part of a byte_* value that says how bytes are read: "relative", "little", "string", "hex",
/// "dce", "bitmask 0xf0". False: it is none of these.
class SourceReader {
 public:
  /// `may_be_empty`: byte_jump, where no bytes at all mean a jump by post_offset.
  explicit SourceReader(ByteSource& source, bool may_be_empty = false)
      : source_(source), may_be_empty_(may_be_empty) {}

  bool take(std::string_view part) {
    auto rest = part;
    const auto name = take_word(rest);
    if (name == "relative" && rest.empty())
      source_.relative = true;
    else if (name == "big" || name == "little" || name == "dce")
      set_binary(name);
    else if (name == "string")
      return text_ = true, rest.empty() || (!rest.starts_with("string") && take(rest));
    else if (name == "hex" || name == "dec" || name == "oct")
      set_text_base(name);
    else if (name == "bitmask")
      source_.bitmask = unsigned_of(rest, 1, UINT32_MAX);
    else
      return false;
    return true;
  }

  void finish(std::string_view where) {
    if (has_base_ && !text_) refuse(where, "hex, dec and oct need \"string\"");
    if (text_ && binary_) refuse(where, "a text has no byte order");
    if (text_ && !has_base_) source_.base = NumberBase::decimal;
    const auto most = text_ ? kMostTextBytes : kMostBinaryBytes;
    const auto count = source_.count;
    // A text may take as many digits as there are; a binary number has its size.
    const auto least = text_ || may_be_empty_ ? 0 : 1;
    if (!count.is_variable() && (count.value < least || count.value > most))
      refuse(where,
             fmt::format("{} bytes cannot be read as one number (at most {})", count.value, most));
  }

 private:
  void set_binary(std::string_view name) {
    binary_ = name != "dce";
    source_.base = name == "little" ? NumberBase::binary_little
                   : name == "dce"  ? NumberBase::dce
                                    : NumberBase::binary_big;
  }
  void set_text_base(std::string_view name) {
    has_base_ = true;
    source_.base = name == "hex"   ? NumberBase::hexadecimal
                   : name == "oct" ? NumberBase::octal
                                   : NumberBase::decimal;
  }

  ByteSource& source_;
  bool may_be_empty_;
  bool text_ = false, has_base_ = false, binary_ = false;
};

struct ByteTestOperator {
  Comparison comparison;
  bool negated;
};

ByteTestOperator byte_test_operator(std::string_view text) {
  auto rest = text;
  const bool negated = rest != "!=" && take_prefix(rest, "!");
  rest = trim(rest);
  if (rest.empty() && negated) return {Comparison::equal, true};
  if (rest == "&") return {Comparison::bits_any, negated};
  // value ^ operand is not zero just when they differ.
  if (rest == "^") return {Comparison::not_equal, negated};
  const auto comparison = comparison_named(rest);
  if (!comparison) refuse(text, fmt::format("\"{}\" is no operator of byte_test", text));
  return {*comparison, negated};
}

void read_byte_test(RuleBuilder& builder, const RuleOption& option) {
  auto parts = split(option.value, ',');
  if (parts.size() < 4) refuse(option.value, "byte_test takes count, operator, value, offset, ...");
  ByteTest test;
  test.source.count = builder.operand(parts[0], 0, kMostTextBytes);
  const auto [comparison, negated] = byte_test_operator(parts[1]);
  test.comparison = comparison;
  test.negated = negated;
  test.value = builder.operand(parts[2], INT64_MIN + 1, INT64_MAX);
  test.source.offset = builder.operand(parts[3], -kHighestOffset, kHighestOffset);
  SourceReader reader(test.source);
  for (std::size_t i = 4; i < parts.size(); ++i)
    if (!reader.take(parts[i]))
      refuse(parts[i], fmt::format("unknown part \"{}\" of byte_test", parts[i]));
  reader.finish(option.value);
  const bool relative = test.source.relative;
  builder.add(test, relative, option.name);
}

bool take_jump_part(ByteJump& jump, std::string_view part, const RuleBuilder& builder) {
  const auto name = take_word(part);
  if (name == "align")
    jump.align = true;
  else if (name == "from_beginning")
    jump.from_beginning = true;
  else if (name == "from_end")
    jump.from_end = true;
  else if (name == "multiplier")
    jump.multiplier = static_cast<std::int32_t>(signed_of(part, 1, 65535));
  else if (name == "post_offset")
    jump.post_offset = builder.operand(part, -kHighestOffset, kHighestOffset);
  else
    return false;
  return true;
}

void read_byte_jump(RuleBuilder& builder, const RuleOption& option) {
  auto parts = split(option.value, ',');
  if (parts.size() < 2) refuse(option.value, "byte_jump takes count, offset, ...");
  ByteJump jump;
  jump.source.count = builder.operand(parts[0], 0, kMostTextBytes);
  jump.source.offset = builder.operand(parts[1], -kHighestOffset, kHighestOffset);
  SourceReader reader(jump.source, true);
  for (std::size_t i = 2; i < parts.size(); ++i)
    if (!reader.take(parts[i]) && !take_jump_part(jump, parts[i], builder))
      refuse(parts[i], fmt::format("unknown part \"{}\" of byte_jump", parts[i]));
  if (jump.from_beginning && jump.from_end)
    refuse(option.value, "from_beginning and from_end exclude each other");
  reader.finish(option.value);
  const bool relative = jump.source.relative;
  builder.add(jump, relative, option.name);
}

void read_byte_extract(RuleBuilder& builder, const RuleOption& option) {
  auto parts = split(option.value, ',');
  if (parts.size() < 3) refuse(option.value, "byte_extract takes count, offset, name, ...");
  ByteExtract extract;
  extract.source.count = {signed_of(parts[0], 1, kMostTextBytes), -1};
  extract.source.offset = builder.operand(parts[1], -kHighestOffset, kHighestOffset);
  SourceReader reader(extract.source);
  for (std::size_t i = 3; i < parts.size(); ++i) {
    if (reader.take(parts[i])) continue;
    auto rest = parts[i];
    const auto name = take_word(rest);
    if (name == "multiplier")
      extract.multiplier = static_cast<std::int32_t>(unsigned_of(rest, 1, 65535));
    else if (name == "align" && (rest == "2" || rest == "4"))
      extract.align = rest == "2" ? 2 : 4;
    else
      refuse(parts[i], fmt::format("unknown part \"{}\" of byte_extract", parts[i]));
  }
  reader.finish(option.value);
  extract.variable = builder.define_variable(parts[2]);
  const bool relative = extract.source.relative;
  builder.add(extract, relative, option.name);
}

ByteMath::Operator math_operator(std::string_view text) {
  using Operator = ByteMath::Operator;
  if (text == "+") return Operator::add;
  if (text == "-") return Operator::subtract;
  if (text == "*") return Operator::multiply;
  if (text == "/") return Operator::divide;
  if (text == "<<") return Operator::shift_left;
  if (text == ">>") return Operator::shift_right;
  refuse(text, fmt::format("\"{}\" is no operator of byte_math", text));
}

/// One "name value" of byte_math; the result's name comes back.
std::string_view take_math_part(ByteMath& math, std::string_view part, SourceReader& reader,
                                const RuleBuilder& builder) {
  const auto whole = part;
  const auto name = take_word(part);
  if (name == "bytes")
    math.source.count = builder.operand(part, 1, kMostTextBytes);
  else if (name == "offset")
    math.source.offset = builder.operand(part, -kHighestOffset, kHighestOffset);
  else if (name == "oper")
    math.operation = math_operator(part);
  else if (name == "rvalue")
    math.right = builder.operand(part, 0, UINT32_MAX);
  else if (name == "result")
    return part;
  else if (!(name == "endian" ? reader.take(part) : reader.take(whole)))
    refuse(whole, fmt::format("unknown part \"{}\" of byte_math", whole));
  return {};
}

void read_byte_math(RuleBuilder& builder, const RuleOption& option) {
  ByteMath math;
  SourceReader reader(math.source);
  std::string_view result;
  for (const auto part : split(option.value, ',')) {
    const auto name = take_math_part(math, part, reader, builder);
    if (!name.empty()) result = name;
  }
  reader.finish(option.value);
  if (result.empty()) refuse(option.value, "byte_math names no result");
  const bool divides = math.operation == ByteMath::Operator::divide;
  if (divides && !math.right.is_variable() && math.right.value == 0)
    refuse(option.value, "byte_math divides by zero");
  if (!math.source.count.is_variable() && math.source.count.value == 0)
    refuse(option.value, "byte_math does not say how many bytes it reads");
  math.variable = builder.define_variable(result);
  const bool relative = math.source.relative;
  builder.add(math, relative, option.name);
}

void read_isdataat(RuleBuilder& builder, const RuleOption& option) {
  auto parts = split(option.value, ',');
  if (parts.empty()) refuse(option.name, "isdataat takes a number");
  IsDataAt test;
  test.negated = take_prefix(parts[0], "!");
  test.at = builder.operand(trim(parts[0]), -kHighestOffset, kHighestOffset);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i] == "relative")
      test.relative = true;
    else if (parts[i] != "rawbytes")
      refuse(parts[i], fmt::format("unknown part \"{}\" of isdataat", parts[i]));
  }
  const bool relative = test.relative;
  builder.add(test, relative, option.name);
}

/// bsize, and Snort's bufferlen with its ",relative".
void read_buffer_size(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  BufferSize size;
  size.size = number_test_of(take_until(rest, ','), UINT32_MAX);
  rest = trim(rest);
  if (!rest.empty() && (rest != "relative" || option.name != "bufferlen"))
    refuse(rest, fmt::format("unknown part \"{}\" of {}", rest, option.name));
  size.relative = !rest.empty();
  if (!builder.has_selected() && option.name == "bsize")
    refuse(option.name, "bsize stands behind no buffer");
  const bool relative = size.relative;
  builder.add(size, relative, option.name);
}

/// "3<>20", "16, norm", "17, raw": of the URI decoded or as it came.
void read_urilen(RuleBuilder& builder, const RuleOption& option) {
  auto rest = option.value;
  BufferSize size;
  size.size = number_test_of(take_until(rest, ','), 65535);
  rest = trim(rest);
  if (!rest.empty() && rest != "norm" && rest != "raw")
    refuse(rest, fmt::format("\"{}\" is neither norm nor raw", rest));
  builder.add_to(rest == "raw" ? Field::http_uri_raw : Field::http_uri, size, option.name);
}

void read_base64_decode(RuleBuilder& builder, const RuleOption& option) {
  Base64Decode decode;
  for (const auto whole : split(option.value, ',')) {
    auto part = whole;
    const auto name = take_word(part);
    if (name == "relative")
      decode.relative = true;
    else if (name == "bytes")
      decode.bytes = static_cast<std::uint32_t>(unsigned_of(part, 1, 65535));
    else if (name == "offset")
      decode.offset = static_cast<std::uint32_t>(unsigned_of(part, 0, 65535));
    else
      refuse(whole, fmt::format("unknown part \"{}\" of base64_decode", whole));
  }
  const bool relative = decode.relative;
  builder.add(decode, relative, option.name);
}

void read_absent(RuleBuilder& builder, const RuleOption& option) {
  if (!option.value.empty() && option.value != "or_else")
    refuse(option.value,
           fmt::format("absent takes nothing or \"or_else\", not \"{}\"", option.value));
  if (!builder.has_selected()) refuse(option.name, "absent stands behind no buffer");
  builder.add(Absent{!option.value.empty()}, false, option.name);
}

double bits_per_byte(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 8))
    refuse(text, fmt::format("\"{}\" is not a number from 0 to 8", text));
  return value;
}

void set_entropy_value(Entropy& entropy, std::string_view text) {
  if (const auto comparison = take_comparison(text)) {
    entropy.comparison = *comparison;
    entropy.value = bits_per_byte(text);
    return;
  }
  const bool negated = take_prefix(text, "!");
  const auto dash = text.find('-');
  entropy.value = bits_per_byte(trim(text.substr(0, dash)));
  if (dash == std::string_view::npos) {
    entropy.comparison = negated ? Comparison::not_equal : Comparison::equal;
    return;
  }
  entropy.high = bits_per_byte(trim(text.substr(dash + 1)));
  entropy.comparison = negated ? Comparison::outside : Comparison::between;
}

void read_entropy(RuleBuilder& builder, const RuleOption& option) {
  Entropy entropy;
  bool has_value = false;
  for (const auto whole : split(option.value, ',')) {
    auto part = whole;
    const auto name = take_word(part);
    if (name == "value") {
      set_entropy_value(entropy, part);
      has_value = true;
    } else if (name == "bytes") {
      entropy.bytes = static_cast<std::uint32_t>(unsigned_of(part, 0, UINT32_MAX));
    } else if (name == "offset") {
      entropy.offset = static_cast<std::uint32_t>(unsigned_of(part, 0, UINT32_MAX));
    } else {
      refuse(whole, fmt::format("unknown part \"{}\" of entropy", whole));
    }
  }
  if (!has_value) refuse(option.name, "entropy compares with no value");
  builder.add(entropy, false, option.name);
}

void read_asn1(RuleBuilder& builder, const RuleOption& option) {
  AsnOne test;
  for (const auto part : split(option.value, ',')) {
    const auto pieces = words(part);
    const auto name = pieces.empty() ? part : pieces[0];
    const auto number = pieces.size() == 2 ? pieces[1] : part.substr(part.size());
    if (name == "bitstring_overflow") {
      test.bitstring_overflow = true;
    } else if (name == "double_overflow") {
      test.double_overflow = true;
    } else if (name == "oversize_length") {
      test.oversize_length = static_cast<std::uint32_t>(unsigned_of(number, 1, UINT32_MAX));
    } else if (name == "absolute_offset" || name == "relative_offset") {
      test.offset = static_cast<std::int32_t>(signed_of(number, -kHighestOffset, kHighestOffset));
      test.relative = name == "relative_offset";
    } else {
      refuse(part, fmt::format("unknown part \"{}\" of asn1", part));
    }
  }
  const bool relative = test.relative;
  builder.add(test, relative, option.name);
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"byte_test", V::required, read_byte_test},
    Keyword{"byte_jump", V::required, read_byte_jump},
    Keyword{"byte_extract", V::required, read_byte_extract},
    Keyword{"byte_math", V::required, read_byte_math},
    Keyword{"isdataat", V::required, read_isdataat},
    Keyword{"bsize", V::required, read_buffer_size},
    Keyword{"bufferlen", V::required, read_buffer_size},
    Keyword{"urilen", V::required, read_urilen},
    Keyword{"base64_decode", V::optional, read_base64_decode},
    Keyword{"absent", V::optional, read_absent},
    Keyword{"entropy", V::required, read_entropy},
    Keyword{"asn1", V::required, read_asn1},
};

}  // namespace

std::span<const Keyword> byte_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
