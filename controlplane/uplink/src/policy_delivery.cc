#include "controlplane/uplink/policy_delivery.h"

#include <algorithm>
#include <utility>

namespace sekisho::controlplane {
namespace {

std::uint32_t milliseconds_between(PolicyDelivery::Time from, PolicyDelivery::Time to) {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
  return static_cast<std::uint32_t>(std::max<std::int64_t>(passed, 0));
}

DeliveryAttempt refused(std::uint64_t version, std::string code, std::string reason) {
  DeliveryAttempt attempt;
  attempt.version = version;
  attempt.state = DeliveryState::refused;
  attempt.reason_code = std::move(code);
  attempt.reason = std::move(reason);
  return attempt;
}

}  // namespace

PolicyDelivery::PolicyDelivery(Doors doors)
    : doors_(std::move(doors)), memory_(doors_.memory.load()) {
  reported_ = doors_.policy.in_force();
}

void PolicyDelivery::bundle(std::uint64_t announced_version, const Open& open, Time arrived) {
  tick();
  const auto& last = memory_.attempt;
  const bool was_tried = last.verified && last.version == announced_version;
  // Of a version that was tried the outcome is known.
  if (was_tried || doors_.policy.in_force().bundle_version == announced_version)
    return send_report();
  auto opened = open(memory_.highest_version);
  if (const auto* refusal = std::get_if<BundleRefusal>(&opened))
    return refuse(refused(announced_version, refusal->reason_code, refusal->reason));
  const auto& policy = *std::get_if<DeliveredPolicy>(&opened);
  if (policy.version != announced_version)
    return refuse(refused(announced_version, "bad_manifest",
                          "the bundle is of version " + std::to_string(policy.version) +
                              " and was sent as version " + std::to_string(announced_version)));
  try_policy(policy, arrived);
}

void PolicyDelivery::try_policy(const DeliveredPolicy& policy, Time arrived) {
  // Not on the disk: a kill before the next step leaves everything as it was.
  DeliveryAttempt attempt;
  attempt.version = policy.version;
  attempt.verified = true;
  attempt.state = DeliveryState::received;
  doors_.report({doors_.policy.in_force(), attempt});

  auto result = doors_.policy.enforce(policy.yaml, policy.version);
  attempt.apply_ms = milliseconds_between(arrived, doors_.now());
  if (!result.taken) {
    attempt.state = DeliveryState::refused;
    attempt.reason_code = std::move(result.reason_code);
    attempt.reason = std::move(result.reason);
    attempt.mistakes = std::move(result.mistakes);
    return refuse(std::move(attempt));
  }
  memory_.attempt = std::move(attempt);
  enforced();
}

void PolicyDelivery::refuse(DeliveryAttempt attempt) {
  if (attempt.reason.size() > kMaxReasonBytes) attempt.reason.resize(kMaxReasonBytes);
  if (attempt.mistakes.size() > kMaxReportedMistakes) attempt.mistakes.resize(kMaxReportedMistakes);
  // An old bundle says nothing about the last one, and nothing about what is being waited for.
  const bool is_news = attempt.reason_code != "not_newer" && !wait_;
  if (!is_news) return doors_.report({doors_.policy.in_force(), std::move(attempt)});
  memory_.attempt = std::move(attempt);
  save();
  send_report();
}

void PolicyDelivery::enforced() {
  auto& attempt = memory_.attempt;
  attempt.state = DeliveryState::enforced;
  memory_.highest_version = std::max(memory_.highest_version, attempt.version);
  const auto now = doors_.now();
  wait_ = Wait{attempt.version, now, now + doors_.confirm_time()};
  confirmed_by_console_ = false;
  save();
  send_report();
}

void PolicyDelivery::confirmation(std::uint64_t version) {
  tick();
  if (!wait_ || wait_->version != version) return;
  confirmed_by_console_ = true;
  confirm();
}

void PolicyDelivery::confirm() {
  // What the disk does not take is tried again until the time is over.
  if (auto confirmed = doors_.policy.confirm(wait_->version); !confirmed)
    return complain(confirmed.error());
  trouble_.clear();
  wait_.reset();
  memory_.attempt.state = DeliveryState::confirmed;
  save();
  send_report();
}

void PolicyDelivery::roll_back(std::string_view reason) {
  const auto version = wait_->version;
  auto& attempt = memory_.attempt;
  attempt.state = DeliveryState::rolled_back;
  attempt.reason_code = "not_confirmed";
  attempt.reason = reason;
  // First the disk: killed here, the next tick() goes on with it.
  save();
  if (auto withdrawn = doors_.policy.withdraw(version, reason); !withdrawn)
    complain(withdrawn.error());
  wait_.reset();
  send_report();
}

void PolicyDelivery::tick() {
  const auto in_force = doors_.policy.in_force();
  const auto& attempt = memory_.attempt;
  const std::uint64_t unconfirmed = in_force.unconfirmed_version;
  if (unconfirmed != 0 && (!wait_ || wait_->version != unconfirmed))
    adopt_unconfirmed(unconfirmed);
  else if (unconfirmed == 0 && attempt.state == DeliveryState::enforced)
    settle_enforced(in_force);
  if (wait_ && confirmed_by_console_) confirm();
  if (wait_ && doors_.now() >= wait_->until)
    roll_back(confirmed_by_console_
                  ? "it could not be made the policy to boot with: " + trouble_
                  : "the console could not be reached with it for " +
                        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                           wait_->until - wait_->since)
                                           .count()) +
                        " s");
  if (doors_.policy.in_force() != reported_) send_report();
}

/// A run before this one brought it into force.
void PolicyDelivery::adopt_unconfirmed(std::uint64_t version) {
  auto& attempt = memory_.attempt;
  if (attempt.version == version && attempt.state == DeliveryState::rolled_back) {
    if (auto withdrawn = doors_.policy.withdraw(version, attempt.reason); !withdrawn)
      complain(withdrawn.error());
    return;
  }
  if (attempt.version != version) {
    attempt = {};
    attempt.version = version;
  }
  attempt.verified = true;
  enforced();
}

/// It was in force and does not wait any more.
void PolicyDelivery::settle_enforced(const PolicyInForce& in_force) {
  auto& attempt = memory_.attempt;
  wait_.reset();
  if (in_force.bundle_version == attempt.version) {
    attempt.state = DeliveryState::confirmed;
  } else {
    attempt.state = DeliveryState::rolled_back;
    attempt.reason_code = "replaced";
    attempt.reason = in_force.bundle_version == 0
                         ? "a policy was applied on the box itself before it was confirmed"
                         : "the box lost it before it was confirmed";
  }
  save();
  send_report();
}

void PolicyDelivery::forget() {
  memory_ = {};
  doors_.memory.forget();
}

void PolicyDelivery::send_report() {
  reported_ = doors_.policy.in_force();
  doors_.report({reported_, memory_.attempt});
}

void PolicyDelivery::save() {
  if (auto saved = doors_.memory.save(memory_); !saved) complain(saved.error());
}

/// What is tried every second is told once.
void PolicyDelivery::complain(const Error& error) {
  if (std::exchange(trouble_, error.message) != error.message) doors_.complain(error.message);
}

}  // namespace sekisho::controlplane
