#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace sekisho::console::http {

/// Threads that may wait (for the database, say), with a queue of bounded length before them.
class WorkerPool {
 public:
  using Work = std::function<void()>;  // does not throw

  WorkerPool(std::size_t threads, std::size_t max_waiting);
  ~WorkerPool() { stop(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when too much waits already, or after stop().
  bool post(Work work);

  /// Finishes what was posted.
  void stop();

 private:
  void run();

  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sekisho::console::http
