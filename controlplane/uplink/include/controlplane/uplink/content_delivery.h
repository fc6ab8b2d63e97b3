#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>

#include "controlplane/uplink/content.h"
#include "controlplane/uplink/policy_delivery.h"

namespace sekisho::controlplane {

using OpenedContent = std::variant<ContentSet, BundleRefusal>;

/// What becomes of the console's packs, step by step; knows no network, no thread and no clock.
/// There is no confirmation to wait for: a set is in force, or refused, when it was tried. One
/// thread.
class ContentDelivery {
 public:
  using Report = std::function<void(const ContentReport&)>;
  /// Opens the bundle of one message, newer than `highest_version`.
  using Open = std::function<OpenedContent(std::uint64_t highest_version)>;

  /// `content` outlives this. What a kill cut short is tried again with the first tick().
  ContentDelivery(ContentDoor& content, Report report);

  void bundle(std::uint64_t announced_version, const Open& open);
  /// Tries what waits, and reports what has changed by itself. Often.
  void tick();
  /// Of another console nothing is known.
  void forget();

 private:
  void refuse(std::uint64_t version, BundleRefusal refusal);
  void send_report();

  ContentDoor& content_;
  const Report report_;
  std::optional<ContentSet> waiting_;  // verified, and not tried yet
  ContentReport reported_;
};

}  // namespace sekisho::controlplane
