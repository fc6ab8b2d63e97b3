#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <variant>

#include "controlplane/uplink/content.h"
#include "controlplane/uplink/policy_delivery.h"

namespace sekisho::controlplane {

using OpenedContent = std::variant<ContentSet, BundleRefusal>;

/// What becomes of the console's packs, step by step; knows no network, no thread and no clock. A
/// set is in force, or refused, when it was tried. Rules can drop the console's own stream, too:
/// packs with which the console is not heard of in time are taken back. One thread.
class ContentDelivery {
 public:
  using Report = std::function<void(const ContentReport&)>;
  using Time = std::chrono::steady_clock::time_point;
  /// What it needs of the link.
  struct Link {
    std::function<Time()> now;
    std::function<Time()> welcomed;  // when the last stream began that the console answered
    std::function<std::chrono::milliseconds()> confirm_time;
    /// A question of the console's is being answered, on the stream that there is.
    std::function<bool()> is_answering;
  };
  /// So long new packs let the stream be on which a question is answered: a capture's time.
  static constexpr std::chrono::seconds kMostHeld{35};
  /// Opens the bundle of one message, newer than `highest_version`.
  using Open = std::function<OpenedContent(std::uint64_t highest_version)>;

  /// `content` outlives this. What a kill cut short is tried again with the first tick().
  ContentDelivery(ContentDoor& content, Link link, Report report);

  void bundle(std::uint64_t announced_version, const Open& open);
  /// Tries what waits, and reports what has changed by itself. Often.
  void tick();
  /// Since when packs are in force with which no stream began; nothing: they are proven. A stream
  /// that is older says nothing: rules stop what begins. Not yet while a question is answered.
  std::optional<Time> unproven_since() const { return unproven_since_; }
  /// Of another console nothing is known.
  void forget();

 private:
  void prove_or_withdraw();
  void refuse(std::uint64_t version, BundleRefusal refusal);
  void send_report();

  ContentDoor& content_;
  const Link link_;
  const Report report_;
  std::optional<ContentSet> waiting_;  // verified, and not tried yet
  std::optional<Time> unproven_since_;
  std::optional<Time> held_since_;  // unproven, and a question is answered first
  ContentReport reported_;
};

}  // namespace sekisho::controlplane
