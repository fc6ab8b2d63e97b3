#include "sandbox.h"

#include <grp.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace sekisho::decrypt {
namespace {

Error failed(std::string_view what) {
  return {Error::Code::io, std::string(what).append(": ").append(std::strerror(errno))};
}

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

constexpr auto kCalls = std::to_array<std::string_view>({
    // bytes and packets
    "close",
    "fstat",
    "newfstatat",
    "read",
    "readv",
    "recvfrom",
    "recvmsg",
    "sendmsg",
    "sendto",
    "write",
    "writev",
    // connections
    "accept4",
    "bind",
    "connect",
    "getsockopt",
    "setsockopt",
    "shutdown",
    // waiting
    "clock_nanosleep",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_wait",
    "futex",
    "poll",
    "ppoll",
    "restart_syscall",
    // memory; of what is mapped nothing is executable, see below
    "brk",
    "madvise",
    "mremap",
    "munmap",
    // itself
    "clock_gettime",
    "exit",
    "exit_group",
    "fcntl",
    "getpid",
    "getrandom",
    "gettid",
    "gettimeofday",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_yield",
    "set_robust_list",
    "sigaltstack",
    "sysinfo",  // how much memory there is: the C library's qsort asks
    "tgkill",
});

bool allow(const Filter& filter, int call, std::initializer_list<scmp_arg_cmp> conditions) {
  return seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call,
                                static_cast<unsigned>(conditions.size()), conditions.begin()) == 0;
}

/// Whether every rule was taken.
bool fill(const Filter& filter) {
  // Refused, not fatal: the C library looks how memory is overcommitted when a heap shrinks.
  if (seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0) != 0)
    return false;
  for (const auto name : kCalls) {
    const int call = seccomp_syscall_resolve_name(std::string(name).c_str());
    if (call != __NR_SCMP_ERROR && !allow(filter, call, {})) return false;
  }
  const scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  // AF_UNIX: sekisho-keys comes back under the same path.
  return allow(filter, SCMP_SYS(socket), {SCMP_A0(SCMP_CMP_EQ, AF_UNIX, 0)}) &&
         allow(filter, SCMP_SYS(socket), {SCMP_A0(SCMP_CMP_EQ, AF_INET, 0)}) &&
         allow(filter, SCMP_SYS(socket), {SCMP_A0(SCMP_CMP_EQ, AF_INET6, 0)}) &&
         allow(filter, SCMP_SYS(mmap), {not_executable}) &&
         allow(filter, SCMP_SYS(mprotect), {not_executable});
}

Status keep_only_net_admin() {
  constexpr std::uint32_t kNetAdmin = std::uint32_t{1} << CAP_NET_ADMIN;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  sets[0].effective = sets[0].permitted = kNetAdmin;
  if (syscall(SYS_capset, &header, sets.data()) != 0) return failed("limit capabilities");
  return ok();
}

}  // namespace

Status become_user(uid_t user, gid_t group) {
  int when_parent_dies = 0;
  const pid_t parent = getppid();
  if (prctl(PR_GET_PDEATHSIG, &when_parent_dies, 0, 0, 0) != 0)
    return failed("parent death signal");
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return failed("keep capabilities");
  if (setgroups(0, nullptr) != 0) return failed("drop supplementary groups");
  if (setresgid(group, group, group) != 0) return failed("become group " + std::to_string(group));
  if (setresuid(user, user, user) != 0) return failed("become user " + std::to_string(user));
  if (auto s = keep_only_net_admin(); !s) return s;
  // The kernel forgot this signal with the old user.
  if (prctl(PR_SET_PDEATHSIG, when_parent_dies, 0, 0, 0) != 0) return failed("parent death signal");
  if (when_parent_dies != 0 && getppid() != parent)
    return Error{Error::Code::io, "the parent died meanwhile"};
  return ok();
}

Status confine() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return ok();  // a sanitizer's run-time needs calls that no filter of ours foresees
#else
  const Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (filter == nullptr || !fill(filter))
    return Error{Error::Code::io, "seccomp: a rule was refused"};
  // Threads that run already, the loops', too.
  if (seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) != 0)
    return Error{Error::Code::io, "seccomp: not for all threads"};
  if (const int problem = seccomp_load(filter.get()); problem != 0) {
    errno = -problem;
    return failed("seccomp: load");
  }
  return ok();
#endif
}

}  // namespace sekisho::decrypt
