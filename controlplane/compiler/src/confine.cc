#include "confine.h"

#include <unistd.h>

#include <array>
#include <string_view>

#include "config/snapshot/snapshot.h"
#include "controlplane/sandbox/sandbox.h"

namespace sekisho::controlplane {
namespace {

/// The policy's text, its model, the engines' tables and the finished file stand in memory at once.
constexpr std::uint64_t kAddressSpaceBytes = std::uint64_t{4} << 30;
constexpr std::uint64_t kProcessorSeconds = 180;  // the largest sets of IPS rules take a tenth

constexpr std::array<std::string_view, 20> kAllowed{
    "read",          "write",        "writev", "close",   "lseek", "fstat",     "newfstatat",
    "brk",           "munmap",       "mremap", "madvise", "futex", "getrandom", "sysinfo",
    "clock_gettime", "rt_sigreturn", "gettid", "getpid",  "exit",  "exit_group"};
/// Libraries that look for a file of theirs and do without.
constexpr std::array<std::string_view, 4> kRefused{"openat", "open", "access", "readlink"};

}  // namespace

Status confine(uid_t user, gid_t group) {
  if (geteuid() == 0 && user != 0)
    if (auto s = become_user(user, group); !s) return s;
  if (auto s = limit_resources({.address_space_bytes = kAddressSpaceBytes,
                                .cpu_seconds = kProcessorSeconds,
                                .file_bytes = snapshot::kMaxSnapshotBytes,
                                .open_files = 0});
      !s)
    return s;
  if (auto s = forbid_new_privileges(); !s) return s;
  return install_filter({.allowed = kAllowed, .refused = kRefused});
}

}  // namespace sekisho::controlplane
