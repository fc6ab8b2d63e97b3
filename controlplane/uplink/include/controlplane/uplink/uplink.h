#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "controlplane/files/file_door.h"
#include "controlplane/uplink/backoff.h"
#include "controlplane/uplink/box_door.h"
#include "controlplane/uplink/content.h"
#include "controlplane/uplink/database.h"
#include "controlplane/uplink/delivery.h"
#include "controlplane/uplink/event_source.h"
#include "controlplane/uplink/reputation.h"

namespace sekisho::controlplane {

struct UplinkSettings {
  std::string state_dir;  // has identity/ and link/
  std::string box_name;
  std::string software_version;
  std::string console_address;  // in the place of the enrolled one; empty: that one
  std::chrono::milliseconds confirm_least{30'000};
  Backoff::Bounds backoff;
  std::chrono::milliseconds revoked_retry{3'600'000};
};

/// What the link needs of the box; all of it outlives the uplink.
struct UplinkDoors {
  PolicyDoor& policy;
  ContentDoor& content;
  DatabaseDoor& databases;
  BoxDoor& box;
  EventSource& events;
  FileDoor& files;
};

/// The box's side of the console link: enrols, keeps the stream, brings bundles into force, uploads
/// events, answers diagnostics. Threads: the link, the policy, and those of a stream. Any thread.
class Uplink {
 public:
  /// Starts at once; an identity that cannot be read leaves the box not enrolled, and status() says
  /// why.
  Uplink(UplinkSettings settings, UplinkDoors doors);
  /// Waits for what is under way, a few seconds at most.
  ~Uplink();
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  /// `address` "HOST:PORT", or several of one console (config/base/host_and_port.h), empty: the box
  /// file's; `code`: of activation/activation_code.h. Takes up to half a minute. Nothing changes
  /// when it fails.
  Result<nlohmann::json> enrol(std::string_view address, std::string_view code, bool again);
  /// Forgets the console: key, certificate and pinned keys. The policy in force stays.
  Status unenrol();
  bool is_enrolled() const;

  /// Asks the console for content that is newer than what is here. not_found: it cannot be reached.
  Status ask_for_content();

  /// `console` of the status reply (controlplane/agent/README.md).
  nlohmann::json status() const;

  /// The console's ratings of URLs, asked over the link; lives as long as the uplink.
  ReputationService& reputation();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sekisho::controlplane
