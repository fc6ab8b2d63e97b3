#include "console_support/test_database.h"

#include <stdexcept>

#include "console_support/postgres_server.h"
#include "controlplane/console/secrets/random.h"

namespace sekisho::tests {

using console::Backend;
using console::Database;

std::vector<Backend> backends_here() {
  std::vector<Backend> backends{Backend::sqlite};
  if (PostgresServer::shared() != nullptr) backends.push_back(Backend::postgresql);
  return backends;
}

TestDatabase::TestDatabase(Backend backend)
    : where_(backend == Backend::sqlite ? scratch_.sqlite()
                                        : PostgresServer::shared()->new_database()) {
  auto opened = Database::open(where_);
  if (!opened) throw std::runtime_error(opened.error().message);
  database_ = std::move(*opened);
}

std::string TestDatabase::add_tenant(const std::string& name) {
  const std::string id = console::new_uuid();
  database_->write([&](Database::Session& session) {
    session << "INSERT INTO tenants (id, name, created_at) VALUES (:id, :name, 0)", soci::use(id),
        soci::use(name);
  });
  return id;
}

std::string TestDatabase::add_group(const std::string& tenant, const std::string& name) {
  const std::string id = console::new_uuid();
  database_->write([&](Database::Session& session) {
    session << "INSERT INTO gateway_groups (id, tenant, name, revision, policy, policy_hash, "
               "changed_at, changed_by) VALUES (:id, :tenant, :name, 1, '{}', 'hash', 0, 'test')",
        soci::use(id), soci::use(tenant), soci::use(name);
  });
  return id;
}

std::string TestDatabase::add_gateway(const std::string& tenant, const std::string& group,
                                      const std::string& name) {
  const std::string id = console::new_uuid();
  const int number = ++gateways_;
  database_->write([&](Database::Session& session) {
    session << "INSERT INTO gateways (id, number, tenant, group_id, name, state) VALUES "
               "(:id, :number, :tenant, :group, :name, 'waiting_for_activation')",
        soci::use(id), soci::use(number), soci::use(tenant), soci::use(group), soci::use(name);
  });
  return id;
}

}  // namespace sekisho::tests
