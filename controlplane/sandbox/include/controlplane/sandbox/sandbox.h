#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// A sanitizer's run-time needs system calls and address space that no filter of ours foresees:
/// such builds, which are for tests, run without filter, address and descriptor limit.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kInstrumentedBuild = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kInstrumentedBuild = true;
#else
inline constexpr bool kInstrumentedBuild = false;
#endif
#else
inline constexpr bool kInstrumentedBuild = false;
#endif

/// Becomes `user` and `group` for good, without supplementary groups. Only as root; checks that
/// there is no way back.
Status become_user(uid_t user, gid_t group);

/// Takes every capability that is not named ("net_admin", ...) out of the bounding and the
/// inheritable set, so that no program started from here ever has it. Only as root.
Status limit_capabilities(std::span<const std::string_view> keep);

/// Takes every capability that is not named away from this thread itself.
Status drop_own_capabilities(std::span<const std::string_view> keep);

/// No program started from here gains privileges by its file (PR_SET_NO_NEW_PRIVS).
Status forbid_new_privileges();

struct ResourceLimits {
  std::uint64_t address_space_bytes;
  std::uint64_t cpu_seconds;
  std::uint64_t file_bytes;
  std::uint64_t open_files;
};
Status limit_resources(const ResourceLimits& limits);

/// What a process may ask of the kernel. Names as in the kernel's table; one that this machine's
/// kernel or libseccomp does not know is left out.
struct SystemCallFilter {
  std::span<const std::string_view> allowed;
  std::span<const std::string_view> refused;  // answered with EPERM, whatever `unexpected` says
  bool executable_memory = false;             // mmap and mprotect may make memory executable
  enum class Unexpected : std::uint8_t { kill, refuse } unexpected = Unexpected::kill;
};
/// For this thread and every thread and process it starts; needs forbid_new_privileges() first.
Status install_filter(const SystemCallFilter& filter);

}  // namespace sekisho::controlplane
