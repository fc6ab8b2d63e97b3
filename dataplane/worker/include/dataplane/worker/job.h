#pragma once

#include <atomic>

namespace sekisho::dataplane {

class Worker;

/// Something the control thread wants done with a worker's own state. The worker runs one slice
/// between two bursts until the job says it is done, so a slice must be short (a few microseconds).
class Job {
 public:
  virtual ~Job() = default;
  /// Worker. True when there is nothing left to do.
  virtual bool run_slice(Worker& worker) noexcept = 0;

  bool done() const noexcept { return done_.load(std::memory_order_acquire); }
  void finish() noexcept { done_.store(true, std::memory_order_release); }

 private:
  std::atomic<bool> done_{false};
};

}  // namespace sekisho::dataplane
