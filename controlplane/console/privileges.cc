#include "privileges.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "controlplane/sandbox/sandbox.h"
#include "controlplane/sandbox/server_calls.h"
#include "controlplane/supervisor/processes.h"

namespace sekisho::console {
namespace {

namespace fs = std::filesystem;

/// Besides a server's: what SQLite, libpq, gRPC and the page's server ask for.
constexpr auto kAllowed = controlplane::with_also(
    controlplane::kServerCalls,
    std::to_array<std::string_view>({"fadvise64", "fallocate", "fchmod", "link", "linkat",
                                     "sendfile", "epoll_pwait2", "msync"}));

const controlplane::Process& self() { return controlplane::process("sekisho-console"); }

Error trouble(const std::string& what) {
  return {Error::Code::io, what + ": " + std::strerror(errno)};
}

Status give(const std::string& path) {
  // lchown: a link in the folder must not lead to somebody else's file.
  return lchown(path.c_str(), self().user, self().group) == 0 ? ok()
                                                              : Status(trouble(path + ": owner"));
}

/// The folder and the files in it, which root's consoles may have left there.
Status give_folder(const std::string& folder) {
  if (auto given = give(folder); !given) return given;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem))
    if (entry.is_regular_file(problem) && !entry.is_symlink(problem))
      if (auto given = give(entry.path().string()); !given) return given;
  return problem ? Status(Error{Error::Code::io, folder + ": " + problem.message()}) : ok();
}

Status become_own_user(const std::string& state_dir) {
  if (auto given = give_folder(state_dir); !given) return given;
  if (auto s = controlplane::limit_capabilities(self().capabilities); !s) return s;
  if (auto s = controlplane::become_user(self().user, self().group); !s) return s;
  // libpq looks for certificates there, and takes root's, which it may not read, for a mistake.
  setenv("HOME", state_dir.c_str(), 1);
  if (access(state_dir.c_str(), R_OK | W_OK | X_OK) == 0) return ok();
  return trouble(state_dir + " is out of reach of user " + std::to_string(self().user) +
                 ", who the console becomes when root starts it (--keep-user prevents that)");
}

}  // namespace

Status drop_privileges(const std::string& state_dir, bool keep_user) {
  using controlplane::SystemCallFilter;
  if (auto s = controlplane::forbid_new_privileges(); !s) return s;
  if (geteuid() == 0 && !keep_user)
    if (auto s = become_own_user(state_dir); !s) return s;
  return controlplane::install_filter({.allowed = kAllowed,
                                       .refused = {},
                                       .executable_memory = false,
                                       .unexpected = SystemCallFilter::Unexpected::refuse});
}

}  // namespace sekisho::console
