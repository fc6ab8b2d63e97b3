#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "controlplane/uplink/attempt_file.h"
#include "controlplane/uplink/delivery.h"

namespace sekisho::controlplane {

/// A policy out of a bundle that was verified.
struct DeliveredPolicy {
  std::uint64_t version = 0;
  std::string yaml;
};
struct BundleRefusal {
  std::string reason_code;  // a name of config/bundle
  std::string reason;
};
using OpenedBundle = std::variant<DeliveredPolicy, BundleRefusal>;

/// What becomes of the console's bundles, step by step; knows no network, no thread and no clock of
/// its own. Commit-confirm: an enforced policy that the console does not confirm in time is
/// withdrawn. Everything that decides is on the disk before it is done, so that a kill between any
/// two steps is taken up by the next tick(). One thread.
class PolicyDelivery {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// What it needs of the rest.
  struct Doors {
    PolicyDoor& policy;
    AttemptFile& memory;
    std::function<Time()> now;
    std::function<std::chrono::milliseconds()> confirm_time;
    std::function<void(const DeliveryReport&)> report;
    std::function<void(const std::string&)> complain;  // trouble with the box's own disk
  };
  /// Opens the bundle of one message, newer than `version_in_force`.
  using Open = std::function<OpenedBundle(std::uint64_t version_in_force)>;

  explicit PolicyDelivery(Doors doors);

  /// `arrived`: when its last byte came.
  void bundle(std::uint64_t announced_version, const Open& open, Time arrived);
  /// The console heard that `version` is enforced.
  void confirmation(std::uint64_t version);
  /// Brings the memory in line with the box, and ends a wait whose time is over. Often.
  void tick();
  /// Of another console nothing is known.
  void forget();

  DeliveryReport report() const { return {doors_.policy.in_force(), memory_.attempt}; }

  struct Wait {
    std::uint64_t version = 0;
    Time since;
    Time until;
  };
  const std::optional<Wait>& wait() const { return wait_; }

 private:
  void adopt_unconfirmed(std::uint64_t version);
  void settle_enforced(const PolicyInForce& in_force);
  void try_policy(const DeliveredPolicy& policy, Time arrived);
  void refuse(DeliveryAttempt attempt);
  void enforced();
  void confirm();
  void roll_back(std::string_view reason);
  void send_report();
  void save();
  void complain(const Error& error);

  Doors doors_;
  DeliveryMemory memory_;
  std::optional<Wait> wait_;
  bool confirmed_by_console_ = false;  // of wait_: what is missing is the disk
  std::string trouble_;
  PolicyInForce reported_;
};

}  // namespace sekisho::controlplane
