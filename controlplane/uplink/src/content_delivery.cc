#include "controlplane/uplink/content_delivery.h"

#include <utility>

namespace sekisho::controlplane {

ContentDelivery::ContentDelivery(ContentDoor& content, Link link, Report report)
    : content_(content),
      link_(std::move(link)),
      report_(std::move(report)),
      waiting_(content.take_interrupted()),
      reported_(content.report()) {}

void ContentDelivery::bundle(std::uint64_t announced_version, const Open& open) {
  const auto now = content_.report();
  // Of a version that was tried the outcome is known.
  if (now.version_in_force == announced_version || now.attempt.version == announced_version)
    return send_report();
  if (waiting_ && waiting_->version == announced_version) return;
  auto opened = open(now.highest_version);
  if (auto* refusal = std::get_if<BundleRefusal>(&opened))
    return refuse(announced_version, std::move(*refusal));
  auto& set = *std::get_if<ContentSet>(&opened);
  if (set.version != announced_version)
    return refuse(
        announced_version,
        {"bad_manifest", "the bundle is of version " + std::to_string(set.version) +
                             " and was sent as version " + std::to_string(announced_version)});
  waiting_ = std::move(set);
  tick();
}

void ContentDelivery::tick() {
  if (waiting_ && content_.is_free() && content_.enforce(*waiting_)) {
    waiting_.reset();
    unproven_since_.reset();
    held_since_.reset();
  }
  prove_or_withdraw();
  if (content_.report() != reported_) send_report();
}

void ContentDelivery::prove_or_withdraw() {
  if (!content_.report().is_unproven) {
    held_since_.reset();
    return unproven_since_.reset();
  }
  const auto now = link_.now();
  if (!unproven_since_) {  // a restart begins anew
    if (!held_since_) held_since_ = now;
    if (link_.is_answering() && now < *held_since_ + kMostHeld) return;
    unproven_since_ = now;
  }
  if (link_.welcomed() > *unproven_since_) {
    content_.prove();
    unproven_since_.reset();
  } else if (now >= *unproven_since_ + link_.confirm_time() && content_.is_free()) {
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - *unproven_since_);
    (void)content_.withdraw("the console could not be reached with them for " +
                            std::to_string(waited.count()) + " s");
    unproven_since_ = now;  // should that not have worked
  }
}

void ContentDelivery::forget() {
  waiting_.reset();
  content_.forget();
}

/// Only told: nobody has vouched for what it says, so it is not remembered.
void ContentDelivery::refuse(std::uint64_t version, BundleRefusal refusal) {
  auto report = content_.report();
  if (refusal.reason.size() > kMaxReasonBytes) refusal.reason.resize(kMaxReasonBytes);
  report.attempt = {version, ContentOutcome::refused, std::move(refusal.reason_code),
                    std::move(refusal.reason)};
  report_(report);
}

void ContentDelivery::send_report() {
  reported_ = content_.report();
  report_(reported_);
}

}  // namespace sekisho::controlplane
