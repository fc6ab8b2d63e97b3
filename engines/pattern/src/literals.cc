#include "engines/pattern/literals.h"

#include <hs.h>

#include <cstdlib>
#include <string>

namespace sekisho::engines::pattern {
namespace {

/// Hyperscan's message for a database that could not be compiled.
Error compile_failure(hs_compile_error_t* error) {
  std::string message = "pattern database: ";
  message += error != nullptr && error->message != nullptr ? error->message : "no memory";
  if (error != nullptr) hs_free_compile_error(error);
  return Error{Error::Code::invalid_input, std::move(message)};
}

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
  char* bytes = nullptr;
  std::size_t count = 0;
  const auto status = hs_serialize_database(*database, &bytes, &count);
  hs_free_database(*database);
  if (status != HS_SUCCESS)
    return Error{Error::Code::resource, "pattern database: no memory to write it down"};
  const auto* begin = reinterpret_cast<const std::byte*>(bytes);
  std::vector<std::byte> out(begin, begin + count);
  std::free(bytes);  // NOLINT(cppcoreguidelines-no-malloc): Hyperscan's default allocator
  return out;
}

std::uint64_t database_format() noexcept {
  std::uint64_t hash = 1469598103934665603U;
  const auto mix = [&hash](std::uint64_t value) { hash = (hash ^ value) * 1099511628211U; };
  for (const char* c = hs_version(); *c != 0; ++c) mix(static_cast<unsigned char>(*c));
  hs_platform_info_t platform{};
  if (hs_populate_platform(&platform) == HS_SUCCESS) {
    mix(platform.cpu_features);
    mix(platform.tune);
  }
  return hash;
}

Scratch::~Scratch() {
  if (raw_ != nullptr) hs_free_scratch(static_cast<hs_scratch_t*>(raw_));
}

Result<LiteralDatabase> LiteralDatabase::load(std::span<const std::byte> serialised) {
  hs_database_t* database = nullptr;
  const auto status = hs_deserialize_database(reinterpret_cast<const char*>(serialised.data()),
                                              serialised.size(), &database);
  if (status != HS_SUCCESS)
    return Error{status == HS_NOMEM ? Error::Code::resource : Error::Code::invalid_input,
                 "pattern database: refused by Hyperscan with code " + std::to_string(status)};
  return LiteralDatabase(database);
}

LiteralDatabase::~LiteralDatabase() {
  if (raw_ != nullptr) hs_free_database(static_cast<hs_database_t*>(raw_));
}

bool LiteralDatabase::fit(Scratch& scratch) const {
  auto* raw = static_cast<hs_scratch_t*>(scratch.raw_);
  const auto status = hs_alloc_scratch(static_cast<const hs_database_t*>(raw_), &raw);
  scratch.raw_ = raw;
  return status == HS_SUCCESS;
}

void LiteralDatabase::scan(std::span<const std::uint8_t> bytes, Scratch& scratch, OnMatch on_match,
                           void* context) const noexcept {
  hs_scan(static_cast<const hs_database_t*>(raw_), reinterpret_cast<const char*>(bytes.data()),
          static_cast<unsigned int>(bytes.size()), 0, static_cast<hs_scratch_t*>(scratch.raw_),
          on_match, context);
}

}  // namespace sekisho::engines::pattern
