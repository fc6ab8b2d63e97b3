#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/content/description.h"
#include "controlplane/console/store/database.h"
#include "controlplane/proto/gateway_link.pb.h"

namespace sekisho::console {

/// The newest version of a tenant's database, and how the gateway stands to it.
struct DatabaseOnOffer {
  content::DatabaseKind kind = content::DatabaseKind::urls;
  content::Description description;
  bool was_refused = false;      // this version, by the gateway
  bool was_rolled_back = false;  // likewise
};
/// Those that are newer than what the gateway has.
std::vector<DatabaseOnOffer> databases_for(Database::Session& session, const std::string& gateway,
                                           const std::string& tenant);

/// A kept version's list, packed as it was published; nothing: it is not kept.
std::optional<std::string> packed_list(Database::Session& session, const std::string& tenant,
                                       content::DatabaseKind kind, std::uint64_t version);

/// What a gateway says of its databases, as gateways.content_databases has it.
std::string databases_json(const link::v1::ContentReport& report);

}  // namespace sekisho::console
