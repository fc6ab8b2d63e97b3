#include "confine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "controlplane/sandbox/sandbox.h"
#include "controlplane/sandbox/server_calls.h"
#include "controlplane/supervisor/processes.h"

namespace sekisho::controlplane {
namespace {

constexpr std::uint64_t kMaxMemory = std::uint64_t{2} << 30;  // of address space: stacks and heaps
constexpr std::uint64_t kMaxFiles = 256;
constexpr auto kCalls = with_also(kServerCalls, std::to_array<std::string_view>({"signalfd4"}));

}  // namespace

Status confine_fetch(const box::BoxConfig& box) {
  const auto& self = process("sekisho-fetch");
  if (auto s = forbid_new_privileges(); !s) return s;
  if (auto s = limit_resources({.address_space_bytes = kMaxMemory,
                                .cpu_seconds = RLIM_INFINITY,
                                .file_bytes = RLIM_INFINITY,  // the log may be a long file
                                .open_files = kMaxFiles});
      !s)
    return s;
  if (!box.drop_privileges) return ok();
  if (geteuid() == 0) {
    if (auto s = limit_capabilities(self.capabilities); !s) return s;
    if (auto s = become_user(self.user, self.group); !s) return s;
  }
  return install_filter({.allowed = kCalls,
                         .refused = {},
                         .executable_memory = false,
                         .unexpected = SystemCallFilter::Unexpected::refuse});
}

}  // namespace sekisho::controlplane
