#include <algorithm>
#include <bit>
#include <cmath>

#include "pack_rule.h"

namespace sekisho::engines::ips {
namespace {

using rules::Operand;

PackedOperand packed(const Operand& operand) { return {operand.value, operand.variable, 0}; }

template <class... Pairs>
std::uint16_t flags_of(Pairs... pairs) {
  std::uint16_t flags = 0;
  ((flags = static_cast<std::uint16_t>(flags | (pairs.first ? pairs.second : 0))), ...);
  return flags;
}
std::pair<bool, int> when(bool condition, ElementFlag flag) { return {condition, flag}; }

/// byte_*: where the number comes from.
void pack_source(const rules::ByteSource& source, Element& element) {
  element.operands[0] = packed(source.count);
  element.operands[1] = packed(source.offset);
  element.base = static_cast<std::uint8_t>(source.base);
  element.number = source.bitmask;
  if (source.relative) element.flags |= kRelative;
}

Element packed_content(const rules::Content& content, ArtifactWriter& writer) {
  Element element;
  element.kind = ElementKind::content;
  element.bytes = writer.add_bytes(content.pattern);
  element.flags =
      flags_of(when(content.negated, kNegated), when(content.nocase, kNocase),
               when(content.starts_with, kStartsWith), when(content.ends_with, kEndsWith),
               when(content.has_offset, kHasOffset), when(content.has_depth, kHasDepth),
               when(content.has_distance, kHasDistance), when(content.has_within, kHasWithin),
               when(content.is_relative(), kRelative));
  element.operands[0] = packed(content.offset);
  element.operands[1] = packed(content.depth);
  element.operands[2] = packed(content.distance);
  element.operands[3] = packed(content.within);
  return element;
}

Element packed_byte_test(const rules::ByteTest& test) {
  Element element;
  element.kind = ElementKind::byte_test;
  pack_source(test.source, element);
  element.comparison = static_cast<std::uint8_t>(test.comparison);
  element.operands[2] = packed(test.value);
  if (test.negated) element.flags |= kNegated;
  return element;
}

Element packed_byte_jump(const rules::ByteJump& jump) {
  Element element;
  element.kind = ElementKind::byte_jump;
  pack_source(jump.source, element);
  element.multiplier = jump.multiplier;
  element.operands[2] = packed(jump.post_offset);
  element.flags = static_cast<std::uint16_t>(
      element.flags | flags_of(when(jump.align, kAlign), when(jump.from_beginning, kFromBeginning),
                               when(jump.from_end, kFromEnd)));
  return element;
}

Element packed_byte_extract(const rules::ByteExtract& extract) {
  Element element;
  element.kind = ElementKind::byte_extract;
  pack_source(extract.source, element);
  element.multiplier = extract.multiplier;
  element.align = extract.align;
  element.variable = extract.variable;
  return element;
}

Element packed_byte_math(const rules::ByteMath& math) {
  Element element;
  element.kind = ElementKind::byte_math;
  pack_source(math.source, element);
  element.operation = static_cast<std::uint8_t>(math.operation);
  element.operands[2] = packed(math.right);
  element.variable = math.variable;
  return element;
}

Element packed_is_data_at(const rules::IsDataAt& at) {
  Element element;
  element.kind = ElementKind::is_data_at;
  element.operands[0] = packed(at.at);
  element.flags = flags_of(when(at.relative, kRelative), when(at.negated, kNegated));
  return element;
}

Element packed_size(const rules::BufferSize& size) {
  Element element;
  element.kind = ElementKind::size;
  element.comparison = static_cast<std::uint8_t>(size.size.comparison);
  element.number = size.size.low;
  element.high = size.size.high;
  element.flags = flags_of(when(size.size.negated, kNegated), when(size.relative, kRelative));
  return element;
}

Element packed_base64(const rules::Base64Decode& decode) {
  Element element;
  element.kind = ElementKind::base64_decode;
  element.operands[0].value = decode.bytes;
  element.operands[1].value = decode.offset;
  if (decode.relative) element.flags |= kRelative;
  return element;
}

Element packed_entropy(const rules::Entropy& entropy) {
  Element element;
  element.kind = ElementKind::entropy;
  element.comparison = static_cast<std::uint8_t>(entropy.comparison);
  element.number = std::bit_cast<std::uint64_t>(entropy.value);
  element.high = std::bit_cast<std::uint64_t>(entropy.high);
  element.operands[0].value = entropy.bytes;
  element.operands[1].value = entropy.offset;
  return element;
}

Element packed_asn1(const rules::AsnOne& asn) {
  Element element;
  element.kind = ElementKind::asn1;
  element.extra = asn.oversize_length;
  element.operands[0].value = asn.offset;
  element.flags =
      flags_of(when(asn.relative, kRelative), when(asn.bitstring_overflow, kBitstringOverflow),
               when(asn.double_overflow, kDoubleOverflow));
  return element;
}

AlertNote::Scope scope_named(std::string_view name) {
  if (name == "alert") return AlertNote::Scope::context;
  if (name == "flow") return AlertNote::Scope::flow;
  return name == "pkt" ? AlertNote::Scope::packet : AlertNote::Scope::none;
}

/// Whether the pattern speaks of the end: "$" or \\z that is not escaped.
bool asks_for_end(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '$') return true;
    if (pattern[i] != '\\' || ++i == pattern.size()) continue;
    if (pattern[i] == 'z' || pattern[i] == 'Z') return true;
  }
  return false;
}

