#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace sekisho::controlplane {

/// What a server with threads, sockets, files of its own and libc's name resolution asks of the
/// kernel: for SystemCallFilter::allowed. Not among it: starting programs, looking into other
/// processes, changing owners.
inline constexpr auto kServerCalls = std::to_array<std::string_view>({
    // files
    "access",
    "close",
    "dup",
    "dup2",
    "dup3",
    "faccessat",
    "faccessat2",
    "fcntl",
    "fdatasync",
    "fstat",
    "fstatfs",
    "fsync",
    "ftruncate",
    "getcwd",
    "getdents64",
    "ioctl",
    "lseek",
    "lstat",
    "mkdir",
    "mkdirat",
    "newfstatat",
    "open",
    "openat",
    "pipe",
    "pipe2",
    "pread64",
    "pwrite64",
    "read",
    "readlink",
    "readlinkat",
    "readv",
    "rename",
    "renameat",
    "renameat2",
    "stat",
    "statx",
    "umask",
    "unlink",
    "unlinkat",
    "write",
    "writev",
    // sockets
    "accept",
    "accept4",
    "bind",
    "connect",
    "getpeername",
    "getsockname",
    "getsockopt",
    "listen",
    "recvfrom",
    "recvmmsg",
    "recvmsg",
    "sendmmsg",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    "socket",
    "socketpair",
    // waiting
    "clock_nanosleep",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_wait",
    "eventfd2",
    "futex",
    "nanosleep",
    "poll",
    "ppoll",
    "pselect6",
    "select",
    "timerfd_create",
    "timerfd_settime",
    // memory
    "brk",
    "madvise",
    "mincore",
    "mremap",
    "munmap",
    // time and identity
    "clock_getres",
    "clock_gettime",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrandom",
    "getrusage",
    "gettid",
    "gettimeofday",
    "getuid",
    "sysinfo",
    "time",
    "uname",
    // threads and signals
    "clone",
    "clone3",
    "exit",
    "exit_group",
    "get_robust_list",
    "membarrier",
    "prctl",
    "prlimit64",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigtimedwait",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_yield",
    "set_robust_list",
    "sigaltstack",
    "tgkill",
});

template <std::size_t N, std::size_t M>
constexpr std::array<std::string_view, N + M> with_also(
    const std::array<std::string_view, N>& calls, const std::array<std::string_view, M>& more) {
  std::array<std::string_view, N + M> all;
  std::copy(more.begin(), more.end(), std::copy(calls.begin(), calls.end(), all.begin()));
  return all;
}

}  // namespace sekisho::controlplane
