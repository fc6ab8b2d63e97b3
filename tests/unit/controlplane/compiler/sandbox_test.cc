#include "controlplane/sandbox/sandbox.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>

namespace sekisho::controlplane {
namespace {

/// Exit status of `body` in a child of its own; negative: the signal that ended it.
template <class Body>
int in_child(Body body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

constexpr std::array<std::string_view, 4> kBasics{"exit_group", "write", "rt_sigreturn", "close"};
constexpr std::array<std::string_view, 1> kOpen{"openat"};

int filtered(SystemCallFilter::Unexpected unexpected) {
  if (!forbid_new_privileges()) return 100;
  return install_filter({.allowed = kBasics, .refused = kOpen, .unexpected = unexpected}) ? 0 : 101;
}

TEST_CASE("a filter lets through what is named and refuses or kills the rest") {
  if (kInstrumentedBuild) return;  // there is no filter in such a build
  using enum SystemCallFilter::Unexpected;
  CHECK(in_child([] { return filtered(kill); }) == 0);
  CHECK(in_child([] {
          (void)filtered(kill);
          return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 1 : 2;
        }) == -SIGSYS);
  CHECK(in_child([] {
          (void)filtered(kill);
          return open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM ? 1 : 2;
        }) == 1);
  CHECK(in_child([] {
          (void)filtered(refuse);
          return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM ? 1 : 2;
        }) == 1);
  CHECK(in_child([] {
          (void)filtered(refuse);
          return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                         MAP_FAILED
                     ? 1
                     : 2;
        }) == 1);
}

TEST_CASE("root that is dropped does not come back, and takes its capabilities along") {
  if (geteuid() != 0) return;  // nothing to drop
  CHECK(in_child([] {
          static constexpr std::array<std::string_view, 1> kKeep{"net_raw"};
          if (!limit_capabilities(kKeep) || !become_user(64'199, 64'199)) return 1;
          std::ifstream status("/proc/self/status");
          for (std::string line; std::getline(status, line);) {
            if (line.starts_with("CapEff:") && line.find_first_not_of("CapEff:\t0") != line.npos)
              return 2;
            if (line.starts_with("CapBnd:") && !line.ends_with("0000000000002000")) return 3;
          }
          return setuid(0) == 0 || geteuid() == 0 ? 4 : 0;
        }) == 0);
  static constexpr std::array<std::string_view, 1> kTypo{"net_rawr"};
  CHECK(in_child([] { return limit_capabilities(kTypo) ? 1 : 0; }) == 0);
}

TEST_CASE("the compiler, whatever it is fed, ends by itself with an answer") {
  const std::string command = std::string(COMPILER_BINARY) + " > /dev/null 2>&1";
  const auto exit_of = [](const std::string& line) {
    const int status = std::system(line.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  CHECK(exit_of("printf 'version: 1\\nrules: []\\n' | " + command) == 0);
  CHECK(exit_of(": | " + command) == 1);
  CHECK(exit_of("head -c 20000000 /dev/zero | " + command) == 1);
  CHECK(exit_of("head -c 100000 /dev/urandom | " + command) == 1);
  CHECK(exit_of("yes -- '- [' | head -c 1000000 | " + command) == 1);
  CHECK(exit_of(std::string(COMPILER_BINARY) + " --no-such-option > /dev/null 2>&1") == 2);
}

}  // namespace
}  // namespace sekisho::controlplane
