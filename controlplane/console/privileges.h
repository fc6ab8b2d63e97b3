#pragma once

#include <string>

#include "config/base/result.h"

namespace sekisho::console {

/// Root becomes the user that the process table names, to whom `state_dir` and the files in it are
/// given, unless `keep_user`. Whoever it then is gets no new privileges, and no system call but
/// those that the console makes. Before any thread begins: the filter is this thread's and those
/// that it starts.
Status drop_privileges(const std::string& state_dir, bool keep_user);

}  // namespace sekisho::console
