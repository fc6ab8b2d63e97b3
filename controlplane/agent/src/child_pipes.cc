#include "child_pipes.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <span>
#include <thread>
#include <utility>

namespace sekisho::controlplane {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPipeBytes = 1 << 20;
constexpr std::size_t kReadBytes = std::size_t{256} << 10;
constexpr int kFirstFreeFd = 10;  // above every number that the child uses

Error system_error(std::string_view what) {
  return {Error::Code::io, std::string(what) + ": " + std::strerror(errno)};
}

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe");
  FileDescriptor low_read(ends[0]);
  FileDescriptor low_write(ends[1]);
  Pipe made{FileDescriptor(fcntl(ends[0], F_DUPFD_CLOEXEC, kFirstFreeFd)),
            FileDescriptor(fcntl(ends[1], F_DUPFD_CLOEXEC, kFirstFreeFd))};
  if (!made.read_end.valid() || !made.write_end.valid()) return system_error("pipe");
  (void)fcntl(ends[0], F_SETPIPE_SZ, kPipeBytes);  // only speed: the default does too
  return made;
}

/// posix_spawn's two argument objects, destroyed together.
struct SpawnSettings {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  SpawnSettings() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

/// One read into the end of `out`; an ended pipe is closed.
Status read_some(FileDescriptor& pipe, std::vector<std::byte>& out, std::size_t limit,
                 std::string_view what) {
  const std::size_t before = out.size();
  out.resize(before + kReadBytes);
  const ssize_t got = read(pipe.get(), out.data() + before, kReadBytes);
  out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0 && errno != EINTR && errno != EAGAIN) return system_error(what);
  if (got == 0) pipe.reset();
  if (out.size() > limit)
    return Error{Error::Code::resource,
                 std::string(what) + " has more than " + std::to_string(limit) + " bytes"};
  return ok();
}

/// One write; the pipe is closed when all is written or the child reads no more.
Status write_some(FileDescriptor& pipe, std::string_view& rest) {
  const ssize_t written = write(pipe.get(), rest.data(), rest.size());
  if (written < 0 && errno != EINTR && errno != EAGAIN && errno != EPIPE)
    return system_error("compiler input");
  const bool closed_early = written < 0 && errno == EPIPE;
  if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  if (rest.empty() || closed_early) pipe.reset();
  return ok();
}

}  // namespace

PipedChild::PipedChild(PipedChild&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      report_(std::move(other.report_)) {}

PipedChild::~PipedChild() {
  if (pid_ > 0) wait(Clock::now());
}

Result<PipedChild> PipedChild::start(const std::vector<std::string>& command) {
  auto input = make_pipe();
  auto output = make_pipe();
  auto report = make_pipe();
  if (!input) return std::move(input).error();
  if (!output) return std::move(output).error();
  if (!report) return std::move(report).error();

  SpawnSettings settings;
  posix_spawn_file_actions_adddup2(&settings.files, input->read_end.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&settings.files, output->write_end.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&settings.files, report->write_end.get(), kReportFd);
  std::vector<std::string> words = command;
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::array<char*, 1> environment{nullptr};

  PipedChild child;
  const int problem = posix_spawn(&child.pid_, arguments[0], &settings.files, &settings.attributes,
                                  arguments.data(), environment.data());
  if (problem != 0) {
    child.pid_ = -1;
    errno = problem;
    return system_error(command.front());
  }
  child.input_ = std::move(input->write_end);
  child.output_ = std::move(output->read_end);
  child.report_ = std::move(report->read_end);
  for (const FileDescriptor* fd : {&child.input_, &child.output_, &child.report_})
    (void)fcntl(fd->get(), F_SETFL, O_NONBLOCK);
  return child;
}

Result<PipedChild::Output> PipedChild::converse(std::string_view input, std::size_t max_output,
                                                std::size_t max_report,
                                                Clock::time_point deadline) {
  Output out;
  if (input.empty()) input_.reset();
  while (output_.valid() || report_.valid()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0)
      return Error{Error::Code::resource, "the compiler took too long and was ended"};
    // A closed pipe is -1, which poll() passes over.
    std::array<pollfd, 3> ready{
        {{input_.get(), POLLOUT, 0}, {output_.get(), POLLIN, 0}, {report_.get(), POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
      return system_error("poll");
    if (input_.valid() && ready[0].revents != 0)
      if (auto s = write_some(input_, input); !s) return std::move(s).error();
    if (output_.valid() && ready[1].revents != 0)
      if (auto s = read_some(output_, out.output, max_output, "the compiled policy"); !s)
        return std::move(s).error();
    if (report_.valid() && ready[2].revents != 0)
      if (auto s = read_some(report_, out.report, max_report, "the compiler's report"); !s)
        return std::move(s).error();
  }
  return out;
}

int PipedChild::wait(Clock::time_point deadline) {
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_ || (ended < 0 && errno != EINTR)) break;
    if (Clock::now() >= deadline) {
      kill(pid_, SIGKILL);
      while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
      break;
    }
    std::this_thread::sleep_for(
        std::chrono::microseconds(200));  // its pipes are closed: it is done
  }
  pid_ = -1;
  return status;
}

}  // namespace sekisho::controlplane
