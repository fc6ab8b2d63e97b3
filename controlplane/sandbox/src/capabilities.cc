#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include "controlplane/sandbox/sandbox.h"
#include "system_error.h"

namespace sekisho::controlplane {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 16> kNames{{
    {"bpf", CAP_BPF},
    {"chown", CAP_CHOWN},
    {"dac_override", CAP_DAC_OVERRIDE},
    {"fowner", CAP_FOWNER},
    {"ipc_lock", CAP_IPC_LOCK},
    {"kill", CAP_KILL},
    {"net_admin", CAP_NET_ADMIN},
    {"net_raw", CAP_NET_RAW},
    {"perfmon", CAP_PERFMON},
    {"setgid", CAP_SETGID},
    {"setpcap", CAP_SETPCAP},
    {"setuid", CAP_SETUID},
    {"sys_admin", CAP_SYS_ADMIN},
    {"sys_nice", CAP_SYS_NICE},
    {"sys_rawio", CAP_SYS_RAWIO},
    {"sys_resource", CAP_SYS_RESOURCE},
}};

Result<std::uint64_t> bits_of(std::span<const std::string_view> names) {
  std::uint64_t bits = 0;
  for (const std::string_view name : names) {
    const auto* known =
        std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return n.first == name; });
    if (known == kNames.end())
      return Error{Error::Code::invalid_input, "no capability " + std::string(name)};
    bits |= std::uint64_t{1} << known->second;
  }
  return bits;
}

/// Takes what is not in `kept` out of the chosen sets of this thread.
Status reduce_sets(std::uint64_t kept, bool also_own) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return system_error("read capabilities");
  for (unsigned half = 0; half < 2; ++half) {
    const auto mask = static_cast<std::uint32_t>(kept >> (32 * half));
    sets[half].inheritable &= mask;
    if (!also_own) continue;
    sets[half].effective &= mask;
    sets[half].permitted &= mask;
  }
  if (syscall(SYS_capset, &header, sets.data()) != 0) return system_error("limit capabilities");
  return ok();
}

}  // namespace

Status limit_capabilities(std::span<const std::string_view> keep) {
  const auto kept = bits_of(keep);
  if (!kept) return Error{kept.error()};
  for (int bit = 0; bit <= CAP_LAST_CAP; ++bit) {
    if ((*kept >> bit & 1) != 0) continue;
    // EINVAL: a capability that this kernel does not have, so nobody has it.
    if (prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) != 0 && errno != EINVAL)
      return system_error("drop capability " + std::to_string(bit));
  }
  return reduce_sets(*kept, false);
}

Status drop_own_capabilities(std::span<const std::string_view> keep) {
  const auto kept = bits_of(keep);
  if (!kept) return Error{kept.error()};
  return reduce_sets(*kept, true);
}

}  // namespace sekisho::controlplane
