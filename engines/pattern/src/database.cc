#include "engines/pattern/database.h"

#include <hs.h>

#include <string>

namespace sekisho::engines::pattern {

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

Result<Database> Database::load(std::span<const std::byte> serialised) {
  hs_database_t* database = nullptr;
  const auto status = hs_deserialize_database(reinterpret_cast<const char*>(serialised.data()),
                                              serialised.size(), &database);
  if (status != HS_SUCCESS)
    return Error{status == HS_NOMEM ? Error::Code::resource : Error::Code::invalid_input,
                 "pattern database: refused by Hyperscan with code " + std::to_string(status)};
  return Database(database);
}

Database::~Database() {
  if (raw_ != nullptr) hs_free_database(static_cast<hs_database_t*>(raw_));
}

bool Database::fit(Scratch& scratch) const {
  auto* raw = static_cast<hs_scratch_t*>(scratch.raw_);
  const auto status = hs_alloc_scratch(static_cast<const hs_database_t*>(raw_), &raw);
  scratch.raw_ = raw;
  return status == HS_SUCCESS;
}

void Database::scan(std::span<const std::uint8_t> bytes, Scratch& scratch, OnMatch on_match,
                    void* context) const noexcept {
  hs_scan(static_cast<const hs_database_t*>(raw_), reinterpret_cast<const char*>(bytes.data()),
          static_cast<unsigned int>(bytes.size()), 0, static_cast<hs_scratch_t*>(scratch.raw_),
          on_match, context);
}

}  // namespace sekisho::engines::pattern
