#include "worker_pool.h"

#include <utility>

namespace sekisho::console {

WorkerPool::WorkerPool(std::size_t threads, std::size_t max_calls) : max_calls_(max_calls) {
  for (std::size_t i = 0; i < threads; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
}

WorkerPool::~WorkerPool() {
  for (auto& thread : threads_) thread.request_stop();
  changed_.notify_all();
}

void WorkerPool::post(std::function<void()> task) {
  const std::scoped_lock lock(mutex_);
  tasks_.push_back(std::move(task));
  changed_.notify_one();
}

bool WorkerPool::try_post(std::function<void()> task) {
  const std::scoped_lock lock(mutex_);
  if (calls_ >= max_calls_) return false;
  ++calls_;
  tasks_.push_back([this, task = std::move(task)] {
    task();
    const std::scoped_lock done(mutex_);
    --calls_;
  });
  changed_.notify_one();
  return true;
}

void WorkerPool::run(const std::stop_token& stop) {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !tasks_.empty(); });
      if (tasks_.empty()) return;  // asked to stop, and nothing is left
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace sekisho::console
