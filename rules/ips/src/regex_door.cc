#include "regex_door.h"

#include <fmt/format.h>

#include <memory>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "text.h"

namespace sekisho::rules {
namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const noexcept { pcre2_code_free(code); }
};

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

RegexFacts check_regex(std::string_view pattern, std::uint32_t options) {
  int error = 0;
  std::size_t offset = 0;
  const std::unique_ptr<pcre2_code, FreeCode> code(
      pcre2_compile(bytes_of(pattern), pattern.size(), options, &error, &offset, nullptr));
  if (!code) {
    unsigned char message[160] = {};
    pcre2_get_error_message(error, message, sizeof message);
    refuse(pattern.substr(std::min(offset, pattern.size())),
           fmt::format("regular expression: {}", reinterpret_cast<const char*>(message)));
  }
  RegexFacts facts;
  std::uint32_t num_names = 0;
  std::uint32_t entry_bytes = 0;
  const unsigned char* table = nullptr;
  pcre2_pattern_info(code.get(), PCRE2_INFO_CAPTURECOUNT, &facts.num_groups);
  pcre2_pattern_info(code.get(), PCRE2_INFO_NAMECOUNT, &num_names);
  pcre2_pattern_info(code.get(), PCRE2_INFO_NAMEENTRYSIZE, &entry_bytes);
  pcre2_pattern_info(code.get(), PCRE2_INFO_NAMETABLE, &table);
  facts.group_names.resize(facts.num_groups);
  // Each entry: the group's number in two bytes, then its name.
  for (std::uint32_t i = 0; i < num_names; ++i) {
    const auto* entry = table + std::size_t{i} * entry_bytes;
    const auto group = static_cast<std::size_t>(entry[0] << 8 | entry[1]);
    if (group >= 1 && group <= facts.num_groups)
      facts.group_names[group - 1] = reinterpret_cast<const char*>(entry + 2);
  }
  return facts;
}

}  // namespace sekisho::rules
