#pragma once

#include <sys/types.h>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// Leaves this process with its open descriptors, memory and nothing else. `user` and `group` are
/// taken when it runs as root and `user` is not 0.
Status confine(uid_t user, gid_t group);

}  // namespace sekisho::controlplane
