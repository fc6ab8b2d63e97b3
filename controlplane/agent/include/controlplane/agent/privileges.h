#pragma once

#include <string>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "config/box/box_config.h"

namespace sekisho::controlplane {

/// Makes the folders of sekisho-control and, as root of a box that drops privileges, gives them and
/// the files in them to its user.
Status prepare_folders(const box::BoxConfig& box);

/// Opens the program at `path` while we may go everywhere: its folder may be closed to the user we
/// become. `path` of the result starts it as long as the result lives.
struct OpenProgram {
  FileDescriptor file;
  std::string path;
};
Result<OpenProgram> open_program(const std::string& path);

/// Becomes the user of the process table and installs the system-call filter, where the box says
/// so. Before any thread is started.
Status drop_privileges(const box::BoxConfig& box);

}  // namespace sekisho::controlplane
