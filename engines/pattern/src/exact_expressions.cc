#include "engines/pattern/exact_expressions.h"

#include <hs.h>

#include <string>

#include "serialise.h"

namespace sekisho::engines::pattern {
namespace {

hs_expr_ext_t extension_of(const ExactExpression& expression) {
  hs_expr_ext_t extension{};
  if (expression.within != 0) {
    extension.flags = HS_EXT_FLAG_MAX_OFFSET;
    extension.max_offset = expression.within;
  }
  return extension;
}

}  // namespace

Result<std::vector<std::byte>> compile_exact_expressions(
    std::span<const ExactExpression> expressions) {
  std::vector<std::string> texts;
  std::vector<hs_expr_ext_t> extensions;
  std::vector<const char*> pointers;
  std::vector<const hs_expr_ext_t*> extension_pointers;
  std::vector<unsigned int> flags, ids;
  texts.reserve(expressions.size());  // what is pointed at stays
  extensions.reserve(expressions.size());
  for (const auto& expression : expressions) {
    if (expression.text.find('\0') != std::string_view::npos)
      return Error{Error::Code::invalid_input, "pattern database: a byte 0 in an expression"};
    pointers.push_back(texts.emplace_back(expression.text).c_str());
    extension_pointers.push_back(&extensions.emplace_back(extension_of(expression)));
    flags.push_back(HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH |
                    (expression.nocase ? HS_FLAG_CASELESS : 0U));
    ids.push_back(expression.id);
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_ext_multi(pointers.data(), flags.data(), ids.data(), extension_pointers.data(),
                           static_cast<unsigned int>(pointers.size()), HS_MODE_BLOCK, nullptr,
                           &database, &error) != HS_SUCCESS)
    return compile_failure(error);
  return serialise(database);
}

}  // namespace sekisho::engines::pattern
