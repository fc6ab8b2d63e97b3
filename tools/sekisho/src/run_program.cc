#include "tools/sekisho/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "config/base/message_socket.h"

namespace sekisho::tools {
namespace {

using Clock = std::chrono::steady_clock;

Error failed(const std::string& program, const std::string& why) {
  return {Error::Code::resource, program + ": " + why};
}

Result<pid_t> start(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int problem = posix_spawnp(&pid, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) return failed(arguments[0], std::strerror(problem));
  return pid;
}

/// Reads until the end, the limit or the deadline; false for the latter two.
bool read_output(int input, std::size_t most_bytes, Clock::time_point deadline, std::string& text) {
  std::array<char, 65536> buffer{};
  while (text.size() < most_bytes) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd entry{input, POLLIN, 0};
    if (left <= 0 || poll(&entry, 1, static_cast<int>(left)) == 0) return false;
    const ssize_t got = read(input, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text.append(buffer.data(), std::min(static_cast<std::size_t>(got), most_bytes - text.size()));
  }
  return false;
}

}  // namespace

Result<std::string> run_program(const std::vector<std::string>& arguments,
                                std::chrono::milliseconds timeout, std::size_t most_bytes) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return failed(arguments[0], std::strerror(errno));
  const FileDescriptor input(ends[0]);
  FileDescriptor output(ends[1]);
  const auto pid = start(arguments, output.get());
  if (!pid) return Error{pid.error()};
  output.reset();
  std::string text;
  const bool whole = read_output(input.get(), most_bytes, Clock::now() + timeout, text);
  if (!whole) kill(*pid, SIGKILL);
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (text.size() >= most_bytes) return text;
  if (!whole) return failed(arguments[0], "did not end in time");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failed(arguments[0], "failed");
  return text;
}

}  // namespace sekisho::tools
