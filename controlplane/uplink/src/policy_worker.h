#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "config/bundle/bundle.h"
#include "controlplane/uplink/attempt_file.h"
#include "controlplane/uplink/confirm_time.h"
#include "controlplane/uplink/policy_delivery.h"

namespace sekisho::controlplane {

/// The thread of PolicyDelivery: compiling and handing over take seconds and must hold up neither
/// the stream nor the end of a wait. Runs whether or not there is a console. Every function is for
/// any thread.
class PolicyWorker {
 public:
  using Time = PolicyDelivery::Time;
  using Report = std::function<void(const DeliveryReport&)>;

  PolicyWorker(PolicyDoor& policy, AttemptFile memory,
               std::function<std::chrono::milliseconds()> confirm_time);
  ~PolicyWorker();
  PolicyWorker(const PolicyWorker&) = delete;
  PolicyWorker& operator=(const PolicyWorker&) = delete;

  /// A newer bundle takes the place of one that was not begun yet.
  void bundle(std::uint64_t version, std::string bytes, bundle::Expectation expected);
  void confirmation(std::uint64_t version);
  /// Forgets what another console delivered.
  void forget();

  /// Who hears of each step from now on, on the worker's thread; empty: nobody. Returns when the
  /// one before is not called any more.
  void listen(Report report);
  DeliveryReport report() const;
  std::optional<PolicyDelivery::Wait> wait() const;

 private:
  struct Arrived {
    std::uint64_t version = 0;
    std::string bytes;
    bundle::Expectation expected;
    Time at;
  };
  struct Forget {};
  using Item = std::variant<Arrived, std::uint64_t, Forget>;

  void put(Item item);
  void run(const std::stop_token& stop);
  void take(Item& item);
  void publish();
  std::chrono::milliseconds nap() const;

  PolicyDoor& policy_;
  AttemptFile memory_;
  PolicyDelivery delivery_;  // of the thread
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> items_;  // under mutex_, as what follows
  DeliveryAttempt attempt_;
  std::optional<PolicyDelivery::Wait> wait_;
  std::mutex listener_mutex_;
  Report listener_;  // under listener_mutex_
  std::jthread thread_;
};

}  // namespace sekisho::controlplane
