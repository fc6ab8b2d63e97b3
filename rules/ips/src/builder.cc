#include "builder.h"

#include <fmt/format.h>

#include <algorithm>

namespace sekisho::rules {
namespace {

bool same_transform(const Transform& a, const Transform& b) {
  return a.kind == b.kind && a.key == b.key && a.key_bytes == b.key_bytes &&
         a.key_offset == b.key_offset && a.pattern == b.pattern && a.from == b.from &&
         a.count == b.count && a.base64_mode == b.base64_mode && a.has_count == b.has_count &&
         a.truncate == b.truncate && a.nocase == b.nocase;
}

/// Of these each mention is a test on a value of its own.
bool may_repeat(Field field) noexcept {
  return info_of(field).kind == FieldKind::list || field == Field::file_data ||
         field == Field::file_name;
}

}  // namespace

NameNumbers::NameNumbers(std::vector<std::string>& names) : names_(names) {
  for (const auto& name : names)
    numbers_.emplace(name, static_cast<std::uint32_t>(numbers_.size()));
}

std::uint32_t NameNumbers::number_of(std::string_view name) {
  const auto [found, is_new] = numbers_.emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (is_new) names_.emplace_back(name);
  return found->second;
}

RuleSession::RuleSession(RuleSet& rule_set, const RuleContext& rule_context)
    : set(rule_set),
      context(rule_context),
      resolver(rule_context.address_variables, rule_context.port_variables),
      flow_bits(rule_set.flow_bits),
      flow_integers(rule_set.flow_integers),
      host_bits(rule_set.host_bits) {}

RuleBuilder::RuleBuilder(RuleSession& shared, ParsedHeader parsed_header, Dialect dialect,
                         const RuleLine& rule_line, std::string_view file_name)
    : session(shared), header(std::move(parsed_header)), line_(rule_line), file_(file_name) {
  rule.header = header.header;
  rule.dialect = dialect;
}

void RuleBuilder::refuse_if_empty() const {
  if (address_ && !address_->tested)
    refuse(address_->where, fmt::format("nothing is tested of {}", address_->where));
  // Snort's buffers are a cursor: setting it and testing nothing is no mistake there.
  if (selected_ && !selected_->buffer && rule.dialect == Dialect::suricata)
    refuse(selected_->where,
           fmt::format("nothing is tested of {}", info_of(selected_->field).name));
}

void RuleBuilder::select(Field field, std::string_view where, FieldDirection direction) {
  refuse_if_empty();
  address_.reset();
  selected_ = Selected{field, direction, {}, where, std::nullopt};
}

void RuleBuilder::select_payload() {
  refuse_if_empty();
  address_.reset();
  selected_.reset();
}

void RuleBuilder::select_address(bool source, std::string_view where) {
  select_payload();
  address_ = SelectedAddress{source, false, where};
}

std::optional<bool> RuleBuilder::take_address() noexcept {
  if (!address_) return std::nullopt;
  address_->tested = true;
  return address_->source;
}

std::optional<Field> RuleBuilder::selected_field() const noexcept {
  if (!selected_) return std::nullopt;
  return selected_->field;
}

void RuleBuilder::add_transform(Transform transform, std::string_view where) {
  if (!selected_) refuse(where, fmt::format("{} stands behind no buffer", where));
  // Behind a test it begins another buffer: the same one, transformed further.
  selected_->buffer.reset();
  selected_->transforms.push_back(std::move(transform));
}

std::size_t RuleBuilder::current_buffer(std::string_view where) {
  if (address_) refuse(where, fmt::format("{} cannot test {}", where, address_->where));
  if (!selected_) return buffer_of(Field::payload, FieldDirection::either, {}, where);
  if (!selected_->buffer)
    selected_->buffer =
        buffer_of(selected_->field, selected_->direction, selected_->transforms, selected_->where);
  return *selected_->buffer;
}

std::size_t RuleBuilder::buffer_of(Field field, FieldDirection direction,
                                   const std::vector<Transform>& transforms,
                                   std::string_view where) {
  if (!may_repeat(field))
    for (std::size_t i = 0; i < rule.buffers.size(); ++i) {
      const auto& one = rule.buffers[i];
      if (one.field == field && one.direction == direction &&
          std::equal(one.transforms.begin(), one.transforms.end(), transforms.begin(),
                     transforms.end(), same_transform))
        return i;
    }
  rule.buffers.push_back({field, direction, transforms, {}, {}});
  buffer_places_.push_back(where.data());
  return rule.buffers.size() - 1;
}

Content& RuleBuilder::last_content(std::string_view keyword) {
  if (!content_) refuse(keyword, fmt::format("{} stands behind no content", keyword));
  return std::get<Content>(rule.buffers[content_->buffer].elements[content_->element]);
}

void RuleBuilder::move_last_content(Field field, std::string_view where) {
  auto moved = last_content(where);
  auto& source = rule.buffers[content_->buffer];
  if (source.field == field) return;
  if (source.field != Field::payload || has_selected())
    refuse(where,
           fmt::format("{} stands behind a content of {}", where, info_of(source.field).name));
  source.elements.erase(source.elements.begin() + static_cast<std::ptrdiff_t>(content_->element));
  put(buffer_of(field, FieldDirection::either, {}, where), std::move(moved));
}

std::int8_t RuleBuilder::define_variable(std::string_view name) {
  const bool is_name =
      !name.empty() &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
          std::string_view::npos;
  if (!is_name || to_signed(name)) refuse(name, fmt::format("\"{}\" cannot name a variable", name));
  const auto found = std::find(variables_.begin(), variables_.end(), name);
  if (found != variables_.end()) return static_cast<std::int8_t>(found - variables_.begin());
  if (variables_.size() == kMaxRuleVariables)
    refuse(name, fmt::format("more than {} variables", kMaxRuleVariables));
  variables_.emplace_back(name);
  rule.num_variables = static_cast<std::uint8_t>(variables_.size());
  return static_cast<std::int8_t>(variables_.size() - 1);
}

Operand RuleBuilder::operand(std::string_view text, std::int64_t low, std::int64_t high) const {
  if (const auto value = to_signed(text)) return {signed_of(text, low, high), -1};
  const auto found = std::find(variables_.begin(), variables_.end(), text);
  if (found == variables_.end())
    refuse(text, fmt::format("\"{}\" is neither a number nor a variable set before", text));
  return {0, static_cast<std::int8_t>(found - variables_.begin())};
}

void RuleBuilder::end_of_options() {
  refuse_if_empty();
  // Legacy modifiers may have taken away all that stood under the payload.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rule.buffers.size(); ++i) {
    if (rule.buffers[i].elements.empty()) continue;
    if (kept != i) {
      rule.buffers[kept] = std::move(rule.buffers[i]);
      buffer_places_[kept] = buffer_places_[i];
    }
    ++kept;
  }
  rule.buffers.resize(kept);
  buffer_places_.resize(kept);
}

}  // namespace sekisho::rules
