#include <fmt/format.h>

#include <array>

#include "keyword.h"
#include "pattern_text.h"

namespace sekisho::rules {
namespace {

constexpr std::int64_t kHighestOffset = 65535;
constexpr std::int64_t kHighestDistance = std::int64_t{1} << 20;

void refuse_twice(bool already, std::string_view keyword) {
  if (already) refuse(keyword, fmt::format("{} is given twice for one content", keyword));
}

void set_offset(RuleBuilder& builder, std::string_view keyword, std::string_view value) {
  auto& content = builder.last_content(keyword);
  refuse_twice(content.has_offset, keyword);
  content.offset = builder.operand(value, -kHighestOffset, kHighestOffset);
  content.has_offset = true;
}

void set_depth(RuleBuilder& builder, std::string_view keyword, std::string_view value) {
  auto& content = builder.last_content(keyword);
  refuse_twice(content.has_depth, keyword);
  content.depth = builder.operand(value, 1, kHighestOffset);
  content.has_depth = true;
}

void set_distance(RuleBuilder& builder, std::string_view keyword, std::string_view value) {
  auto& content = builder.last_content(keyword);
  refuse_twice(content.has_distance, keyword);
  content.distance = builder.operand(value, -kHighestDistance, kHighestDistance);
  content.has_distance = true;
}

void set_within(RuleBuilder& builder, std::string_view keyword, std::string_view value) {
  auto& content = builder.last_content(keyword);
  refuse_twice(content.has_within, keyword);
  content.within = builder.operand(value, 1, kHighestDistance);
  content.has_within = true;
}

/// "", "only", "OFFSET,LENGTH".
void set_fast_pattern(RuleBuilder& builder, std::string_view keyword, std::string_view value) {
  auto& content = builder.last_content(keyword);
  refuse_twice(content.fast_pattern, keyword);
  content.fast_pattern = true;
  if (value.empty()) return;
  if (value == "only") {
    content.fast_pattern_only = true;
    return;
  }
  const auto parts = split(value, ',');
  if (parts.size() != 2)
    refuse(value, "fast_pattern takes nothing, \"only\", or \"offset,length\"");
  content.chop_offset = static_cast<std::uint16_t>(unsigned_of(parts[0], 0, 65535));
  content.chop_length = static_cast<std::uint16_t>(unsigned_of(parts[1], 1, 65535));
}

/// Snort 3 writes the modifiers behind the text: ",nocase,offset 3".
void read_inner_modifiers(RuleBuilder& builder, std::string_view text) {
  for (auto part : split(text, ',')) {
    const auto whole = part;
    const auto name = take_word(part);
    auto& content = builder.last_content(name);
    if (name == "nocase")
      content.nocase = true;
    else if (name == "fast_pattern")
      set_fast_pattern(builder, name, part);
    else if (name == "fast_pattern_offset")
      content.chop_offset = static_cast<std::uint16_t>(unsigned_of(part, 0, 65535));
    else if (name == "fast_pattern_length")
      content.chop_length = static_cast<std::uint16_t>(unsigned_of(part, 1, 65535));
    else if (name == "offset")
      set_offset(builder, name, part);
    else if (name == "depth")
      set_depth(builder, name, part);
    else if (name == "distance")
      set_distance(builder, name, part);
    else if (name == "within")
      set_within(builder, name, part);
    else
      refuse(whole, fmt::format("unknown modifier \"{}\" of content", whole));
  }
}

void read_content(RuleBuilder& builder, const RuleOption& option) {
  const auto quoted = split_quoted(option.value);
  Content content;
  content.pattern = content_bytes(quoted.inner);
  content.negated = quoted.negated;
  builder.add(std::move(content), false, option.name);
  if (quoted.rest.empty()) return;
  if (!quoted.rest.starts_with(','))
    refuse(quoted.rest, fmt::format("\"{}\" stands behind the closing quote", quoted.rest));
  read_inner_modifiers(builder, quoted.rest.substr(1));
}

void read_uricontent(RuleBuilder& builder, const RuleOption& option) {
  read_content(builder, option);
  builder.move_last_content(Field::http_uri, option.name);
}

void read_nocase(RuleBuilder& builder, const RuleOption& option) {
  builder.last_content(option.name).nocase = true;
}
/// Buffers are never rewritten for the payload here, so there is nothing to be kept raw.
void read_rawbytes(RuleBuilder& builder, const RuleOption& option) {
  builder.last_content(option.name);
}
void read_startswith(RuleBuilder& builder, const RuleOption& option) {
  auto& content = builder.last_content(option.name);
  refuse_twice(content.starts_with, option.name);
  content.starts_with = true;
}
void read_endswith(RuleBuilder& builder, const RuleOption& option) {
  auto& content = builder.last_content(option.name);
  refuse_twice(content.ends_with, option.name);
  content.ends_with = true;
}
void read_replace(RuleBuilder&, const RuleOption& option) {
  refuse(option.name, "replace is not supported: payloads are not rewritten");
}

using V = KeywordValue;
constexpr std::array kKeywords{
    Keyword{"content", V::required, read_content},
    Keyword{"uricontent", V::required, read_uricontent},
    Keyword{"nocase", V::none, read_nocase},
    Keyword{"rawbytes", V::none, read_rawbytes},
    Keyword{"startswith", V::none, read_startswith},
    Keyword{"endswith", V::none, read_endswith},
    Keyword{"replace", V::required, read_replace},
    Keyword{"offset", V::required,
            [](RuleBuilder& b, const RuleOption& o) { set_offset(b, o.name, o.value); }},
    Keyword{"depth", V::required,
            [](RuleBuilder& b, const RuleOption& o) { set_depth(b, o.name, o.value); }},
    Keyword{"distance", V::required,
            [](RuleBuilder& b, const RuleOption& o) { set_distance(b, o.name, o.value); }},
    Keyword{"within", V::required,
            [](RuleBuilder& b, const RuleOption& o) { set_within(b, o.name, o.value); }},
    Keyword{"fast_pattern", V::optional,
            [](RuleBuilder& b, const RuleOption& o) { set_fast_pattern(b, o.name, o.value); }},
};

}  // namespace

std::span<const Keyword> content_keywords() noexcept { return kKeywords; }

}  // namespace sekisho::rules
