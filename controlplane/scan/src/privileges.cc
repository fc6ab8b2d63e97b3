#include "controlplane/scan/privileges.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "controlplane/sandbox/sandbox.h"
#include "controlplane/sandbox/server_calls.h"
#include "controlplane/supervisor/processes.h"

namespace sekisho::controlplane {
namespace {

constexpr auto kScanCalls = with_also(kServerCalls, std::to_array<std::string_view>({"signalfd4"}));
/// Besides a server's: starting clamd and ending it, and what clamd asks for itself, which unpacks
/// archives into files of its own. No tracing, no mounts, no keys, no other users.
constexpr auto kClamdCalls = with_also(
    kServerCalls,
    std::to_array<std::string_view>(
        {"arch_prctl", "chdir",  "chmod",  "close_range", "execve",          "fadvise64",
         "fallocate",  "fchdir", "fchmod", "fchmodat",    "flock",           "getpgrp",
         "kill",       "link",   "msync",  "rmdir",       "seccomp",         "set_tid_address",
         "setrlimit",  "setsid", "statfs", "symlink",     "sync_file_range", "truncate",
         "utimensat",  "vfork",  "wait4",  "waitid"}));

}  // namespace

Status prepare_clamd_folders(const box::BoxConfig& box, const ClamdPlaces& places) {
  const auto& self = process("sekisho-clamd");
  const bool give = box.drop_privileges && geteuid() == 0;
  for (const auto& folder : {places.folder, places.signatures(), places.scratch()}) {
    std::error_code problem;
    std::filesystem::create_directories(folder, problem);
    if (problem) return Error{Error::Code::io, folder + ": " + problem.message()};
    if (give && lchown(folder.c_str(), self.user, self.group) != 0)
      return Error{Error::Code::io, folder + ": owner: " + std::strerror(errno)};
    if (chmod(folder.c_str(), 0700) != 0)
      return Error{Error::Code::io, folder + ": mode: " + std::strerror(errno)};
  }
  return ok();
}

Status drop_scan_privileges(const box::BoxConfig& box, std::string_view name) {
  const auto& self = process(name);
  if (auto s = forbid_new_privileges(); !s) return s;
  if (!box.drop_privileges) return ok();
  if (geteuid() == 0) {
    if (auto s = limit_capabilities(self.capabilities); !s) return s;
    if (auto s = become_user(self.user, self.group); !s) return s;
  }
  const bool starts_clamd = name == "sekisho-clamd";
  return install_filter({.allowed = starts_clamd ? std::span<const std::string_view>(kClamdCalls)
                                                 : std::span<const std::string_view>(kScanCalls),
                         .refused = {},
                         .executable_memory = starts_clamd,  // the dynamic loader of clamd
                         .unexpected = SystemCallFilter::Unexpected::refuse});
}

}  // namespace sekisho::controlplane
