#include "tools/sekisho/reply.h"

#include <fmt/format.h>

#include <cmath>

#include "tools/sekisho/command.h"
#include "tools/sekisho/text.h"

namespace sekisho::tools {

using nlohmann::json;

const json* View::find(std::string_view key) const {
  if (!value_->is_object()) wrong("", "an object");
  const auto found = value_->find(key);
  if (found == value_->end() || found->is_null()) return nullptr;
  return &*found;
}

void View::wrong(std::string_view key, std::string_view expected) const {
  throw CommandError(ExitCode::unreachable,
                     fmt::format("the gateway's reply makes no sense: {}{}{} is not {}", place_,
                                 key.empty() ? "" : ".", printable(key), expected));
}

std::string View::text_of(const json& value, std::string_view key) const {
  if (value.is_string()) return printable(value.get_ref<const std::string&>());
  if (value.is_number() || value.is_boolean()) return value.dump();
  wrong(key, "text");
}

std::string View::text(std::string_view key) const {
  const auto* value = find(key);
  return value == nullptr ? "-" : text_of(*value, key);
}

std::string View::text_or_empty(std::string_view key) const {
  const auto* value = find(key);
  return value == nullptr ? "" : text_of(*value, key);
}

std::optional<std::uint64_t> View::count(std::string_view key) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  if (value->is_number_integer() && value->get<std::int64_t>() >= 0)
    return static_cast<std::uint64_t>(value->get<std::int64_t>());
  if (value->is_number_float()) {
    const double number = value->get<double>();
    constexpr double kMost = 9007199254740992.0;  // 2^53: beyond it a double is no exact count
    if (number >= 0 && number <= kMost) return static_cast<std::uint64_t>(std::llround(number));
  }
  wrong(key, "a count");
}

std::optional<double> View::number(std::string_view key) const {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) wrong(key, "a number");
  return value->get<double>();
}

bool View::flag(std::string_view key) const {
  const auto* value = find(key);
  if (value == nullptr) return false;
  if (!value->is_boolean()) wrong(key, "true or false");
  return value->get<bool>();
}

View View::object(std::string_view key) const {
  static const json kEmpty = json::object();
  const auto* value = find(key);
  auto place = fmt::format("{}.{}", place_, key);
  if (value == nullptr) return {kEmpty, std::move(place)};
  if (!value->is_object()) wrong(key, "an object");
  return {*value, std::move(place)};
}

std::vector<View> View::list(std::string_view key) const {
  const auto* value = find(key);
  if (value == nullptr) return {};
  if (!value->is_array()) wrong(key, "a list");
  std::vector<View> views;
  views.reserve(value->size());
  for (std::size_t i = 0; i < value->size(); ++i) {
    if (!(*value)[i].is_object()) wrong(fmt::format("{}[{}]", key, i), "an object");
    views.emplace_back((*value)[i], fmt::format("{}.{}[{}]", place_, key, i));
  }
  return views;
}

std::vector<std::string> View::texts(std::string_view key) const {
  const auto* value = find(key);
  if (value == nullptr) return {};
  if (!value->is_array()) wrong(key, "a list");
  std::vector<std::string> texts;
  for (const auto& element : *value) texts.push_back(text_of(element, key));
  return texts;
}

std::string View::when(std::string_view key) const {
  const auto* value = find(key);
  if (value == nullptr) return "-";
  if (value->is_string()) return printable(value->get_ref<const std::string&>());
  constexpr std::uint64_t kYear9999 = 253402300799;
  const auto seconds = count(key);
  if (!seconds || *seconds > kYear9999) wrong(key, "a time");
  return show_time(static_cast<std::time_t>(*seconds));
}

}  // namespace sekisho::tools
