#pragma once

#include <cstdint>
#include <string>

#include "config/base/result.h"
#include "controlplane/files/file_door.h"
#include "controlplane/uplink/delivery.h"

namespace sekisho::controlplane {

/// What outlives a restart of the deliveries.
struct DeliveryMemory {
  DeliveryAttempt attempt;            // the last one
  std::uint64_t highest_version = 0;  // that ever was enforced: no older one comes after it
  bool operator==(const DeliveryMemory&) const = default;
};

/// Keeps a DeliveryMemory in a file; always whole. `files` outlives it.
class AttemptFile {
 public:
  AttemptFile(std::string path, FileDoor& files) : path_(std::move(path)), files_(files) {}
  /// Empty when there is no file, or none that makes sense.
  DeliveryMemory load() const;
  Status save(const DeliveryMemory& memory);
  /// Nothing was ever tried: of another console nothing is known.
  void forget() { files_.remove(path_); }

 private:
  std::string path_;
  FileDoor& files_;
};

}  // namespace sekisho::controlplane
