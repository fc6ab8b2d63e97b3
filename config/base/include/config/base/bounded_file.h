#pragma once

#include <cstddef>
#include <string>

#include "config/base/result.h"

namespace sekisho {

/// The whole file at `path`, of at most `max_bytes`. Its size is looked at before anything is read,
/// and no more is read where it grows or has no size (a device, a pipe). resource: it is larger;
/// not_found: it is not there; io: it cannot be read, with the system's reason. The message names
/// the path.
Result<std::string> read_bounded(const std::string& path, std::size_t max_bytes);

}  // namespace sekisho
