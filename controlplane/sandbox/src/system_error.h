#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// What the last system call said of its failure: "drop capability 3: Operation not permitted".
inline Error system_error(std::string_view what) {
  return {Error::Code::io, std::string(what) + ": " + std::strerror(errno)};
}

}  // namespace sekisho::controlplane
