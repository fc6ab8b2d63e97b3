#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/decrypt/channel/channel.h"
#include "dataplane/worker/worker.h"

namespace sekisho::dataplane {

/// Every worker's channel to sekisho-decrypt, made anew whenever that process has died. A thread of
/// its own, which begins with the first policy that decrypts.
class DecryptionLinks {
 public:
  /// Has a worker do something on its own core, before it returns; false: it is gone.
  using Run = std::function<bool(Job& job, std::size_t worker)>;

  /// `workers` outlive it; `run` is for any thread.
  DecryptionLinks(std::string socket_path, const std::vector<std::unique_ptr<Worker>>& workers,
                  Run run);
  ~DecryptionLinks();
  DecryptionLinks(const DecryptionLinks&) = delete;
  DecryptionLinks& operator=(const DecryptionLinks&) = delete;

  /// Before a policy that decrypts is published: makes its workers follow connections.
  /// `are_running`: they have their cores; before that, nobody but the caller may look at them.
  void begin(bool are_running);

  struct Status {
    bool is_wanted = false;    // some policy asked for it
    std::size_t attached = 0;  // workers with a channel
    std::uint64_t attached_ever = 0;
    std::string problem;  // of the last attempt; empty: there is none
  };
  Status status() const;
  /// Adds what the workers' diverters count: "decryption.opened", ...
  void add_to(std::map<std::string, std::uint64_t>& sum) const;

 private:
  struct Task;
  struct Link {
    Worker* worker;
    const decrypt::Diverter* diverter = nullptr;  // the worker's; null: it follows none
    std::optional<decrypt::WorkerChannel> channel;
    std::unique_ptr<Task> task;  // of the last job: a worker may hold on to it until the end
  };

  void keep_attached(const std::stop_token& stop);
  void attach_missing();
  void wait_for_death(const std::stop_token& stop);
  void attach(std::size_t worker);
  void lose(std::size_t worker);
  bool run(std::size_t worker, std::function<void(Worker&)> what);

  std::string socket_path_;
  Run run_;
  mutable std::mutex mutex_;  // of all below but the channels, which are the thread's
  std::vector<Link> links_;
  Status status_;
  std::jthread thread_;  // last: it uses what stands above
};

}  // namespace sekisho::dataplane
