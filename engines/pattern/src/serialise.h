#pragma once

#include <hs.h>

#include <cstddef>
#include <vector>

#include "config/base/result.h"

namespace sekisho::engines::pattern {

/// Hyperscan's message for what could not be compiled; frees `error`, which may be null.
Error compile_failure(hs_compile_error_t* error);

/// Frees `database`.
Result<std::vector<std::byte>> serialise(hs_database_t* database);

}  // namespace sekisho::engines::pattern
