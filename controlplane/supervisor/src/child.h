#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "config/base/result.h"
#include "controlplane/supervisor/processes.h"
#include "controlplane/supervisor/restart_policy.h"

namespace sekisho::controlplane {

/// One supervised process: started, watched, started again.
class Child {
 public:
  using Clock = std::chrono::steady_clock;

  /// `binary` is started with `--box FILE`; `confine`: take its group and capabilities from
  /// `process`.
  Child(const Process& process, std::string binary, std::string box_file, bool confine);

  /// Starts it now. On failure it counts as dead and comes due again.
  Status start(Clock::time_point now);
  /// Its exit status as waitpid() gave it.
  void note_exit(int status, Clock::time_point now);
  void send(int signal) const;

  const Process& process() const { return *process_; }
  pid_t pid() const { return pid_; }                       // 0: not running
  std::int64_t started_at() const { return started_at_; }  // Unix seconds
  bool is_due(Clock::time_point now) const { return pid_ == 0 && now >= start_at_; }
  Clock::time_point start_at() const { return start_at_; }
  unsigned restarts() const { return restarts_; }
  const std::string& last_exit() const { return last_exit_; }

 private:
  [[noreturn]] void become(pid_t supervisor) const;

  const Process* process_;
  std::string binary_;
  std::string box_file_;
  bool confine_;
  pid_t pid_ = 0;
  unsigned restarts_ = 0;
  std::string last_exit_;
  Clock::time_point started_;
  std::int64_t started_at_ = 0;
  Clock::time_point start_at_;
  RestartPolicy policy_;
};

/// "exit 3" or "signal 11 (Segmentation fault)".
std::string describe_exit(int status);

}  // namespace sekisho::controlplane
