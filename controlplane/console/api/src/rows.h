#pragma once

#include <soci/soci.h>

#include <string>
#include <utility>

#include "call.h"

namespace sekisho::console {

using Session = Database::Session;

/// Runs a statement whose columns are bound to variables, `take` after each row.
template <class Take>
void for_each_row(soci::statement statement, Take take) {
  statement.execute();
  while (statement.fetch()) take();
}

/// Whether a row came; the variables that are bound have it then.
inline bool first_row(soci::statement statement) {
  statement.execute();
  return statement.fetch();
}

/// Part of the transaction that changes something: who did what. At most kMaxAuditDetail bytes of
/// `detail` are kept.
inline constexpr std::size_t kMaxAuditDetail = 8192;
struct AuditRecord {
  std::string tenant;
  std::int64_t time = 0;
  std::string login;
  std::string action;
  std::string target;
  std::string detail;
};
void write_audit(Session& session, AuditRecord record);

/// The same for a change that `call` asks for.
void audit(Session& session, const Services& services, const Call& call, const std::string& target,
           const std::string& detail);

/// A gateway's number in the events; 0, which no event has, when the tenant has no such gateway.
std::int64_t event_number_of(Session& session, const std::string& tenant,
                             const std::string& gateway);

/// Something that all gateways of a tenant must hear of.
void notify_tenant(Session& session, const std::string& tenant);

/// SQL for the DeliveryState (openapi.yaml) of the row `d` of gateway_deliveries, whose gateway is
/// `g`: a delivery cannot be on its way to a box that has not enrolled.
inline constexpr const char* kDeliveryState =
    "CASE WHEN d.state = 'delivering' AND g.state = 'waiting_for_activation' THEN "
    "'waiting_for_enrolment' ELSE d.state END";

/// A gateway group with its draft.
struct GroupRow {
  std::string id;
  std::string name;
  std::int64_t revision = 0;
  std::string policy;
  std::string policy_hash;
  std::string delivered_hash;
  std::int64_t changed_at = 0;
  std::string changed_by;

  bool pending() const { return policy_hash != delivered_hash; }
  StoredPolicy draft() const { return {policy, policy_hash}; }
};

enum class Rows { read, lock };

/// The group of the call's path, or a refusal (404).
GroupRow group_of(Session& session, Services& services, const std::string& tenant,
                  const std::string& group, Rows rows);
std::vector<GroupRow> groups_of(Session& session, Services& services, const std::string& tenant,
                                Rows rows);

/// Another policy for a group: one revision more.
void store_draft(Session& session, GroupRow& group, std::string policy, std::string hash,
                 const std::string& login, std::int64_t now);

/// A group's policy of the newest version up to `version`; empty when it has none.
StoredPolicy delivered_policy(Session& session, const std::string& tenant, const std::string& group,
                              std::int64_t up_to_version);

inline constexpr std::int64_t kAnyVersion = std::int64_t{1} << 62;

}  // namespace sekisho::console
