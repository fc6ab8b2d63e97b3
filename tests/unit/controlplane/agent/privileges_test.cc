#include "controlplane/agent/privileges.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "config/policy/policy.h"
#include "controlplane/agent/compiler_process.h"
#include "controlplane/supervisor/processes.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

/// What a child process that has dropped its privileges finds; 0: all as it should be.
int as_unprivileged(const box::BoxConfig& box, const std::string& compiler) {
  auto program = open_program(compiler);
  if (!program || !prepare_folders(box)) return 1;
  close(creat((box.run_dir + "/control.sock").c_str(), 0600));
  if (!drop_privileges(box)) return 2;
  if (geteuid() != process("sekisho-control").user || setuid(0) == 0) return 3;
  if (access(compiler.c_str(), X_OK) == 0) return 4;  // the test is about a closed folder
  const auto outcome =
      run_compiler(policy::factory_policy_yaml(), {.binary = program->path,
                                                   .geo_database = {},
                                                   .user = process("sekisho-compile").user,
                                                   .group = kSekishoGroup});
  if (!std::holds_alternative<CompilerOutput>(outcome)) return 5;
  const FileDescriptor written(
      open((box.state_dir + "/policy/x").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  return written.valid() ? 0 : 6;
}

TEST_CASE("without privileges the compiler still runs from a folder that is closed to us") {
  if (geteuid() != 0) return;  // nothing to drop
  const ScratchFolder closed;  // mode 0700, as mkdtemp makes it
  std::filesystem::copy(COMPILER_BINARY, closed.file("sekisho-compile"));
  const ScratchFolder open;
  chmod(open.path().c_str(), 0755);
  box::BoxConfig box;
  box.run_dir = open.file("run");
  box.state_dir = open.file("state");
  box.log_dir = open.file("log");
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGPIPE, SIG_IGN);
    _exit(as_unprivileged(box, closed.file("sekisho-compile")));
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace sekisho::controlplane
