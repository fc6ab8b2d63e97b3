#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rows.h"

namespace sekisho::console {

/// A pack of IPS rules with the version of it that is delivered.
struct PackRow {
  std::string id;
  std::string name;
  std::string group;  // whose gateways get it; empty: all
  std::int64_t version = 0;
  std::int64_t newest = 0;
};

/// Versions of a pack that are kept to return to.
inline constexpr int kKeptPackVersions = 5;

/// All of a tenant's, by name.
std::vector<PackRow> packs_of(Session& session, const std::string& tenant);
/// Content of openapi.yaml: packs and how the gateways fare.
Json content_json(Session& session, const Services& services, const std::string& tenant);
/// ContentDatabase of openapi.yaml, of every kind of which there is one.
Json databases_json(Session& session, const std::string& tenant);
/// ContentPack of openapi.yaml.
Json pack_json(Session& session, const PackRow& pack);

/// Waits for other changes of the tenant's packs.
void lock_content(Session& session, const Services& services, const std::string& tenant);
/// What gateways are to have has changed for `group` (empty: for all): one version more, on its
/// way.
void send_packs(Session& session, const std::string& tenant, const std::string& group,
                std::int64_t now);
/// One gateway is to have what its group has now.
void want_packs(Session& session, const std::string& tenant, const std::string& gateway,
                std::int64_t now);
/// Refuses (409) where packs are for `group`, which is about to go.
void check_no_packs(Session& session, const std::string& group);

}  // namespace sekisho::console
