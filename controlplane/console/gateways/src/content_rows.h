#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/base/result.h"
#include "config/bundle/bundle.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// A version of a pack of IPS rules.
struct ContentPackVersion {
  std::string id;  // of the pack
  std::string name;
  std::uint64_t version = 0;
};

/// The packs that a gateway is to have, by name; of its group and of all groups. not_found: there
/// is no such gateway; version: it is to have another version than `version` by now.
Result<std::vector<ContentPackVersion>> content_for(Database::Session& session,
                                                    const std::string& gateway,
                                                    std::uint64_t version);

/// What a content bundle has in it (config/bundle). version: one of them was removed meanwhile.
Result<std::vector<bundle::File>> files_of_content(Database::Session& session,
                                                   const std::vector<ContentPackVersion>& packs);

}  // namespace sekisho::console
