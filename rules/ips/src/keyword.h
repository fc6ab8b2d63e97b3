#pragma once

#include <span>
#include <string_view>

#include "builder.h"
#include "option_list.h"

namespace sekisho::rules {

/// What stands behind a keyword's name.
enum class KeywordValue : std::uint8_t { none, optional, required };

struct Keyword {
  std::string_view name;
  KeywordValue value;
  void (*read)(RuleBuilder& builder, const RuleOption& option);  // throws Refusal
};

// The keywords by what they are about; keyword_table.cc puts them together.
std::span<const Keyword> content_keywords() noexcept;
std::span<const Keyword> byte_keywords() noexcept;
std::span<const Keyword> pcre_keywords() noexcept;
std::span<const Keyword> buffer_keywords() noexcept;
std::span<const Keyword> transform_keywords() noexcept;
std::span<const Keyword> packet_keywords() noexcept;
std::span<const Keyword> flow_keywords() noexcept;
std::span<const Keyword> state_keywords() noexcept;
std::span<const Keyword> threshold_keywords() noexcept;
std::span<const Keyword> meta_keywords() noexcept;
std::span<const Keyword> file_keywords() noexcept;
std::span<const Keyword> dataset_keywords() noexcept;
std::span<const Keyword> protocol_keywords() noexcept;
std::span<const Keyword> modbus_keywords() noexcept;
std::span<const Keyword> number_field_keywords() noexcept;
std::span<const Keyword> snort_keywords() noexcept;  // of Snort 3 only

/// nullptr: no such keyword in that dialect.
const Keyword* find_keyword(std::string_view name, Dialect dialect) noexcept;

/// Reads one option. Throws Refusal.
void read_option(RuleBuilder& builder, const RuleOption& option);

}  // namespace sekisho::rules
