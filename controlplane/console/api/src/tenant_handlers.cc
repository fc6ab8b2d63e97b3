// Tenants and their signing keys.
#include "controlplane/console/secrets/random.h"
#include "rows.h"
#include "tenants.h"

namespace sekisho::console {
namespace {

constexpr const char* kFirstGroup = "Default";

struct Tenant {
  std::string id;
  std::string name;
  std::int64_t created_at = 0;
  std::int64_t delivered_version = 0;
};

Json key_json(const TenantKeyName& name) {
  return {{"id", name.key.id_hex()}, {"sequence", name.sequence}};
}

/// A Result of TenantKeys that can fail for no fault of the caller.
template <class T>
T expect(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

Json tenant_json(Services& services, Session& session, const Tenant& tenant) {
  return {{"id", tenant.id},
          {"name", tenant.name},
          {"created_at", tenant.created_at},
          {"delivered_version", tenant.delivered_version},
          {"signing_key", key_json(expect(services.doors.tenant_keys.name(session, tenant.id)))}};
}

http::Response list_tenants(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    const User& user = call.user();
    const std::string which =
        user.is_admin() ? ":user = :user"
        : user.role == "provider"
            ? "id IN (SELECT tenant FROM provider_tenants WHERE provider = :user)"
            : "id = (SELECT tenant FROM users WHERE id = :user)";
    std::vector<Tenant> tenants;
    Tenant row;
    for_each_row((session.prepare << "SELECT id, name, created_at, delivered_version FROM tenants "
                                     "WHERE " +
                                         which + " ORDER BY name",
                  soci::into(row.id), soci::into(row.name), soci::into(row.created_at),
                  soci::into(row.delivered_version), soci::use(user.id, "user")),
                 [&] { tenants.push_back(row); });
    Json list = Json::array();
    for (const Tenant& tenant : tenants) list.push_back(tenant_json(services, session, tenant));
    return json_response(200, {{"tenants", list}});
  });
}

http::Response create_tenant(Services& services, const Call& call) {
  const Tenant tenant{new_uuid(), call.body["name"].get<std::string>(), services.now(), 0};
  return services.database().write([&](Session& session) {
    session << "INSERT INTO tenants (id, name, created_at) VALUES (:id, :name, :now)",
        soci::use(tenant.id, "id"), soci::use(tenant.name, "name"),
        soci::use(tenant.created_at, "now");
    services.doors.tenant_keys.create(session, tenant.id);
    add_group(session,
              {.id = new_uuid(),
               .name = kFirstGroup,
               .revision = 1,
               .policy = factory_policy(),
               .policy_hash = policy_hash(factory_policy()),
               .delivered_hash = "",
               .changed_at = tenant.created_at,
               .changed_by = call.user().login},
              tenant.id);
    if (call.user().role == "provider")
      session << "INSERT INTO provider_tenants (provider, tenant) VALUES (:provider, :tenant)",
          soci::use(call.user().id, "provider"), soci::use(tenant.id, "tenant");
    write_audit(session, {.tenant = tenant.id,
                          .time = tenant.created_at,
                          .login = call.user().login,
                          .action = call.operation.id,
                          .target = tenant.name,
                          .detail = ""});
    return json_response(201, tenant_json(services, session, tenant));
  });
}

http::Response rotate_signing_key(Services& services, const Call& call) {
  return services.database().write([&](Session& session) {
    const auto key =
        expect(services.doors.tenant_keys.rotate(services.database(), session, call.tenant()));
    notify_tenant(session, call.tenant());
    audit(session, services, call, key.key.id_hex(), "sequence " + std::to_string(key.sequence));
    return json_response(200, key_json(key));
  });
}

}  // namespace

bool may_see(Session& session, const User& user, const std::string& tenant) {
  if (user.role == "customer") return user.tenant == tenant;
  int count = 0;
  if (user.is_admin())
    session << "SELECT COUNT(*) FROM tenants WHERE id = :tenant", soci::into(count),
        soci::use(tenant, "tenant");
  else
    session << "SELECT COUNT(*) FROM provider_tenants WHERE provider = :user AND tenant = :tenant",
        soci::into(count), soci::use(user.id, "user"), soci::use(tenant, "tenant");
  return count > 0;
}

void add_group(Session& session, const GroupRow& group, const std::string& tenant) {
  session << "INSERT INTO gateway_groups (id, tenant, name, revision, policy, policy_hash, "
             "changed_at, changed_by) VALUES (:id, :tenant, :name, :revision, :policy, :hash, :at, "
             ":by)",
      soci::use(group.id, "id"), soci::use(tenant, "tenant"), soci::use(group.name, "name"),
      soci::use(group.revision, "revision"), soci::use(group.policy, "policy"),
      soci::use(group.policy_hash, "hash"), soci::use(group.changed_at, "at"),
      soci::use(group.changed_by, "by");
}

void add_tenant_handlers(Handlers& handlers) {
  handlers["listTenants"] = list_tenants;
  handlers["createTenant"] = create_tenant;
  handlers["rotateSigningKey"] = rotate_signing_key;
}

}  // namespace sekisho::console
