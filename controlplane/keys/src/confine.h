#pragma once

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "config/box/box_config.h"

namespace sekisho::controlplane {

/// The lock of the run directory and the listening keys.sock, for the users of the box's group.
struct KeySockets {
  FileDescriptor lock;
  FileDescriptor listener;
};
Result<KeySockets> open_key_sockets(const box::BoxConfig& box);

/// `state_dir`/keys, for this process alone (0700).
Status prepare_key_folder(const box::BoxConfig& box);

/// Becomes the user of the process table and installs the system-call filter, where the box says
/// so; nobody can look into this process's memory from then on, and no core of it is written.
Status confine(const box::BoxConfig& box);

}  // namespace sekisho::controlplane
