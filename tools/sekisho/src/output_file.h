#pragma once

#include <string>

#include "config/base/message_socket.h"

namespace sekisho::tools {

/// A file for packets to be written to, for its owner alone; "-" is standard output. Throws
/// CommandError(refused).
FileDescriptor open_output(const std::string& path);

/// What was refused leaves no empty file behind.
void remove_if_empty(const std::string& path, int file);

}  // namespace sekisho::tools
