#include "fast_pattern.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <set>

#include "engines/pattern/expressions.h"
#include "rules/ips/parse.h"
#include "tables.h"

namespace sekisho::engines::ips {
namespace {

using rules::Content;
using rules::Field;
using rules::FieldKind;

/// Roughly log2 of how much rarer than the most common byte a byte is in what crosses networks.
constexpr int rarity(std::uint8_t byte) {
  if (byte == 0 || byte == ' ') return 2;
  if (byte == 'e' || byte == 't' || byte == 'a' || byte == 'o' || byte == 'i' || byte == 'n')
    return 3;
  if (byte >= 'a' && byte <= 'z') return 4;
  if (byte >= '0' && byte <= '9') return 4;
  if (byte == '/' || byte == '.' || byte == '-' || byte == '=' || byte == '\r' || byte == '\n' ||
      byte == 0xff)
    return 4;
  if (byte >= 'A' && byte <= 'Z') return 5;
  if (byte > ' ' && byte < 0x7f) return 6;
  return 7;
}

int strength_of(std::span<const std::uint8_t> bytes) {
  std::array<bool, 256> seen{};
  int sum = 0;
  for (const auto byte : bytes) {
    sum += seen[byte] ? 1 : rarity(byte);
    seen[byte] = true;
  }
  return sum;
}

/// Where the values are few or common, a match says little; where bytes are many, it costs more.
int bonus_of(Field field) {
  switch (field) {
    case Field::http_method:
    case Field::http_protocol:
    case Field::http_stat_code:
    case Field::http_stat_msg:
    case Field::http_start:
    case Field::http_header_names:
    case Field::http_content_type:
    case Field::http_accept:
    case Field::http_accept_enc:
    case Field::http_accept_lang:
    case Field::http_connection:
    case Field::tls_cert_issuer:
      return -10;
    case Field::http_header:
    case Field::http_header_raw:
      return -2;
    case Field::payload:
    case Field::file_data:
    case Field::http_request_body:
    case Field::http_response_body:
      return -4;
    default:
      return 6;
  }
}

bool can_be_searched(const rules::BufferTests& buffer, bool transactional) {
  if (buffer.field == Field::base64_data) return false;
  for (const auto& element : buffer.elements)
    if (std::holds_alternative<rules::Absent>(element)) return false;
  if (is_packet_field(buffer.field))
    return !transactional && buffer.field == Field::payload && buffer.transforms.empty();
  const auto kind = rules::info_of(buffer.field).kind;
  return kind == FieldKind::bytes || kind == FieldKind::list || kind == FieldKind::body;
}

/// The part of a pattern to search for: chopped as the rule says, then the rarest window.
std::span<const std::uint8_t> part_of(const Content& content) {
  std::span<const std::uint8_t> bytes(content.pattern);
  if (content.chop_length != 0 && content.chop_offset < bytes.size())
    bytes = bytes.subspan(
        content.chop_offset,
        std::min<std::size_t>(content.chop_length, bytes.size() - content.chop_offset));
  if (bytes.size() <= pattern::kMaxLiteralBytes) return bytes;
  std::size_t best = 0;
  int best_strength = -1;
  for (std::size_t at = 0; at + pattern::kMaxLiteralBytes <= bytes.size(); ++at) {
    const int strength = strength_of(bytes.subspan(at, pattern::kMaxLiteralBytes));
    if (strength <= best_strength) continue;
    best = at;
    best_strength = strength;
  }
  return bytes.subspan(best, pattern::kMaxLiteralBytes);
}

int score_of(const Content& content, Field field, const LiteralCensus& census) {
  const auto part = part_of(content);
  int score = std::min(strength_of(part), 60) + bonus_of(field);
  if (part.size() < 4) score -= 100;
  if (content.fast_pattern) score += 1000;
  return score - 2 * static_cast<int>(std::bit_width(census.rules_with(content)));
}

std::string census_key(const Content& content) {
  std::string key(content.pattern.begin(), content.pattern.end());
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return key;
}

bool is_all_of(const rules::BufferTests& buffer, const Content& content) {
  return buffer.elements.size() == 1 && content.chop_length == 0 &&
         content.pattern.size() <= pattern::kMaxLiteralBytes && !content.starts_with &&
         !content.ends_with && !content.has_offset && !content.has_depth && !content.has_distance &&
         !content.has_within;
}

}  // namespace

void LiteralCensus::count(const rules::Rule& rule) {
  std::set<std::string> keys;
  for (const auto& buffer : rule.buffers)
    for (const auto& element : buffer.elements)
      if (const auto* content = std::get_if<Content>(&element)) keys.insert(census_key(*content));
  for (const auto& key : keys) ++rules_[key];
}

std::uint32_t LiteralCensus::rules_with(const Content& content) const {
  const auto found = rules_.find(census_key(content));
  return found != rules_.end() ? found->second : 0;
}

namespace {

std::optional<FastPattern> best_literal(const rules::Rule& rule, bool transactional,
                                        const LiteralCensus& census) {
  std::optional<FastPattern> best;
  int best_score = 0;
  for (std::size_t b = 0; b < rule.buffers.size(); ++b) {
    const auto& buffer = rule.buffers[b];
    if (!can_be_searched(buffer, transactional)) continue;
    for (std::size_t e = 0; e < buffer.elements.size(); ++e) {
      const auto* content = std::get_if<Content>(&buffer.elements[e]);
      if (content == nullptr || content->negated || content->pattern.empty()) continue;
      const int score = score_of(*content, buffer.field, census);
      if (best && score <= best_score) continue;
      best_score = score;
      const auto part = part_of(*content);
      best.emplace();
      best->buffer = b;
      best->element = e;
      best->bytes.assign(part.begin(), part.end());
      best->nocase = content->nocase;
      best->decides = is_all_of(buffer, *content);
      best->shortest = part.size();
    }
  }
  return best;
}

/// Of those that are looked for in all of their buffer: what is relative begins elsewhere.
std::optional<FastPattern> best_expression(const rules::Rule& rule, bool transactional) {
  std::optional<FastPattern> best;
  int best_score = 0;
  for (std::size_t b = 0; b < rule.buffers.size(); ++b) {
    const auto& buffer = rule.buffers[b];
    if (!can_be_searched(buffer, transactional)) continue;
    for (std::size_t e = 0; e < buffer.elements.size(); ++e) {
      const auto* pcre = std::get_if<rules::Pcre>(&buffer.elements[e]);
      if (pcre == nullptr || pcre->negated || pcre->relative) continue;
      const auto facts = pattern::check_expression(pcre->pattern, pcre->options);
      if (!facts) continue;
      const int score =
          4 * static_cast<int>(std::min(facts->min_bytes, 16U)) + bonus_of(buffer.field);
      if (best && score <= best_score) continue;
      best_score = score;
      best.emplace();
      best->buffer = b;
      best->element = e;
      best->bytes.assign(pcre->pattern.begin(), pcre->pattern.end());
      best->is_expression = true;
      best->options = pcre->options;
      best->reach = facts->reach;
      best->shortest = facts->min_bytes;
    }
  }
  return best;
}

}  // namespace

std::optional<FastPattern> choose_fast_pattern(const rules::Rule& rule, bool transactional,
                                               const LiteralCensus& census) {
  auto literal = best_literal(rule, transactional, census);
  if (literal && literal->shortest >= rules::kShortestLiteral) return literal;
  auto expression = best_expression(rule, transactional);
  if (!expression || (literal && expression->shortest <= literal->shortest)) return literal;
  return expression;
}

}  // namespace sekisho::engines::ips
