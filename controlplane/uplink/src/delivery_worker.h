#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "config/bundle/bundle.h"
#include "controlplane/uplink/attempt_file.h"
#include "controlplane/uplink/confirm_time.h"
#include "controlplane/uplink/content_delivery.h"
#include "controlplane/uplink/database_delivery.h"
#include "controlplane/uplink/policy_delivery.h"

namespace sekisho::controlplane {

/// The thread of PolicyDelivery, ContentDelivery and DatabaseDelivery: compiling and handing over
/// take seconds and must hold up neither the stream nor the end of a wait. One thread for all, as
/// the box changes one thing at a time; what takes longest, packs of rules and databases, comes
/// after everything about policies. Runs whether or not there is a console. Every function is for
/// any thread.
class DeliveryWorker {
 public:
  using Time = PolicyDelivery::Time;
  /// Hears of each step, on the worker's thread; empty functions: nobody does.
  struct Listener {
    std::function<void(const DeliveryReport&)> policy;
    std::function<void(const ContentReport&)> content;  // packs, or a database
    std::function<void(const DatabaseWanted&)> wanted;
  };

  DeliveryWorker(PolicyDoor& policy, ContentDoor& content, DatabaseDoor& databases,
                 AttemptFile memory, const std::function<std::chrono::milliseconds()>& confirm_time,
                 const std::function<bool()>& is_answering);
  ~DeliveryWorker();
  DeliveryWorker(const DeliveryWorker&) = delete;
  DeliveryWorker& operator=(const DeliveryWorker&) = delete;

  /// A newer bundle takes the place of one that was not begun yet.
  void bundle(std::uint64_t version, std::string bytes, bundle::Expectation expected);
  void content_bundle(std::uint64_t version, std::string bytes, bundle::Expectation expected);
  void confirmation(std::uint64_t version);
  /// `expected`: key, tenant and gateway. A newer one takes the place of one that was not begun.
  void database_offer(content::DatabaseKind kind, std::uint64_t version, std::string description,
                      bundle::Expectation expected);
  void database_piece(DatabasePiece piece);
  /// Forgets what another console delivered.
  void forget();

  /// The console answered on a stream that began at `started`.
  void welcomed(Time started) { welcomed_ = started; }
  /// As ContentDelivery's.
  std::optional<Time> unproven_since() const;
  /// From now on; returns when the one before is not called any more.
  void listen(Listener listener);
  DeliveryReport report() const;
  ContentReport content_report() const { return content_.report(); }
  std::vector<DatabaseReport> database_reports() const;
  std::optional<PolicyDelivery::Wait> wait() const;

 private:
  struct Arrived {
    std::uint64_t version = 0;
    std::string bytes;
    bundle::Expectation expected;
    Time at;
  };
  struct Confirmed {
    std::uint64_t version = 0;
  };
  struct Forget {};
  using Item = std::variant<Arrived, Confirmed, Forget>;

  void put(Item item);
  void run(const std::stop_token& stop);
  void take(Item& item);
  void take_bundle(Arrived& arrived);
  void take_content(Arrived& arrived);
  void take_databases();
  void tell_content();
  /// What is to be done next; nothing: it was only time for a look.
  std::optional<Item> next_item(const std::stop_token& stop);
  void publish();
  std::chrono::milliseconds nap() const;

  PolicyDoor& policy_;
  ContentDoor& content_;
  AttemptFile memory_;
  std::atomic<Time> welcomed_{Time{}};
  PolicyDelivery delivery_;             // of the thread
  ContentDelivery content_delivery_;    // likewise
  DatabaseDelivery database_delivery_;  // likewise
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> items_;               // under mutex_, as what follows
  std::optional<Arrived> content_item_;  // the newest, taken when items_ is empty
  std::array<std::optional<Arrived>, content::kDatabaseKinds.size()> offers_;  // likewise
  std::deque<DatabasePiece> pieces_;                                           // likewise
  std::vector<DatabaseReport> database_reports_;
  DeliveryAttempt attempt_;
  std::optional<PolicyDelivery::Wait> wait_;
  std::optional<Time> unproven_since_;
  std::mutex listener_mutex_;
  Listener listener_;  // under listener_mutex_
  std::jthread thread_;
};

}  // namespace sekisho::controlplane
