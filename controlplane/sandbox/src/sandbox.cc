#include "controlplane/sandbox/sandbox.h"

#include <grp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "system_error.h"

namespace sekisho::controlplane {
namespace {

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using FilterHandle = std::unique_ptr<void, ReleaseFilter>;

/// mmap and mprotect, but never with PROT_EXEC.
Status allow_plain_memory(scmp_filter_ctx filter) {
  const scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)})
    if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &not_executable) != 0)
      return Error{Error::Code::io, "seccomp: a rule for memory was refused"};
  return ok();
}

Status add_rules(scmp_filter_ctx filter, std::uint32_t action,
                 std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    const int call = seccomp_syscall_resolve_name(std::string(name).c_str());
    if (call == __NR_SCMP_ERROR) continue;
    if (seccomp_rule_add_array(filter, action, call, 0, nullptr) != 0)
      return Error{Error::Code::io, "seccomp: a rule for " + std::string(name) + " was refused"};
  }
  return ok();
}

Status set_limit(__rlimit_resource resource, std::uint64_t value, std::string_view what) {
  const rlimit limit{value, value};
  return setrlimit(resource, &limit) == 0 ? ok() : Status(system_error(what));
}

}  // namespace

Status become_user(uid_t user, gid_t group) {
  int when_parent_dies = 0;
  const pid_t parent = getppid();
  if (prctl(PR_GET_PDEATHSIG, &when_parent_dies, 0, 0, 0) != 0)
    return system_error("parent death signal");
  if (setgroups(0, nullptr) != 0) return system_error("drop supplementary groups");
  if (setresgid(group, group, group) != 0)
    return system_error("become group " + std::to_string(group));
  if (setresuid(user, user, user) != 0) return system_error("become user " + std::to_string(user));
  if (user != 0 && setuid(0) == 0)
    return Error{Error::Code::io, "root could be regained after dropping it"};
  // The kernel forgot this signal with the old user.
  if (prctl(PR_SET_PDEATHSIG, when_parent_dies, 0, 0, 0) != 0)
    return system_error("parent death signal");
  if (when_parent_dies != 0 && getppid() != parent)
    return Error{Error::Code::io, "the parent died meanwhile"};
  return ok();
}

Status forbid_new_privileges() {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? ok() : Status(system_error("no_new_privs"));
}

Status limit_resources(const ResourceLimits& limits) {
  if (auto s = set_limit(RLIMIT_CPU, limits.cpu_seconds, "limit processor time"); !s) return s;
  if (auto s = set_limit(RLIMIT_FSIZE, limits.file_bytes, "limit file size"); !s) return s;
  if (auto s = set_limit(RLIMIT_CORE, 0, "limit core dumps"); !s) return s;
  // Sanitizers map terabytes and open pipes to ask whether memory is there.
  if (kInstrumentedBuild) return ok();
  if (auto s = set_limit(RLIMIT_AS, limits.address_space_bytes, "limit address space"); !s)
    return s;
  return set_limit(RLIMIT_NOFILE, limits.open_files, "limit open files");
}

Status install_filter(const SystemCallFilter& filter) {
  if (kInstrumentedBuild) return ok();
  const std::uint32_t otherwise = filter.unexpected == SystemCallFilter::Unexpected::kill
                                      ? SCMP_ACT_KILL_PROCESS
                                      : SCMP_ACT_ERRNO(EPERM);
  const FilterHandle handle(seccomp_init(otherwise));
  if (handle == nullptr) return Error{Error::Code::resource, "seccomp: no memory for a filter"};
  if (auto s = add_rules(handle.get(), SCMP_ACT_ALLOW, filter.allowed); !s) return s;
  if (otherwise != SCMP_ACT_ERRNO(EPERM))
    if (auto s = add_rules(handle.get(), SCMP_ACT_ERRNO(EPERM), filter.refused); !s) return s;
  if (filter.executable_memory) {
    static constexpr std::string_view kMemory[] = {"mmap", "mprotect"};
    if (auto s = add_rules(handle.get(), SCMP_ACT_ALLOW, kMemory); !s) return s;
  } else if (auto s = allow_plain_memory(handle.get()); !s) {
    return s;
  }
  if (const int problem = seccomp_load(handle.get()); problem != 0) {
    errno = -problem;
    return system_error("seccomp: load");
  }
  return ok();
}

}  // namespace sekisho::controlplane
