#include "controlplane/agent/privileges.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "controlplane/sandbox/sandbox.h"
#include "controlplane/sandbox/server_calls.h"
#include "controlplane/supervisor/processes.h"

namespace sekisho::controlplane {
namespace {

/// Besides a server's: the start of the compiler child, which inherits the filter until it installs
/// its own, smaller one.
constexpr auto kAllowed =
    with_also(kServerCalls,
              std::to_array<std::string_view>(
                  {"close_range", "flock", "signalfd4", "arch_prctl", "execve", "getpgrp", "kill",
                   "seccomp", "set_tid_address", "setrlimit", "vfork", "wait4", "waitid"}));

const Process& self() { return process("sekisho-control"); }

bool drops(const box::BoxConfig& box) { return box.drop_privileges && geteuid() == 0; }

Status give_away(const std::string& path) {
  // lchown: a link in a folder of ours must not lead to somebody else's file.
  if (lchown(path.c_str(), self().user, self().group) != 0)
    return Error{Error::Code::io, path + ": owner: " + std::strerror(errno)};
  return ok();
}

Status prepare(const std::string& folder, bool give) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) return Error{Error::Code::io, folder + ": " + problem.message()};
  if (!give) return ok();
  if (auto given = give_away(folder); !given) return given;
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem))
    if (entry.is_regular_file(problem) && !entry.is_symlink(problem))
      if (auto given = give_away(entry.path().string()); !given) return given;
  return ok();
}

}  // namespace

Status prepare_folders(const box::BoxConfig& box) {
  std::error_code problem;
  std::filesystem::create_directories(box.run_dir, problem);
  if (problem) return Error{Error::Code::io, box.run_dir + ": " + problem.message()};
  for (const char* folder : {"/bandwidth", "/databases", "/databases/indicators",
                             "/databases/reputation", "/databases/urls", "/identity", "/ips",
                             "/ips/content", "/ips/packs", "/link", "/policy", "/spool", "/users"})
    if (auto s = prepare(box.state_dir + folder, drops(box)); !s) return s;
  return prepare(box.log_dir, drops(box));
}

Result<OpenProgram> open_program(const std::string& path) {
  constexpr int kFirstFreeFd = 10;  // a child program's own descriptors are below
  const FileDescriptor low(open(path.c_str(), O_PATH | O_CLOEXEC));
  FileDescriptor file(low.valid() ? fcntl(low.get(), F_DUPFD_CLOEXEC, kFirstFreeFd) : -1);
  if (!file.valid()) return Error{Error::Code::io, path + ": " + std::strerror(errno)};
  const std::string number = std::to_string(file.get());
  return OpenProgram{std::move(file), "/proc/self/fd/" + number};
}

Status drop_privileges(const box::BoxConfig& box) {
  if (auto s = forbid_new_privileges(); !s) return s;
  if (!box.drop_privileges) return ok();
  if (geteuid() == 0) {
    if (auto s = give_away(box.run_dir + "/control.sock"); !s) return s;
    if (auto s = limit_capabilities(self().capabilities); !s) return s;
    if (auto s = become_user(self().user, self().group); !s) return s;
    // The change of user took /proc/self from us, and with it the way to an open program.
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
      return Error{Error::Code::io, "dumpable: " + std::string(std::strerror(errno))};
  }
  return install_filter({.allowed = kAllowed,
                         .refused = {},
                         .executable_memory = true,  // the dynamic loader of the compiler child
                         .unexpected = SystemCallFilter::Unexpected::refuse});
}

}  // namespace sekisho::controlplane
