#include "engines/pattern/expressions.h"

#include <hs.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "serialise.h"

namespace sekisho::engines::pattern {
namespace {

/// What is looked for where PCRE2 has these is more than PCRE2 finds: an anchor or an end the less,
/// and how greedy an expression is says nothing about whether there is a match.
constexpr std::uint32_t kWider = PCRE2_ANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_UNGREEDY;
constexpr std::uint32_t kKnown =
    kWider | PCRE2_CASELESS | PCRE2_MULTILINE | PCRE2_DOTALL | PCRE2_EXTENDED;

/// Verbs, callouts and the place where the search began are PCRE2's own.
constexpr std::array<std::string_view, 3> kOnlyPcre = {"(*", "(?C", "\\G"};

unsigned int flags_of(std::uint32_t options) {
  unsigned int flags = HS_FLAG_PREFILTER | HS_FLAG_SINGLEMATCH;
  if ((options & PCRE2_CASELESS) != 0) flags |= HS_FLAG_CASELESS;
  if ((options & PCRE2_MULTILINE) != 0) flags |= HS_FLAG_MULTILINE;
  if ((options & PCRE2_DOTALL) != 0) flags |= HS_FLAG_DOTALL;
  return flags;
}

std::string text_of(std::string_view text, std::uint32_t options) {
  std::string out = (options & PCRE2_EXTENDED) != 0 ? "(?x)" : "";
  return out.append(text);
}

std::optional<hs_expr_info_t> info_of(const std::string& text, unsigned int flags) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto status = hs_expression_info(text.c_str(), flags, &info, &error);
  if (error != nullptr) hs_free_compile_error(error);
  if (status != HS_SUCCESS || info == nullptr) return std::nullopt;
  const auto copy = *info;
  std::free(info);  // NOLINT(cppcoreguidelines-no-malloc): Hyperscan's default allocator
  return copy;
}

Status refused(const char* why) {
  return Error{Error::Code::invalid_input, std::string("pattern database: ") + why};
}

Status check_text(std::string_view text, std::uint32_t options) {
  if ((options & ~kKnown) != 0) return refused("an option that only PCRE2 has");
  if (text.find('\0') != std::string_view::npos) return refused("a byte 0 in an expression");
  for (const auto part : kOnlyPcre)
    if (text.find(part) != std::string_view::npos)
      return refused("an expression that only PCRE2 knows");
  return ok();
}

}  // namespace

Result<ExpressionFacts> check_expression(std::string_view text, std::uint32_t options) {
  if (auto status = check_text(text, options); !status) return std::move(status).error();
  const auto expression = text_of(text, options);
  const auto flags = flags_of(options);
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile(expression.c_str(), flags, HS_MODE_BLOCK, nullptr, &database, &error) !=
      HS_SUCCESS)
    return compile_failure(error);
  hs_free_database(database);
  const auto info = info_of(expression, flags);
  if (!info || info->min_width == 0) return refused("an expression that matches nothing").error();
  ExpressionFacts facts{info->min_width, kReachesAll};
  // Where nothing was left out, bytes beyond a match decide only for an anchor or a word's end: one
  // on either side.
  const auto exact = info_of(expression, flags & ~static_cast<unsigned int>(HS_FLAG_PREFILTER));
  if (exact && exact->max_width < kReachesAll - 1) facts.reach = exact->max_width + 1;
  return facts;
}

Result<std::vector<std::byte>> compile_expressions(std::span<const Expression> expressions) {
  std::vector<std::string> texts;
  std::vector<const char*> pointers;
  std::vector<unsigned int> flags, ids;
  texts.reserve(expressions.size());  // what is pointed at stays
  for (const auto& expression : expressions) {
    texts.push_back(text_of(expression.text, expression.options));
    pointers.push_back(texts.back().c_str());
    flags.push_back(flags_of(expression.options));
    ids.push_back(expression.id);
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(pointers.data(), flags.data(), ids.data(),
                       static_cast<unsigned int>(pointers.size()), HS_MODE_BLOCK, nullptr,
                       &database, &error) != HS_SUCCESS)
    return compile_failure(error);
  return serialise(database);
}

}  // namespace sekisho::engines::pattern
