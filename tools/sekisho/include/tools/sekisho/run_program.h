#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "config/base/result.h"

namespace sekisho::tools {

/// What the program `arguments[0]` (looked for in PATH) prints on standard output, at most
/// `most_bytes` of it, its standard error thrown away. It is killed after `timeout`; then, and when
/// it cannot be started or fails, there is an error.
Result<std::string> run_program(const std::vector<std::string>& arguments,
                                std::chrono::milliseconds timeout, std::size_t most_bytes);

}  // namespace sekisho::tools
