#pragma once

#include <chrono>

namespace sekisho::controlplane {

/// How long to wait before a dead process is started again: not at all, unless it keeps dying
/// within a second of its start; then 100 ms, doubled each time up to 5 s.
class RestartPolicy {
 public:
  using Duration = std::chrono::milliseconds;

  /// The process died after living for `lifetime`; returns the wait before the next start.
  Duration died_after(Duration lifetime) noexcept;

 private:
  Duration next_wait_{0};
};

}  // namespace sekisho::controlplane
