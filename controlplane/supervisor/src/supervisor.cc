#include "supervisor.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>

#include "controlplane/sandbox/sandbox.h"
#include "state_file.h"

namespace sekisho::controlplane {
namespace {

using Clock = Child::Clock;

constexpr std::chrono::seconds kGraceOnStop{5};
constexpr std::chrono::hours kNothingDue{1};

Error system_error(const std::string& what) {
  return {Error::Code::io, what + ": " + std::strerror(errno)};
}

/// The run directory is for every process of the group; sticky, so that none removes another's
/// socket.
Status make_run_dir(const std::string& path, bool confine) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) return Error{Error::Code::io, path + ": " + problem.message()};
  if (!confine) return ok();
  if (chown(path.c_str(), 0, kSekishoGroup) != 0) return system_error(path + ": owner");
  if (chmod(path.c_str(), 01770) != 0) return system_error(path + ": mode");
  return ok();
}

Result<FileDescriptor> take_lock(const std::string& path) {
  FileDescriptor lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return system_error(path);
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return Error{Error::Code::resource, path + ": another sekisho-supervisor is running"};
    return system_error(path);
  }
  return lock;
}

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Result<Supervisor> Supervisor::make(const box::BoxConfig& box, const std::string& box_file,
                                    const std::string& programs) {
  const bool confine = box.drop_privileges && geteuid() == 0;
  if (auto made = make_run_dir(box.run_dir, confine); !made) return std::move(made).error();
  auto lock = take_lock(box.run_dir + "/supervisor.lock");
  if (!lock) return std::move(lock).error();
  if (confine) {
    const auto& own = process("sekisho-supervisor").capabilities;
    if (auto s = limit_capabilities(own); !s) return std::move(s).error();
    if (auto s = drop_own_capabilities(own); !s) return std::move(s).error();
  }
  std::vector<Child> children;
  for (const Process& p : processes())
    if (p.supervised)
      children.emplace_back(p, programs + "/" + std::string(p.name), box_file, confine);
  return Supervisor(box.run_dir + "/supervisor.json", std::move(*lock), std::move(children));
}

Status Supervisor::run() {
  const sigset_t signals = handled_signals();
  if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return system_error("block signals");
  for (;;) {
    start_due();
    const int signal = wait_for_signal();
    if (signal == SIGTERM || signal == SIGINT) break;
    if (signal == SIGHUP)
      for (const Child& child : children_)
        if (child.process().name == "sekisho-control") child.send(SIGHUP);
    reap();  // whatever woke us: signals of one kind merge
  }
  stop_all();
  return ok();
}

void Supervisor::start_due() {
  const auto now = Clock::now();
  bool changed = false;
  for (Child& child : children_) {
    if (!child.is_due(now)) continue;
    changed = true;
    if (auto started = child.start(now); !started)
      spdlog::error("{}: {}", child.process().name, started.error().message);
    else
      spdlog::info("{}: started, pid {}", child.process().name, child.pid());
  }
  if (changed) report();
}

void Supervisor::reap() {
  bool changed = false;
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) break;
    const auto child = std::find_if(children_.begin(), children_.end(),
                                    [&](const Child& c) { return c.pid() == pid; });
    if (child == children_.end()) continue;  // an orphan that a container gave us
    child->note_exit(status, Clock::now());
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
      spdlog::info("{}: ended", child->process().name);
    else
      spdlog::warn("{}: died: {}", child->process().name, child->last_exit());
    changed = true;
  }
  if (changed) report();
}

void Supervisor::report() const {
  if (auto written = write_state(state_path_, children_); !written)
    spdlog::error("{}", written.error().message);
}

int Supervisor::wait_for_signal() const {
  const auto now = Clock::now();
  auto next = now + kNothingDue;
  for (const Child& child : children_)
    if (child.pid() == 0) next = std::min(next, child.start_at());
  const auto wait = std::max(next - now, Clock::duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  const timespec timeout{
      seconds.count(),
      std::chrono::duration_cast<std::chrono::nanoseconds>(wait - seconds).count()};
  const sigset_t signals = handled_signals();
  const int signal = sigtimedwait(&signals, nullptr, &timeout);
  return signal > 0 ? signal : 0;
}

void Supervisor::stop_all() {
  for (const Child& child : children_) child.send(SIGTERM);
  const auto deadline = Clock::now() + kGraceOnStop;
  const auto alive = [&] {
    return std::any_of(children_.begin(), children_.end(),
                       [](const Child& c) { return c.pid() != 0; });
  };
  while (alive() && Clock::now() < deadline) {
    const sigset_t signals = handled_signals();
    const timespec step{0, 50'000'000};
    (void)sigtimedwait(&signals, nullptr, &step);
    reap();
  }
  for (const Child& child : children_) {
    if (child.pid() == 0) continue;
    spdlog::warn("{}: did not end within {} s, killed", child.process().name, kGraceOnStop.count());
    child.send(SIGKILL);
    int status = 0;
    waitpid(child.pid(), &status, 0);
  }
  std::error_code ignored;
  std::filesystem::remove(state_path_, ignored);
}

}  // namespace sekisho::controlplane
