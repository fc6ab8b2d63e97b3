#include "controlplane/supervisor/processes.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace sekisho::controlplane {
namespace {

using Names = std::string_view;

constexpr std::array<Names, 0> kNone{};
/// Ports and huge pages. sys_admin: page addresses (/proc/self/pagemap) for PCI drivers, loading an
/// AF_XDP program on kernels before 5.8; sys_rawio: PCI configuration space.
constexpr auto kDataplane =
    std::to_array<Names>({"bpf", "dac_override", "ipc_lock", "net_admin", "net_raw", "perfmon",
                          "sys_admin", "sys_nice", "sys_rawio", "sys_resource"});
/// In a network namespace of its own: connections are rebuilt there (TCP_REPAIR).
constexpr auto kDecrypt = std::to_array<Names>({"net_admin"});
/// Its children's, and what making folders, changing users and ending processes takes.
constexpr auto kSupervisor =
    std::to_array<Names>({"bpf", "chown", "dac_override", "fowner", "ipc_lock", "kill", "net_admin",
                          "net_raw", "perfmon", "setgid", "setpcap", "setuid", "sys_admin",
                          "sys_nice", "sys_rawio", "sys_resource"});

constexpr std::array<Process, 10> kProcesses{{
    {
        .name = "sekisho-supervisor",
        .user = 0,
        .group = 0,
        .supervised = false,
        .capabilities = kSupervisor,
        .system_calls = "no filter: it opens no socket and reads nothing but the box file",
        .peers = "signals to its children",
        .writes = "RUN_DIR/supervisor.json, RUN_DIR/supervisor.lock",
    },
    {
        .name = "sekisho-dataplane",
        .user = 0,
        .group = kSekishoGroup,
        .supervised = true,
        .capabilities = kDataplane,
        .system_calls = "no filter: DPDK drivers choose theirs by device",
        .peers = "RUN_DIR/dataplane.sock: sekisho-control, sekisho (command line)",
        .writes = "STATE_DIR/captures, RUN_DIR/dataplane.sock, RUN_DIR/events.ring, "
                  "RUN_DIR/reputation.table",
    },
    {
        .name = "sekisho-control",
        .user = 64'101,
        .group = kSekishoGroup,
        .supervised = true,
        .capabilities = kNone,
        .system_calls = "allow-list (files, sockets, threads, starting the compiler); others EPERM",
        .peers =
            "RUN_DIR/control.sock: root and its own user; RUN_DIR/dataplane.sock; "
            "RUN_DIR/keys.sock; name servers; syslog; metrics (HTTP); the console (dials out, TLS)",
        .writes = "STATE_DIR/identity, STATE_DIR/ips, STATE_DIR/link, STATE_DIR/policy, "
                  "STATE_DIR/spool, LOG_DIR, "
                  "RUN_DIR/control.sock, read index of "
                  "RUN_DIR/events.ring, RUN_DIR/reputation.table",
    },
    {
        .name = "sekisho-compile",
        .user = 64'102,  // when root starts it; as sekisho-control's child it keeps that user
        .group = kSekishoGroup,
        .supervised = false,
        .capabilities = kNone,
        .system_calls = "read, write, memory, exit; others kill it",
        .peers =
            "three pipes of its parent; before its first byte of input it opens country data and "
            "compiled rules",
        .writes = "nothing but the pipes",
    },
    {
        .name = "sekisho-keys",
        .user = 64'103,
        .group = kSekishoGroup,
        .supervised = true,
        .capabilities = kNone,
        .system_calls = "allow-list (its files and connections; it can open no socket and start no "
                        "program, thread or process); others EPERM",
        .peers = "RUN_DIR/keys.sock: sekisho-control (all but signing), sekisho-decrypt (signing), "
                 "the group (the certificate)",
        .writes = "STATE_DIR/keys, RUN_DIR/keys.sock",
    },
    {
        .name = "sekisho-decrypt",
        .user = kDecryptUser,
        .group = kSekishoGroup,
        .supervised = true,
        .capabilities = kDecrypt,
        .system_calls = "allow-list (sockets, waits, memory; it can open no file and start no "
                        "program or thread); others kill it",
        .peers = "RUN_DIR/decrypt.sock: sekisho-dataplane; RUN_DIR/keys.sock; RUN_DIR/fetch.sock; "
                 "the ends of connections that it owns, through a network namespace of its own",
        .writes = "RUN_DIR/decrypt.sock",
    },
    {
        .name = "sekisho-fetch",
        .user = 64'106,
        .group = kSekishoGroup,
        .supervised = true,
        .capabilities = kNone,
        .system_calls = "allow-list (files, sockets, threads); no program can be started, no "
                        "memory made executable; others EPERM",
        .peers = "RUN_DIR/fetch.sock: sekisho-decrypt; name servers; authorities of origins' "
                 "certificates (HTTP)",
        .writes = "RUN_DIR/fetch.sock",
    },
    {
        .name = "sekisho-scan",
        .user = 64'107,
        .group = kSekishoGroup,
        .supervised = true,
        .capabilities = kNone,
        .system_calls = "allow-list (files, sockets, threads); no program can be started, no "
                        "memory made executable; others EPERM",
        .peers = "RUN_DIR/scan.sock: sekisho-dataplane, sekisho (command line); RUN_DIR/clamd.sock",
        .writes = "RUN_DIR/scan.sock",
    },
    {
        .name = "sekisho-clamd",
        .user = 64'108,
        .group = kSekishoGroup,
        .supervised = true,
        .capabilities = kNone,
        .system_calls = "allow-list (files, sockets, threads, starting clamd, which inherits it); "
                        "others EPERM",
        .peers = "RUN_DIR/clamd.sock, which its child clamd (Debian's) serves: sekisho-scan",
        .writes = "STATE_DIR/clamd, RUN_DIR/clamd.sock",
    },
    {
        .name = "sekisho-console",
        .user = 64'110,
        .group = 64'110,  // not kSekishoGroup: beside a gateway it is no peer of its sockets
        .supervised = false,
        .capabilities = kNone,
        .system_calls = "allow-list (files, sockets, threads); no program can be started, no "
                        "memory made executable; others EPERM",
        .peers = "browsers (HTTP, TLS), gateways (gRPC, TLS both ways), PostgreSQL",
        .writes = "its state folder (SQLite database, master key)",
    },
}};

}  // namespace

std::span<const Process> processes() noexcept { return kProcesses; }

const Process& process(std::string_view name) noexcept {
  const auto* found = std::find_if(kProcesses.begin(), kProcesses.end(),
                                   [&](const Process& p) { return p.name == name; });
  if (found == kProcesses.end()) std::abort();
  return *found;
}

std::string describe_processes() {
  std::string table =
      "| process | user | group | capabilities | system calls | peers | may write |\n"
      "| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Process& p : kProcesses) {
    table += "| `" + std::string(p.name) + "` | " + std::to_string(p.user) + " | " +
             std::to_string(p.group) + " | ";
    for (const auto& name : p.capabilities) table.append(name).append(" ");
    if (p.capabilities.empty()) table += "none ";
    for (const auto& text : {p.system_calls, p.peers, p.writes})
      table.append("| ").append(text).append(" ");
    table += "|\n";
  }
  return table;
}

}  // namespace sekisho::controlplane