/// Whether what is still to come of the value could make the tests fail.
bool needs_end(const rules::BufferTests& tests) {
  return std::any_of(tests.elements.begin(), tests.elements.end(), [](const auto& element) {
    if (const auto* content = std::get_if<rules::Content>(&element)) return content->negated;
    if (const auto* pcre = std::get_if<rules::Pcre>(&element))
      return pcre->negated || asks_for_end(pcre->pattern);
    return std::holds_alternative<rules::Entropy>(element);
  });
}

bool keeps_notes(const rules::BufferTests& tests) {
  return std::any_of(tests.elements.begin(), tests.elements.end(), [](const auto& element) {
    const auto* pcre = std::get_if<rules::Pcre>(&element);
    const auto* dataset = std::get_if<rules::DatasetTest>(&element);
    return (pcre != nullptr && !pcre->captures.empty()) ||
           (dataset != nullptr && !dataset->json_context_key.empty());
  });
}

}  // namespace

Result<Element> RulePacker::pack_pcre(const rules::Pcre& pcre) {
  if (auto s = pattern::Regex::check(pcre.pattern, pcre.options); !s) return std::move(s).error();
  Element element;
  element.kind = ElementKind::pcre;
  element.extra = writer_.add_regex(pcre.pattern, pcre.options);
  element.flags = flags_of(when(pcre.negated, kNegated), when(pcre.relative, kRelative));
  std::vector<std::uint32_t> names;
  for (const auto& capture : pcre.captures) {
    const auto colon = capture.find(':');
    const auto scope = scope_named(capture.substr(0, colon));
    const auto name = writer_.add_text(colon == std::string::npos ? "" : capture.substr(colon + 1));
    names.insert(names.end(), {static_cast<std::uint32_t>(scope), name.first, name.count});
  }
  element.names = writer_.add_ids(names);
  std::vector<std::uint32_t> variables;
  for (const auto variable : pcre.variables)
    variables.push_back(variable < 0 ? kNone : static_cast<std::uint32_t>(variable));
  element.bytes = writer_.add_ids(variables);
  return element;
}

Result<Element> RulePacker::pack_element(const rules::Rule& rule,
                                         const rules::BufferElement& element) {
  if (const auto* content = std::get_if<rules::Content>(&element)) {
    if (content->pattern.empty())
      return Error{Error::Code::invalid_input, "a content without bytes"};
    return packed_content(*content, writer_);
  }
  if (const auto* pcre = std::get_if<rules::Pcre>(&element)) return pack_pcre(*pcre);
  if (const auto* test = std::get_if<rules::ByteTest>(&element)) return packed_byte_test(*test);
  if (const auto* jump = std::get_if<rules::ByteJump>(&element)) return packed_byte_jump(*jump);
  if (const auto* extract = std::get_if<rules::ByteExtract>(&element))
    return packed_byte_extract(*extract);
  if (const auto* math = std::get_if<rules::ByteMath>(&element)) return packed_byte_math(*math);
  if (const auto* at = std::get_if<rules::IsDataAt>(&element)) return packed_is_data_at(*at);
  if (const auto* size = std::get_if<rules::BufferSize>(&element)) return packed_size(*size);
  if (const auto* decode = std::get_if<rules::Base64Decode>(&element))
    return packed_base64(*decode);
  if (const auto* entropy = std::get_if<rules::Entropy>(&element)) return packed_entropy(*entropy);
  if (const auto* asn = std::get_if<rules::AsnOne>(&element)) return packed_asn1(*asn);
  Element out;
  if (const auto* absent = std::get_if<rules::Absent>(&element)) {
    out.kind = ElementKind::absent;
    if (absent->or_else) out.flags |= kOrElse;
    return out;
  }
  const auto& test = std::get<rules::DatasetTest>(element);
  auto index = dataset(rule, test);
  if (!index) return std::move(index).error();
  out.kind = ElementKind::dataset;
  out.extra = *index;
  out.operation = static_cast<std::uint8_t>(test.command);
  out.comparison = static_cast<std::uint8_t>(test.comparison);
  out.number = test.reputation;
  out.names = writer_.add_text(test.json_context_key);
  return out;
}

