#include "rows.h"

#include "controlplane/console/store/notices.h"

namespace sekisho::console {
namespace {

constexpr const char* kGroupColumns =
    "SELECT id, name, revision, policy, policy_hash, delivered_hash, changed_at, changed_by "
    "FROM gateway_groups ";

void bind(soci::statement& statement, GroupRow& row) {
  statement.exchange(soci::into(row.id));
  statement.exchange(soci::into(row.name));
  statement.exchange(soci::into(row.revision));
  statement.exchange(soci::into(row.policy));
  statement.exchange(soci::into(row.policy_hash));
  statement.exchange(soci::into(row.delivered_hash));
  statement.exchange(soci::into(row.changed_at));
  statement.exchange(soci::into(row.changed_by));
}

std::string lock_clause(const Services& services, Rows rows) {
  return rows == Rows::lock ? std::string(services.database().for_update()) : std::string();
}

/// At most `bytes` of it, whole characters.
void shorten(std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return;
  while (bytes > 0 && (text[bytes] & 0xc0) == 0x80) --bytes;
  text.resize(bytes);
}

}  // namespace

void write_audit(Session& session, AuditRecord record) {
  shorten(record.detail, kMaxAuditDetail);
  session << "INSERT INTO audit (tenant, time, login, action, target, detail) VALUES "
             "(:tenant, :time, :login, :action, :target, :detail)",
      soci::use(record.tenant, "tenant"), soci::use(record.time, "time"),
      soci::use(record.login, "login"), soci::use(record.action, "action"),
      soci::use(record.target, "target"), soci::use(record.detail, "detail");
}

void audit(Session& session, const Services& services, const Call& call, const std::string& target,
           const std::string& detail) {
  const auto tenant = call.path.find("tenant");
  write_audit(session, {.tenant = tenant == call.path.end() ? call.user().tenant : tenant->second,
                        .time = services.now(),
                        .login = call.user().login,
                        .action = call.operation.id,
                        .target = target,
                        .detail = detail});
}

void notify_tenant(Session& session, const std::string& tenant) {
  std::string gateway;
  std::vector<std::string> gateways;
  for_each_row((session.prepare << "SELECT id FROM gateways WHERE tenant = :tenant",
                soci::into(gateway), soci::use(tenant, "tenant")),
               [&] { gateways.push_back(gateway); });
  notify_gateways(session, gateways);
}

GroupRow group_of(Session& session, Services& services, const std::string& tenant,
                  const std::string& group, Rows rows) {
  GroupRow row;
  soci::statement select(session);
  bind(select, row);
  select.exchange(soci::use(tenant, "tenant"));
  select.exchange(soci::use(group, "id"));
  select.alloc();
  select.prepare(std::string(kGroupColumns) + "WHERE tenant = :tenant AND id = :id" +
                 lock_clause(services, rows));
  select.define_and_bind();
  if (!first_row(select)) throw not_found("there is no such gateway group");
  return row;
}

std::vector<GroupRow> groups_of(Session& session, Services& services, const std::string& tenant,
                                Rows rows) {
  GroupRow row;
  std::vector<GroupRow> groups;
  soci::statement select(session);
  bind(select, row);
  select.exchange(soci::use(tenant, "tenant"));
  select.alloc();
  select.prepare(std::string(kGroupColumns) + "WHERE tenant = :tenant ORDER BY name" +
                 lock_clause(services, rows));
  select.define_and_bind();
  for_each_row(select, [&] { groups.push_back(row); });
  return groups;
}

void store_draft(Session& session, GroupRow& group, std::string policy, std::string hash,
                 const std::string& login, std::int64_t now) {
  group.policy = std::move(policy);
  group.policy_hash = std::move(hash);
  group.changed_by = login;
  group.changed_at = now;
  ++group.revision;
  session
      << "UPDATE gateway_groups SET policy = :policy, policy_hash = :hash, revision = :revision, "
         "changed_at = :at, changed_by = :by WHERE id = :id",
      soci::use(group.policy, "policy"), soci::use(group.policy_hash, "hash"),
      soci::use(group.revision, "revision"), soci::use(group.changed_at, "at"),
      soci::use(group.changed_by, "by"), soci::use(group.id, "id");
}

StoredPolicy delivered_policy(Session& session, const std::string& tenant, const std::string& group,
                              std::int64_t up_to_version) {
  StoredPolicy stored;
  if (!first_row(
          (session.prepare
               << "SELECT policy, policy_hash FROM delivered_policies WHERE tenant = :tenant "
                  "AND group_id = :id AND version <= :version ORDER BY version DESC LIMIT 1",
           soci::into(stored.text), soci::into(stored.hash), soci::use(tenant, "tenant"),
           soci::use(group, "id"), soci::use(up_to_version, "version"))))
    return {};
  return stored;
}

std::int64_t event_number_of(Session& session, const std::string& tenant,
                             const std::string& gateway) {
  std::int64_t number = 0;
  session
      << "SELECT COALESCE(MAX(n), 0) FROM (SELECT number AS n FROM gateways WHERE id = :id AND "
         "tenant = :tenant UNION SELECT number FROM gateway_numbers WHERE gateway = :id) numbers",
      soci::into(number), soci::use(gateway, "id"), soci::use(tenant, "tenant");
  return number;
}

}  // namespace sekisho::console
