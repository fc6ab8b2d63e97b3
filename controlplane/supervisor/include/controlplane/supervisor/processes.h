#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <string_view>

namespace sekisho::controlplane {

/// What one process is and may do. Users and groups are numbers: the box needs no entry in a
/// password file for them.
struct Process {
  std::string_view name;
  uid_t user;
  gid_t group;
  bool supervised;  // started and restarted by sekisho-supervisor; the others are somebody's child
  std::span<const std::string_view> capabilities;  // all others are gone, whatever the user
  std::string_view system_calls;                   // what its filter lets through
  std::string_view peers;
  std::string_view writes;
};

/// Group of every process of the box: the local sockets and the event rings are group-writable
/// (0660), so this is who may speak to whom.
inline constexpr gid_t kSekishoGroup = 64'100;

/// The process that decrypts, and the only one for which sekisho-keys signs.
inline constexpr uid_t kDecryptUser = 64'104;

/// Every process of the box, and the console's, which runs elsewhere; the one place where this is
/// said.
std::span<const Process> processes() noexcept;

/// `name` must be in the table.
const Process& process(std::string_view name) noexcept;

/// The table as Markdown, for SECURITY.md.
std::string describe_processes();

}  // namespace sekisho::controlplane
