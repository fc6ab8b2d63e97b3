#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "config/base/result.h"
#include "controlplane/agent/dataplane_client.h"
#include "controlplane/files/file_door.h"

namespace sekisho::controlplane {

/// Who was identified behind which address, kept for the next dataplane: the one that was told
/// forgets it with its process. What it was told in its last second may be lost. One thread.
class UserBindings {
 public:
  /// A request to the dataplane.
  using Ask = std::function<Result<nlohmann::json>(const nlohmann::json& request)>;

  /// `path`: the file they are kept in.
  UserBindings(std::string path, FileDoor& files, Ask ask);

  /// Whenever the dataplane was heard of. One that is not the one that told us what we keep is
  /// given it; then what has changed is kept. `now`: Unix seconds. After an error the next call
  /// tries again.
  Status follow(const DataplaneState& dataplane, std::int64_t now);

 private:
  Status give_back(std::int64_t now);
  Status keep(const std::string& boot_id, std::int64_t now);

  std::string path_;
  FileDoor& files_;
  Ask ask_;
  std::string boot_id_;                     // of the dataplane that has what we keep
  nlohmann::json users_;                    // [{"address", "user", "groups", "until"}]
  std::optional<std::uint64_t> changes_{};  // of that dataplane, when they were kept
};

}  // namespace sekisho::controlplane
