#include "confine.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "controlplane/sandbox/sandbox.h"
#include "controlplane/supervisor/processes.h"

namespace sekisho::controlplane {
namespace {

constexpr std::uint64_t kMaxMemory = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxFiles = 256;

/// Its sockets are open by then: it can make no other, start nothing, and look into no process.
constexpr auto kAllowed = std::to_array<std::string_view>({
    // connections
    "accept4",
    "close",
    "getsockopt",
    "poll",
    "ppoll",
    "recvfrom",
    "sendto",
    // the authority's files, and the log
    "fcntl",
    "fstat",
    "fsync",
    "lseek",
    "newfstatat",
    "openat",
    "read",
    "rename",
    "unlink",
    "write",
    "writev",
    // memory, time, random numbers, the end
    "brk",
    "clock_gettime",
    "clock_nanosleep",
    "exit",
    "exit_group",
    "futex",
    "getpid",
    "getrandom",
    "gettid",
    "madvise",
    "mremap",
    "munmap",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "tgkill",
});

const Process& self() { return process("sekisho-keys"); }

bool drops(const box::BoxConfig& box) { return box.drop_privileges && geteuid() == 0; }

Error system_error(const std::string& what) {
  return {Error::Code::io, what + ": " + std::strerror(errno)};
}

Status give_away(const std::string& path) {
  if (lchown(path.c_str(), self().user, self().group) != 0) return system_error(path + ": owner");
  return ok();
}

}  // namespace

Result<KeySockets> open_key_sockets(const box::BoxConfig& box) {
  std::error_code problem;
  std::filesystem::create_directories(box.run_dir, problem);
  if (problem) return Error{Error::Code::io, box.run_dir + ": " + problem.message()};
  KeySockets sockets;
  const std::string lock = box.run_dir + "/keys.lock";
  sockets.lock =
      FileDescriptor(open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!sockets.lock.valid()) return system_error(lock);
  if (flock(sockets.lock.get(), LOCK_EX | LOCK_NB) != 0)
    return errno == EWOULDBLOCK
               ? Error{Error::Code::resource, lock + ": another sekisho-keys is running"}
               : system_error(lock);
  const std::string path = box.run_dir + "/keys.sock";
  auto listener = listen_unix(path);
  if (!listener) return std::move(listener).error();
  sockets.listener = std::move(*listener);
  if (drops(box))
    if (auto given = give_away(path); !given) return std::move(given).error();
  return sockets;
}

Status prepare_key_folder(const box::BoxConfig& box) {
  const std::string folder = box.state_dir + "/keys";
  std::error_code problem;
  std::filesystem::create_directories(box.state_dir, problem);
  if (!problem && mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return system_error(folder);
  const FileDescriptor handle(
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!handle.valid() || fchmod(handle.get(), 0700) != 0) return system_error(folder);
  if (!drops(box)) return ok();
  if (fchown(handle.get(), self().user, self().group) != 0) return system_error(folder + ": owner");
  for (const auto& entry : std::filesystem::directory_iterator(folder, problem))
    if (entry.is_regular_file(problem) && !entry.is_symlink(problem))
      if (auto given = give_away(entry.path().string()); !given) return given;
  return ok();
}

Status confine(const box::BoxConfig& box) {
  if (auto s = forbid_new_privileges(); !s) return s;
  if (auto s = limit_resources({.address_space_bytes = kMaxMemory,
                                .cpu_seconds = RLIM_INFINITY,
                                .file_bytes = RLIM_INFINITY,  // the log may be a long file
                                .open_files = kMaxFiles});
      !s)
    return s;
  if (drops(box)) {
    if (auto s = limit_capabilities(self().capabilities); !s) return s;
    if (auto s = become_user(self().user, self().group); !s) return s;
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return system_error("dumpable");
  if (!box.drop_privileges) return ok();
  return install_filter({.allowed = kAllowed,
                         .refused = {},
                         .executable_memory = false,
                         .unexpected = SystemCallFilter::Unexpected::refuse});
}

}  // namespace sekisho::controlplane
