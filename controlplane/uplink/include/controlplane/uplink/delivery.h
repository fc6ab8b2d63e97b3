#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// As PolicyState of gateway_link.proto.
enum class DeliveryState { none, received, enforced, confirmed, refused, rolled_back };
std::string_view name_of(DeliveryState state) noexcept;

struct DeliveryMistake {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string message;
  bool operator==(const DeliveryMistake&) const = default;
};

inline constexpr std::size_t kMaxReportedMistakes = 100;
inline constexpr std::size_t kMaxReasonBytes = 4096;

/// How it went with one bundle.
struct DeliveryAttempt {
  std::uint64_t version = 0;  // 0: none was ever tried
  DeliveryState state = DeliveryState::none;
  std::string reason_code;
  std::string reason;
  std::vector<DeliveryMistake> mistakes;
  std::uint32_t apply_ms = 0;
  bool verified = false;  // the version is the signed one: it is not tried a second time
  bool operator==(const DeliveryAttempt&) const = default;
};

struct PolicyInForce {
  std::uint64_t bundle_version = 0;  // 0: of no bundle
  std::string content_address;
  std::uint32_t serial = 0;               // 0: there is no policy
  std::uint64_t unconfirmed_version = 0;  // the policy in force is this and awaits confirmation
  bool operator==(const PolicyInForce&) const = default;
};

struct DeliveryReport {
  PolicyInForce in_force;
  DeliveryAttempt attempt;
  bool operator==(const DeliveryReport&) const = default;
};

/// What came of handing a policy to the dataplane.
struct Enforcement {
  bool taken = false;
  std::string reason_code;  // of a refusal: "invalid_policy", "compiler", "dataplane"
  std::string reason;
  std::vector<DeliveryMistake> mistakes;
};

/// The box's policy, as the link sees it; PolicyService behind it. Any thread.
class PolicyDoor {
 public:
  virtual ~PolicyDoor() = default;
  /// In force and unconfirmed when it is taken; else nothing has changed.
  virtual Enforcement enforce(std::string_view yaml, std::uint64_t version) = 0;
  /// The unconfirmed policy `version` is what the box boots with from now on.
  virtual Status confirm(std::uint64_t version) = 0;
  /// The policy before it is in force again.
  virtual Status withdraw(std::uint64_t version, std::string_view why) = 0;
  virtual PolicyInForce in_force() const = 0;
};

}  // namespace sekisho::controlplane
