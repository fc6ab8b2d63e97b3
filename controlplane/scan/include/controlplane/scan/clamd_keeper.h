#pragma once

#include <sys/types.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "config/base/result.h"
#include "controlplane/scan/clamd_client.h"
#include "controlplane/scan/clamd_settings.h"
#include "controlplane/scan/signature_folder.h"
#include "controlplane/supervisor/restart_policy.h"

namespace sekisho::controlplane {

/// Keeps one clamd running: starts it, and starts it anew when it ends, when it does not answer,
/// and when its signatures are others. One thread; SIGCHLD must be blocked.
class ClamdKeeper {
 public:
  using Clock = std::chrono::steady_clock;

  ClamdKeeper(ClamdPlaces places, SignatureSources sources);
  ~ClamdKeeper();
  ClamdKeeper(const ClamdKeeper&) = delete;
  ClamdKeeper& operator=(const ClamdKeeper&) = delete;

  /// One look, at most every second. Blocks for a ping at most.
  void look(Clock::time_point now);
  pid_t pid() const noexcept { return pid_; }

 private:
  void start(Clock::time_point now);
  /// In the child.
  [[noreturn]] void become_clamd() const;
  void note_end(int status, Clock::time_point now);
  void end(std::string_view why);
  void check_answers(Clock::time_point now);

  ClamdPlaces places_;
  SignatureSources sources_;
  ClamdClient client_;
  std::vector<std::pair<std::string, FileState>> known_;  // what the running one was started with
  pid_t pid_ = 0;
  bool answered_ = false;  // since its start
  bool with_own_ = true;   // false: it could not start with the own set
  bool told_absent_ = false;
  Clock::time_point started_{}, due_{}, heard_{};
  RestartPolicy restarts_;
};

}  // namespace sekisho::controlplane
