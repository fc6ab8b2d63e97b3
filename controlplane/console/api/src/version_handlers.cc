// What the drafts and the delivered versions have in them, and how they differ.
#include "changes.h"
#include "rows.h"

namespace sekisho::console {
namespace {

struct VersionPolicy {
  std::string name;
  StoredPolicy stored;
};
using VersionPolicies = std::map<std::string, VersionPolicy>;  // by group

/// All groups' policies of a version, or a refusal (404).
VersionPolicies policies_of(Session& session, const std::string& tenant, std::int64_t version) {
  int known = 0;
  session << "SELECT COUNT(*) FROM deliveries WHERE tenant = :tenant AND version = :version",
      soci::into(known), soci::use(tenant, "tenant"), soci::use(version, "version");
  if (known == 0) throw not_found("there is no version " + std::to_string(version));
  VersionPolicies policies;
  std::string group;
  VersionPolicy row;
  for_each_row(
      (session.prepare << "SELECT group_id, group_name, policy, policy_hash FROM "
                          "delivered_policies WHERE tenant = :tenant AND version = :version",
       soci::into(group), soci::into(row.name), soci::into(row.stored.text),
       soci::into(row.stored.hash), soci::use(tenant, "tenant"), soci::use(version, "version")),
      [&] { policies[group] = row; });
  return policies;
}

VersionPolicies drafts_of(Session& session, Services& services, const std::string& tenant) {
  VersionPolicies policies;
  for (const GroupRow& group : groups_of(session, services, tenant, Rows::read))
    policies[group.id] = {group.name, group.draft()};
  return policies;
}

/// Gateways that were moved into a group and still have the policy of another.
std::map<std::string, std::vector<std::string>> moved_gateways(Session& session,
                                                               const std::string& tenant) {
  std::map<std::string, std::vector<std::string>> moved;
  std::string group;
  std::string name;
  for_each_row((session.prepare << "SELECT group_id, name FROM gateways WHERE tenant = :tenant AND "
                                   "state <> 'revoked' AND delivered_group <> '' AND "
                                   "delivered_group <> group_id ORDER BY name",
                soci::into(group), soci::into(name), soci::use(tenant, "tenant")),
               [&] { moved[group].push_back(name); });
  return moved;
}

http::Response get_changes(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    return json_response(200, changes_json(session, services, call.tenant()));
  });
}

http::Response get_delivered_policy(Services& services, const Call& call) {
  const auto version = call.number("version", 0);
  return services.database().read([&](Session& session) {
    const auto policies = policies_of(session, call.tenant(), version);
    const auto found = policies.find(call.path.at("group"));
    if (found == policies.end()) throw not_found("the version has no such gateway group");
    return json_response(200, {{"policy", Json::parse(found->second.stored.text)}});
  });
}

http::Response get_differences(Services& services, const Call& call) {
  const auto from = call.number("version", 0);
  const auto to = call.number("to", 0);
  const auto [before, after] = services.database().read([&](Session& session) {
    auto first = policies_of(session, call.tenant(), from);
    auto second = to > 0 ? policies_of(session, call.tenant(), to)
                         : drafts_of(session, services, call.tenant());
    return std::make_pair(std::move(first), std::move(second));
  });
  std::map<std::string, std::string> names;
  for (const auto* side : {&before, &after})
    for (const auto& [group, policy] : *side) names[group] = policy.name;
  const auto stored = [](const VersionPolicies& policies, const std::string& group) {
    const auto found = policies.find(group);
    return found == policies.end() ? StoredPolicy() : found->second.stored;
  };
  Json list = Json::array();
  for (const auto& [group, name] : names)
    list.push_back({{"group", group},
                    {"name", name},
                    {"differences", differences(services.policies, stored(before, group),
                                                stored(after, group), kMaxChangeLines)}});
  return json_response(200, {{"groups", list}});
}

http::Response return_to_version(Services& services, const Call& call) {
  const auto version = call.number("version", 0);
  return services.database().write([&](Session& session) {
    auto policies = policies_of(session, call.tenant(), version);
    auto groups = groups_of(session, services, call.tenant(), Rows::lock);
    check_revisions(groups, call.body["revisions"],
                    [&](const GroupRow& group) { return policies.contains(group.id); });
    std::string changed;
    for (GroupRow& group : groups) {
      const auto found = policies.find(group.id);
      if (found == policies.end() || found->second.stored.hash == group.policy_hash) continue;
      store_draft(session, group, found->second.stored.text, found->second.stored.hash,
                  call.user().login, services.now());
      changed += (changed.empty() ? "" : ", ") + group.name;
    }
    audit(session, services, call, "version " + std::to_string(version), changed);
    return json_response(200, changes_json(session, services, call.tenant()));
  });
}

}  // namespace

Json changes_json(Session& session, Services& services, const std::string& tenant) {
  auto moved = moved_gateways(session, tenant);
  bool any = false;
  Json list = Json::array();
  for (const GroupRow& group : groups_of(session, services, tenant, Rows::read)) {
    std::vector<std::string> lines;
    if (group.pending())
      lines =
          differences(services.policies, delivered_policy(session, tenant, group.id, kAnyVersion),
                      group.draft(), kMaxChangeLines);
    for (const auto& name : moved[group.id]) lines.push_back("gateway " + name + ": moved here");
    const bool pending = group.pending() || !moved[group.id].empty();
    any = any || pending;
    list.push_back({{"group", group.id},
                    {"name", group.name},
                    {"revision", group.revision},
                    {"pending", pending},
                    {"changed_by", group.changed_by},
                    {"changed_at", group.changed_at},
                    {"differences", lines}});
  }
  return {{"pending", any}, {"groups", list}};
}

void add_version_handlers(Handlers& handlers) {
  handlers["getChanges"] = get_changes;
  handlers["getDeliveredPolicy"] = get_delivered_policy;
  handlers["getDifferences"] = get_differences;
  handlers["returnToVersion"] = return_to_version;
}

}  // namespace sekisho::console
