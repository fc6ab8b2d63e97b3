// Gateway groups.
#include "content_packs.h"
#include "controlplane/console/secrets/random.h"
#include "rows.h"
#include "tenants.h"

namespace sekisho::console {
namespace {

std::map<std::string, std::int64_t> gateways_by_group(Session& session, const std::string& tenant) {
  std::map<std::string, std::int64_t> counts;
  std::string group;
  std::int64_t count = 0;
  for_each_row((session.prepare << "SELECT group_id, COUNT(*) FROM gateways WHERE tenant = :tenant "
                                   "GROUP BY group_id",
                soci::into(group), soci::into(count), soci::use(tenant, "tenant")),
               [&] { counts[group] = count; });
  return counts;
}

Json group_json(const GroupRow& group, std::int64_t gateways) {
  return {{"id", group.id},
          {"name", group.name},
          {"gateways", gateways},
          {"revision", group.revision},
          {"pending", group.pending()}};
}

http::Response list_groups(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    auto counts = gateways_by_group(session, call.tenant());
    Json list = Json::array();
    for (const GroupRow& group : groups_of(session, services, call.tenant(), Rows::read))
      list.push_back(group_json(group, counts[group.id]));
    return json_response(200, {{"groups", list}});
  });
}

http::Response create_group(Services& services, const Call& call) {
  return services.database().write([&](Session& session) {
    GroupRow group;
    group.policy = factory_policy();
    group.policy_hash = policy_hash(factory_policy());
    std::string detail = "the factory policy";
    if (call.body.contains("copy_of")) {
      const auto original = group_of(session, services, call.tenant(),
                                     call.body["copy_of"].get<std::string>(), Rows::read);
      group.policy = original.policy;
      group.policy_hash = original.policy_hash;
      detail = "a copy of " + original.name;
    }
    group.id = new_uuid();
    group.name = call.body["name"].get<std::string>();
    group.revision = 1;
    group.changed_at = services.now();
    group.changed_by = call.user().login;
    add_group(session, group, call.tenant());
    audit(session, services, call, group.name, detail);
    return json_response(201, group_json(group, 0));
  });
}

http::Response rename_group(Services& services, const Call& call) {
  return services.database().write([&](Session& session) {
    auto group = group_of(session, services, call.tenant(), call.path.at("group"), Rows::lock);
    const std::string old_name = group.name;
    group.name = call.body["name"].get<std::string>();
    session << "UPDATE gateway_groups SET name = :name WHERE id = :id",
        soci::use(group.name, "name"), soci::use(group.id, "id");
    audit(session, services, call, group.name, "was " + old_name);
    return json_response(200,
                         group_json(group, gateways_by_group(session, call.tenant())[group.id]));
  });
}

http::Response delete_group(Services& services, const Call& call) {
  services.database().write([&](Session& session) {
    const auto group =
        group_of(session, services, call.tenant(), call.path.at("group"), Rows::lock);
    const auto gateways = gateways_by_group(session, call.tenant())[group.id];
    if (gateways > 0) throw conflict("the group has " + std::to_string(gateways) + " gateways");
    check_no_packs(session, group.id);
    session << "DELETE FROM gateway_groups WHERE id = :id", soci::use(group.id, "id");
    audit(session, services, call, group.name, "");
  });
  return no_content();
}

}  // namespace

void add_group_handlers(Handlers& handlers) {
  handlers["listGroups"] = list_groups;
  handlers["createGroup"] = create_group;
  handlers["renameGroup"] = rename_group;
  handlers["deleteGroup"] = delete_group;
}

}  // namespace sekisho::console
