// Log in, log out, one's own password.
#include <chrono>
#include <semaphore>

#include "controlplane/console/http/customer.h"
#include "controlplane/console/secrets/password.h"
#include "controlplane/console/secrets/random.h"
#include "rows.h"
#include "sessions.h"

namespace sekisho::console {
namespace {

/// Hashing takes 32 MiB and a tenth of a second: not more than two at a time, so that log-ins do
/// not take all workers.
class HashingTurn {
 public:
  HashingTurn() {
    if (!turns().try_acquire_for(std::chrono::seconds(2)))
      throw Refusal(503, "busy", "too many log-ins at once").header("Retry-After", "2");
  }
  ~HashingTurn() { turns().release(); }
  HashingTurn(const HashingTurn&) = delete;
  HashingTurn& operator=(const HashingTurn&) = delete;

 private:
  static std::counting_semaphore<2>& turns() {
    static std::counting_semaphore<2> both{2};
    return both;
  }
};

void count_attempt(Services& services, const std::string& login, const std::string& client) {
  const auto now = services.now();
  auto wait = services.by_address.attempt(http::customer_of(client), now);
  if (wait == 0) wait = services.by_login.attempt(login, now);
  if (wait > 0)
    throw Refusal(429, "too_many_attempts", "too many attempts to log in; wait")
        .header("Retry-After", std::to_string((wait + 999) / 1000));
}

void forgive_attempt(Services& services, const std::string& login, const std::string& client) {
  services.by_login.forgive(login, 10);
  services.by_address.forgive(http::customer_of(client), 1);
}

struct StoredUser {
  User user;
  std::string password;  // "": there is no such user
};

StoredUser user_by_login(Session& session, const std::string& login) {
  StoredUser stored;
  User& user = stored.user;
  if (!first_row((session.prepare << "SELECT id, login, role, COALESCE(tenant, ''), created_at, "
                                     "password FROM users WHERE login = :login",
                  soci::into(user.id), soci::into(user.login), soci::into(user.role),
                  soci::into(user.tenant), soci::into(user.created_at), soci::into(stored.password),
                  soci::use(login, "login"))))
    return {};
  return stored;
}

/// True when it is the user's password; takes the same time for whoever does not exist.
PasswordCheck check(const std::string& password, const std::string& stored) {
  const HashingTurn turn;
  return check_password(password, stored);
}

void store_password(Session& session, const std::string& user, const std::string& hash) {
  session << "UPDATE users SET password = :hash WHERE id = :id", soci::use(hash, "hash"),
      soci::use(user, "id");
}

Json session_json(const User& user, const std::string& csrf_token) {
  return {{"user", json_of(user)}, {"csrf_token", csrf_token}};
}

void note_attempt(Services& services, const Call& call, const User& user, const char* how) {
  services.database().write([&](Session& session) {
    write_audit(session, {.tenant = user.tenant,
                          .time = services.now(),
                          .login = user.login,
                          .action = call.operation.id,
                          .target = user.login,
                          .detail = how + (" from " + call.request.client)});
  });
}

http::Response create_session(Services& services, const Call& call) {
  const auto login = call.body["login"].get<std::string>();
  const auto password = call.body["password"].get<std::string>();
  count_attempt(services, login, call.request.client);
  const auto stored =
      services.database().read([&](Session& session) { return user_by_login(session, login); });
  const auto checked = check(password, stored.password);
  if (!checked.matches) {
    if (!stored.password.empty()) note_attempt(services, call, stored.user, "wrong password");
    throw Refusal(401, "wrong_credentials", "login or password is wrong");
  }
  forgive_attempt(services, login, call.request.client);
  const std::string better = checked.rehash ? hash_password(password) : std::string();
  const auto made = services.database().write([&](Session& session) {
    if (!better.empty()) store_password(session, stored.user.id, better);
    return start_session(session, stored.user, services.now());
  });
  note_attempt(services, call, stored.user, "logged in");
  auto response = json_response(200, session_json(stored.user, made.csrf_token));
  response.headers.emplace_back("Set-Cookie", session_cookie(made.token, call.request.secure));
  return response;
}

http::Response get_session(Services&, const Call& call) {
  return json_response(200, session_json(call.user(), call.session.csrf_token));
}

http::Response delete_session(Services& services, const Call& call) {
  services.database().write(
      [&](Session& session) { end_session(session, call.session.token_hash); });
  auto response = no_content();
  response.headers.emplace_back("Set-Cookie", session_cookie("", call.request.secure));
  return response;
}

http::Response change_own_password(Services& services, const Call& call) {
  const User& user = call.user();
  count_attempt(services, user.login, call.request.client);
  const auto stored = services.database().read(
      [&](Session& session) { return user_by_login(session, user.login); });
  if (!check(call.body["old_password"].get<std::string>(), stored.password).matches)
    throw Refusal(403, "wrong_credentials", "the old password is wrong")
        .with("field", "/old_password");
  forgive_attempt(services, user.login, call.request.client);
  const auto hash = hash_password(call.body["password"].get<std::string>());
  services.database().write([&](Session& session) {
    store_password(session, user.id, hash);
    end_sessions_of(session, user.id, call.session.token_hash);
    audit(session, services, call, user.login, "");
  });
  return no_content();
}

}  // namespace

Json json_of(const User& user) {
  Json json{
      {"id", user.id}, {"login", user.login}, {"role", user.role}, {"created_at", user.created_at}};
  if (!user.tenant.empty()) json["tenant"] = user.tenant;
  return json;
}

void add_session_handlers(Handlers& handlers) {
  handlers["createSession"] = create_session;
  handlers["getSession"] = get_session;
  handlers["deleteSession"] = delete_session;
  handlers["changeOwnPassword"] = change_own_password;
}

}  // namespace sekisho::console
