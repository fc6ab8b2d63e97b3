// The users of a tenant: its customers, the providers who look after it, and, for administrators
// alone, the administrators, who are everywhere.
#include "controlplane/console/secrets/password.h"
#include "controlplane/console/secrets/random.h"
#include "rows.h"
#include "sessions.h"

namespace sekisho::console {
namespace {

std::vector<User> users_of(Session& session, const Call& call) {
  const std::string_view administrators = call.user().is_admin() ? " OR role = 'admin'" : "";
  User row;
  std::vector<User> users;
  for_each_row(
      (session.prepare << "SELECT id, login, role, COALESCE(tenant, ''), created_at FROM users "
                          "WHERE tenant = :tenant OR id IN (SELECT provider FROM provider_tenants "
                          "WHERE tenant = :tenant)" +
                              std::string(administrators) + " ORDER BY login",
       soci::into(row.id), soci::into(row.login), soci::into(row.role), soci::into(row.tenant),
       soci::into(row.created_at), soci::use(call.tenant(), "tenant")),
      [&] { users.push_back(row); });
  return users;
}

/// The user of the path, whom the caller may change: providers change customers only.
User changeable_user(Session& session, const Call& call) {
  for (User& user : users_of(session, call)) {
    if (user.id != call.path.at("user")) continue;
    if (!call.user().is_admin() && user.role != "customer")
      throw forbidden("providers change customers only");
    return std::move(user);
  }
  throw not_found("there is no such user");
}

http::Response list_users(Services& services, const Call& call) {
  return services.database().read([&](Session& session) {
    Json list = Json::array();
    for (const User& user : users_of(session, call)) list.push_back(json_of(user));
    return json_response(200, {{"users", list}});
  });
}

void insert_user(Session& session, const User& user, const std::string& password_hash,
                 const std::string& tenant) {
  auto of_tenant = user.tenant.empty() ? soci::i_null : soci::i_ok;
  session
      << "INSERT INTO users (id, login, password, role, tenant, created_at) VALUES (:id, :login, "
         ":password, :role, :tenant, :now)",
      soci::use(user.id, "id"), soci::use(user.login, "login"),
      soci::use(password_hash, "password"), soci::use(user.role, "role"),
      soci::use(user.tenant, of_tenant, "tenant"), soci::use(user.created_at, "now");
  if (user.role == "provider")
    session << "INSERT INTO provider_tenants (provider, tenant) VALUES (:provider, :tenant)",
        soci::use(user.id, "provider"), soci::use(tenant, "tenant");
}

http::Response create_user(Services& services, const Call& call) {
  User user{.id = new_uuid(),
            .login = call.body["login"].get<std::string>(),
            .role = call.body["role"].get<std::string>(),
            .tenant = "",
            .created_at = services.now()};
  if (!call.user().is_admin() && user.role != "customer")
    throw forbidden("providers make customers only");
  if (user.role == "customer") user.tenant = call.tenant();
  const auto hash = hash_password(call.body["password"].get<std::string>());
  services.database().write([&](Session& session) {
    insert_user(session, user, hash, call.tenant());
    audit(session, services, call, user.login, "role " + user.role);
  });
  return json_response(201, json_of(user));
}

http::Response delete_user(Services& services, const Call& call) {
  services.database().write([&](Session& session) {
    const User user = changeable_user(session, call);
    if (user.id == call.user().id) throw conflict("nobody removes himself");
    end_sessions_of(session, user.id, "");
    session << "DELETE FROM provider_tenants WHERE provider = :id", soci::use(user.id, "id");
    session << "DELETE FROM users WHERE id = :id", soci::use(user.id, "id");
    audit(session, services, call, user.login, "role " + user.role);
  });
  return no_content();
}

http::Response set_password(Services& services, const Call& call) {
  const auto hash = hash_password(call.body["password"].get<std::string>());
  services.database().write([&](Session& session) {
    const User user = changeable_user(session, call);
    session << "UPDATE users SET password = :hash WHERE id = :id", soci::use(hash, "hash"),
        soci::use(user.id, "id");
    end_sessions_of(session, user.id, "");
    audit(session, services, call, user.login, "");
  });
  return no_content();
}

http::Response list_providers(Services& services, const Call&) {
  return services.database().read([](Session& session) {
    User row;
    Json list = Json::array();
    for_each_row((session.prepare << "SELECT id, login, role, created_at FROM users WHERE role = "
                                     "'provider' ORDER BY login",
                  soci::into(row.id), soci::into(row.login), soci::into(row.role),
                  soci::into(row.created_at)),
                 [&] { list.push_back(json_of(row)); });
    return json_response(200, {{"users", list}});
  });
}

/// The login of the path's user, who must be a provider.
std::string provider_of(Session& session, const Call& call) {
  std::string login;
  if (!first_row((session.prepare << "SELECT login FROM users WHERE id = :id AND role = 'provider'",
                  soci::into(login), soci::use(call.path.at("user"), "id"))))
    throw not_found("there is no such provider");
  return login;
}

/// Whether he had the tenant until now.
bool take_tenant_from(Session& session, const std::string& provider, const std::string& tenant) {
  int had = 0;
  session << "SELECT COUNT(*) FROM provider_tenants WHERE provider = :provider AND tenant = "
             ":tenant",
      soci::into(had), soci::use(provider, "provider"), soci::use(tenant, "tenant");
  session << "DELETE FROM provider_tenants WHERE provider = :provider AND tenant = :tenant",
      soci::use(provider, "provider"), soci::use(tenant, "tenant");
  return had > 0;
}

http::Response assign_provider(Services& services, const Call& call) {
  services.database().write([&](Session& session) {
    const auto login = provider_of(session, call);
    const auto& provider = call.path.at("user");
    const bool had = take_tenant_from(session, provider, call.tenant());
    session << "INSERT INTO provider_tenants (provider, tenant) VALUES (:provider, :tenant)",
        soci::use(provider, "provider"), soci::use(call.tenant(), "tenant");
    if (!had) audit(session, services, call, login, "");
  });
  return no_content();
}

http::Response unassign_provider(Services& services, const Call& call) {
  services.database().write([&](Session& session) {
    const auto login = provider_of(session, call);
    if (!take_tenant_from(session, call.path.at("user"), call.tenant()))
      throw not_found("this provider does not look after this tenant");
    audit(session, services, call, login, "");
  });
  return no_content();
}

}  // namespace

void add_user_handlers(Handlers& handlers) {
  handlers["listUsers"] = list_users;
  handlers["createUser"] = create_user;
  handlers["deleteUser"] = delete_user;
  handlers["setPassword"] = set_password;
  handlers["listProviders"] = list_providers;
  handlers["assignProvider"] = assign_provider;
  handlers["unassignProvider"] = unassign_provider;
}

Status create_admin(Database& database, const std::string& login, const std::string& password,
                    std::int64_t now_ms) try {
  constexpr std::size_t kLoginCharacters = 200;
  constexpr std::size_t kPasswordMin = 12, kPasswordMax = 1024;
  if (login.empty() || login.size() > kLoginCharacters ||
      login.find_first_of(std::string(" \t\r\n\v\f\0", 7)) != std::string::npos)
    return Error{Error::Code::invalid_input, "a login has 1 to 200 characters and no space"};
  if (password.size() < kPasswordMin || password.size() > kPasswordMax ||
      password.find('\0') != std::string::npos)
    return Error{Error::Code::invalid_input, "a password has 12 to 1024 characters"};
  const User user{
      .id = new_uuid(), .login = login, .role = "admin", .tenant = "", .created_at = now_ms};
  const auto hash = hash_password(password);
  return database.write([&](Session& session) -> Status {
    int taken = 0;
    session << "SELECT COUNT(*) FROM users WHERE login = :login", soci::into(taken),
        soci::use(login, "login");
    if (taken > 0)
      return Error{Error::Code::invalid_input, "there is a user '" + login + "' already"};
    insert_user(session, user, hash, "");
    write_audit(session, {.tenant = "",
                          .time = now_ms,
                          .login = "console",
                          .action = "createUser",
                          .target = login,
                          .detail = "role admin"});
    return ok();
  });
} catch (const soci::soci_error& problem) {
  return Error{Error::Code::io, std::string("database: ") + problem.what()};
}

}  // namespace sekisho::console
