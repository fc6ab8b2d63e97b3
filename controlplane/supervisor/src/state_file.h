#pragma once

#include <span>
#include <string>

#include "child.h"

namespace sekisho::controlplane {

/// Replaces `path` with {"pid", "processes": [{"name", "pid" (0: not running), "state": "running" |
/// "waiting", "restarts", "last_exit", "started_at" (Unix seconds)}]}, for `sekisho status`.
Status write_state(const std::string& path, std::span<const Child> children);

}  // namespace sekisho::controlplane
