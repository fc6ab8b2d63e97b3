#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "console_support/test_database.h"
#include "controlplane/console/gateways/gateway_server.h"
#include "controlplane/console/secrets/activations.h"
#include "controlplane/console/secrets/authority.h"
#include "controlplane/console/secrets/tenant_keys.h"
#include "controlplane/console/store/clock.h"
#include "controlplane/console/store/notices.h"
#include "link_client/link_client.h"

namespace sekisho::tests {

/// A console process: its own connection to the database, its own port.
struct Console {
  Console(const std::string& where, const std::string& key_file)
      : database(*console::Database::open(where)),
        master_key(*console::MasterKey::open(key_file)),
        authority(*console::Authority::open(*database, master_key)),
        identity(*authority, {"127.0.0.1"}) {
    start();
  }
  void start() {
    server = std::move(
        *console::GatewayServer::start(*database, keys, identity, {.address = "127.0.0.1:0"}));
  }

  std::unique_ptr<console::Database> database;
  console::MasterKey master_key;
  std::unique_ptr<console::Authority> authority;
  console::TenantKeys keys{master_key};
  console::ServerIdentity identity;
  std::unique_ptr<console::GatewayServer> server;
};

/// A tenant with one group and one gateway that has not enrolled, and a console.
struct Office {
  using Session = console::Database::Session;

  explicit Office(console::Backend backend)
      : database(backend), console(database.where(), database.scratch().file("master.key")) {
    tenant = database.add_tenant();
    group = database.add_group(tenant);
    gateway = database.add_gateway(tenant, group);
    database.get().write([&](Session& session) { console.keys.create(session, tenant); });
  }

  template <class Work>
  auto write(Work work) {
    return database.get().write(work);
  }
  std::string text(const std::string& select) {
    std::string value;
    database.get().read([&](Session& session) { session << select, soci::into(value); });
    return value;
  }
  long long number(const std::string& select) {
    long long value = 0;
    database.get().read([&](Session& session) { session << select, soci::into(value); });
    return value;
  }
  /// Waits until a select's text is `value`; says what it is in the end.
  std::string eventually(const std::string& select, const std::string& value) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::string found = text(select);
    while (found != value && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      found = text(select);
    }
    return found;
  }

  std::string new_code() {
    return write([&](Session& session) {
             return console::Activations(console.authority->fingerprint())
                 .create(session, gateway, console::unix_ms());
           })
        .code;
  }
  LinkClient::Enrolled enrol() {
    return LinkClient(console.server->port(), console.authority->certificate_pem())
        .enrol(new_code(), make_device());
  }
  LinkClient client(const BoxIdentity& identity) {
    return {console.server->port(), console.authority->certificate_pem(), identity};
  }

  /// As REST's "deliver all" does, for the one gateway.
  void deliver(int version, const std::string& policy = R"({"rules":[]})") {
    write([&](Session& session) {
      session << "INSERT INTO deliveries (tenant, version, created_at, created_by, comment) VALUES "
                 "(:tenant, :version, 0, 'test', '')",
          soci::use(tenant), soci::use(version);
      session << "INSERT INTO delivered_policies (tenant, version, group_id, group_name, policy, "
                 "policy_hash) VALUES (:tenant, :version, :group_id, 'group', :policy, 'hash')",
          soci::use(tenant), soci::use(version), soci::use(group), soci::use(policy);
      session << "UPDATE tenants SET delivered_version = :version WHERE id = :tenant",
          soci::use(version), soci::use(tenant);
      session
          << "INSERT INTO gateway_deliveries (tenant, version, gateway, gateway_name, group_id, "
             "group_name, state, changed_at) VALUES (:tenant, :version, :gateway, 'gateway', "
             ":group_id, 'group', 'delivering', 0)",
          soci::use(tenant), soci::use(version), soci::use(gateway), soci::use(group);
      session << "UPDATE gateways SET desired_version = :version, delivered_group = :group_id "
                 "WHERE id = :gateway",
          soci::use(version), soci::use(group), soci::use(gateway);
      console::notify_gateway(session, gateway);
    });
  }
  std::string delivery_state(int version) {
    return text("SELECT state FROM gateway_deliveries WHERE version = " + std::to_string(version));
  }
  std::string wait_for_delivery(int version, const std::string& state) {
    return eventually(
        "SELECT state FROM gateway_deliveries WHERE version = " + std::to_string(version), state);
  }

  TestDatabase database;
  Console console;
  std::string tenant, group, gateway;
};

/// A Hello of a gateway with nothing in force.
inline link::v1::Hello fresh_hello() {
  link::v1::Hello hello;
  hello.set_software_version("1.2.3");
  return hello;
}

inline link::v1::FromGateway policy_report(std::uint64_t version, link::v1::PolicyState state,
                                           std::uint64_t in_force) {
  link::v1::FromGateway message;
  auto& report = *message.mutable_policy();
  report.set_version(version);
  report.set_state(state);
  report.set_version_in_force(in_force);
  return message;
}

}  // namespace sekisho::tests
