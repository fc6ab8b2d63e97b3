#pragma once

#include <sys/types.h>

#include "config/base/result.h"

namespace sekisho::decrypt {

/// Becomes `user` and `group` for good, keeping CAP_NET_ADMIN alone: it rebuilds connections, and
/// reaches no network but this process's own. Only as root.
Status become_user(uid_t user, gid_t group);

/// From here on, for every thread: reads, writes, waits, TCP sockets, sekisho-keys' socket and
/// nothing else. No file can
/// be opened, no program started, no memory made executable; what else is tried kills the process.
Status confine();

}  // namespace sekisho::decrypt
