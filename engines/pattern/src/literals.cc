#include "engines/pattern/literals.h"

#include <hs.h>

#include <string>

#include "serialise.h"

namespace sekisho::engines::pattern {
namespace {

Result<hs_database_t*> compile_database(std::span<const Literal> literals) {
  std::vector<const char*> expressions;
  std::vector<std::size_t> lengths;
  std::vector<unsigned int> flags, ids;
  for (const auto& literal : literals) {
    if (literal.bytes.empty() || literal.bytes.size() > kMaxLiteralBytes)
      return Error{Error::Code::invalid_input, "pattern database: a literal of " +
                                                   std::to_string(literal.bytes.size()) + " bytes"};
    expressions.push_back(reinterpret_cast<const char*>(literal.bytes.data()));
    lengths.push_back(literal.bytes.size());
    flags.push_back(HS_FLAG_SINGLEMATCH | (literal.nocase ? HS_FLAG_CASELESS : 0U));
    ids.push_back(literal.id);
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_lit_multi(expressions.data(), flags.data(), ids.data(), lengths.data(),
                           static_cast<unsigned int>(literals.size()), HS_MODE_BLOCK, nullptr,
                           &database, &error) != HS_SUCCESS)
    return compile_failure(error);
  return database;
}

}  // namespace

Result<std::vector<std::byte>> compile_literals(std::span<const Literal> literals) {
  auto database = compile_database(literals);
  if (!database) return std::move(database).error();
  return serialise(*database);
}

}  // namespace sekisho::engines::pattern