Result<TransformRecord> RulePacker::pack_transform(const rules::Transform& transform) {
  TransformRecord record;
  record.kind = static_cast<std::uint8_t>(transform.kind);
  record.base64_mode = transform.base64_mode;
  record.has_count = transform.has_count ? 1 : 0;
  record.key = writer_.add_bytes(transform.key);
  record.truncate = transform.truncate || transform.nocase ? 1 : 0;
  record.key_bytes = transform.key_bytes;
  record.key_offset = transform.key_offset;
  record.from = transform.from;
  record.count = transform.count;
  if (transform.kind == rules::Transform::Kind::xor_key && transform.key.empty() &&
      transform.key_bytes == 0)
    return Error{Error::Code::invalid_input, "xor without a key"};
  if (transform.kind != rules::Transform::Kind::pcrexform) return record;
  if (auto s = pattern::Regex::check(transform.pattern, 0); !s) return std::move(s).error();
  record.regex = writer_.add_regex(transform.pattern, 0);
  return record;
}

Status RulePacker::pack_buffers(const rules::Rule& rule, RuleRecord& record) {
  struct Pending {
    std::size_t original;
    BufferRecord buffer;
  };
  std::vector<Pending> pending;
  std::uint8_t stage = 0;
  for (std::size_t b = 0; b < rule.buffers.size(); ++b) {
    const auto& tests = rule.buffers[b];
    BufferRecord buffer;
    buffer.field = static_cast<std::uint16_t>(tests.field);
    // base64_data stays behind the buffer that it is decoded from.
    if (tests.field != rules::Field::base64_data) stage = rules::info_of(tests.field).stage;
    buffer.stage = stage;
    buffer.direction = static_cast<std::uint8_t>(tests.direction);
    blamed_ = &tests.position;
    std::vector<TransformRecord> transforms;
    for (const auto& transform : tests.transforms) {
      auto packed_one = pack_transform(transform);
      if (!packed_one) return std::move(packed_one).error();
      transforms.push_back(*packed_one);
    }
    buffer.transforms = writer_.add_transforms(transforms);
    std::vector<Element> elements;
    for (const auto& element : tests.elements) {
      auto packed_one = pack_element(rule, element);
      if (!packed_one) return std::move(packed_one).error();
      if (!elements.empty() && (packed_one->flags & kRelative) != 0)
        elements.back().flags |= kNextRelative;
      elements.push_back(*packed_one);
    }
    buffer.elements = append(writer_.elements, elements);
    buffer.needs_end = needs_end(tests) ? 1 : 0;
    if (keeps_notes(tests)) record.flags |= kHasNotes;
    pending.push_back({b, buffer});
    if (is_file_field(tests.field)) record.flags |= kNeedsFile;
  }
  if (rule.store_file && rule.buffers.empty()) record.flags |= kNeedsFile;
  if (pending.size() > kMaxBuffersOfRule)
    return Error{Error::Code::invalid_input,
                 "more than " + std::to_string(kMaxBuffersOfRule) + " buffers"};
  std::stable_sort(pending.begin(), pending.end(), [](const Pending& a, const Pending& b) {
    return a.buffer.stage < b.buffer.stage;
  });
  std::vector<BufferRecord> ordered;
  packed_order_.assign(pending.size(), 0);
  for (const auto& one : pending) {
    packed_order_[one.original] = ordered.size();
    ordered.push_back(one.buffer);
  }
  record.buffers = append(writer_.buffers, ordered);
  return ok();
}

}  // namespace sekisho::engines::ips
