#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sekisho::console {

/// A few threads for what waits on the database, so that gRPC's never do.
class WorkerPool {
 public:
  WorkerPool(std::size_t threads, std::size_t max_calls);
  /// What was posted is done before.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// For streams, each of which posts itself once at a time: as many tasks as streams at most.
  void post(std::function<void()> task);

  /// For calls: false when max_calls of them wait already.
  bool try_post(std::function<void()> task);

 private:
  void run(const std::stop_token& stop);

  const std::size_t max_calls_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::function<void()>> tasks_;  // under mutex_
  std::size_t calls_ = 0;                    // under mutex_
  std::vector<std::jthread> threads_;        // last: they use all of the above
};

}  // namespace sekisho::console
