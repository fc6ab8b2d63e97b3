#include "child.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include "controlplane/sandbox/sandbox.h"

namespace sekisho::controlplane {
namespace {

constexpr int kCannotStart = 127;

[[noreturn]] void give_up(std::string_view what) {
  const std::string line = "sekisho-supervisor: " + std::string(what) + "\n";
  (void)!write(STDERR_FILENO, line.data(), line.size());
  _exit(kCannotStart);
}

}  // namespace

std::string describe_exit(int status) {
  if (WIFSIGNALED(status))
    return "signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
  return "exit " + std::to_string(WEXITSTATUS(status));
}

Child::Child(const Process& process, std::string binary, std::string box_file, bool confine)
    : process_(&process),
      binary_(std::move(binary)),
      box_file_(std::move(box_file)),
      confine_(confine) {}

/// In the child between fork and exec.
void Child::become(pid_t supervisor) const {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  umask(0007);  // sockets and rings are for the group
  if (confine_) {
    if (setgid(process_->group) != 0) give_up("group was refused");
    // A process that drops root itself still needs what changing its folders and user takes.
    if (process_->user == 0)
      if (auto s = limit_capabilities(process_->capabilities); !s) give_up(s.error().message);
    if (auto s = forbid_new_privileges(); !s) give_up(s.error().message);
  }
  // Nobody survives the supervisor: a second one must not meet the first one's children. Said last,
  // because a change of user or group makes the kernel forget it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) give_up("parent death signal was refused");
  if (getppid() != supervisor) _exit(kCannotStart);  // it died before prctl
  execl(binary_.c_str(), binary_.c_str(), "--box", box_file_.c_str(), nullptr);
  give_up(binary_ + ": " + std::strerror(errno));
}

Status Child::start(Clock::time_point now) {
  started_ = now;
  started_at_ = std::time(nullptr);
  const pid_t supervisor = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(supervisor);
  if (pid < 0) {
    start_at_ = now + policy_.died_after({});
    return Error{Error::Code::resource, "fork: " + std::string(std::strerror(errno))};
  }
  pid_ = pid;
  return ok();
}

void Child::note_exit(int status, Clock::time_point now) {
  const auto lifetime = std::chrono::duration_cast<RestartPolicy::Duration>(now - started_);
  pid_ = 0;
  ++restarts_;
  last_exit_ = describe_exit(status);
  start_at_ = now + policy_.died_after(lifetime);
}

void Child::send(int signal) const {
  if (pid_ != 0) kill(pid_, signal);
}

}  // namespace sekisho::controlplane
