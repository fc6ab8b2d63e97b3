#include <fmt/format.h>

#include <unordered_map>

#include "keyword.h"

namespace sekisho::rules {
namespace {

using KeywordMap = std::unordered_map<std::string_view, const Keyword*>;

void put_all(KeywordMap& map, std::span<const Keyword> keywords) {
  // What stands first stays: keywords with a syntax of their own go before a field's name.
  for (const auto& one : keywords)
    if (!one.name.empty()) map.emplace(one.name, &one);
}

const KeywordMap& shared_keywords() {
  static const auto kMap = [] {
    KeywordMap all;
    for (const auto part :
         {protocol_keywords(), modbus_keywords(), content_keywords(), byte_keywords(),
          pcre_keywords(), transform_keywords(), packet_keywords(), flow_keywords(),
          state_keywords(), threshold_keywords(), meta_keywords(), file_keywords(),
          dataset_keywords(), buffer_keywords(), number_field_keywords()})
      put_all(all, part);
    all.erase("payload");  // a field without a keyword: what is tested without one
    return all;
  }();
  return kMap;
}

const KeywordMap& keywords_of_snort() {
  static const auto kMap = [] {
    KeywordMap all;
    put_all(all, snort_keywords());
    return all;
  }();
  return kMap;
}

}  // namespace

const Keyword* find_keyword(std::string_view name, Dialect dialect) noexcept {
  if (dialect == Dialect::snort3) {
    const auto found = keywords_of_snort().find(name);
    if (found != keywords_of_snort().end()) return found->second;
  }
  const auto found = shared_keywords().find(name);
  return found == shared_keywords().end() ? nullptr : found->second;
}

void read_option(RuleBuilder& builder, const RuleOption& option) {
  const auto* keyword = find_keyword(option.name, builder.rule.dialect);
  if (keyword == nullptr) refuse(option.name, fmt::format("unknown keyword \"{}\"", option.name));
  const bool has_value = option.has_value && !option.value.empty();
  if (keyword->value == KeywordValue::none && has_value)
    refuse(option.value, fmt::format("{} takes no value", option.name));
  if (keyword->value == KeywordValue::required && !has_value)
    refuse(option.name, fmt::format("{} needs a value", option.name));
  keyword->read(builder, option);
}

}  // namespace sekisho::rules
