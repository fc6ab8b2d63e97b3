#include "sessions.h"

#include "controlplane/console/secrets/random.h"

namespace sekisho::console {
namespace {

constexpr std::string_view kCookie = "sekisho_session";
constexpr std::size_t kTokenDigits = 64;
constexpr std::int64_t kTouchMs = 60'000;

/// The value of our cookie (RFC 6265 §5.4); empty when it is not there or cannot be one of ours.
std::string token_of(const http::Request& request) {
  std::string_view cookies = request.header("cookie");
  while (!cookies.empty()) {
    auto cookie = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(cookie.size() + 1, cookies.size()));
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    const auto equals = cookie.find('=');
    if (cookie.substr(0, equals) != kCookie || equals == std::string_view::npos) continue;
    const auto value = cookie.substr(equals + 1);
    if (value.size() == kTokenDigits) return std::string(value);
  }
  return {};
}

}  // namespace

NewSession start_session(Session& session, const User& user, std::int64_t now) {
  NewSession made{new_token(), new_token()};
  const std::string hash = hash_of(made.token);
  const auto expires = now + kSessionMs;
  session << "DELETE FROM sessions WHERE expires_at < :now", soci::use(now, "now");
  session << "INSERT INTO sessions (token_hash, user_id, csrf_token, created_at, seen_at, "
             "expires_at) VALUES (:hash, :user, :csrf, :now, :now, :expires)",
      soci::use(hash, "hash"), soci::use(user.id, "user"), soci::use(made.csrf_token, "csrf"),
      soci::use(now, "now"), soci::use(expires, "expires");
  return made;
}

std::optional<SessionOfUser> find_session(Session& session, const http::Request& request,
                                          std::int64_t now) {
  const std::string token = token_of(request);
  if (token.empty()) return std::nullopt;
  SessionOfUser found;
  found.token_hash = hash_of(token);
  User& user = found.user;
  const auto idle_since = now - kSessionIdleMs;
  if (!first_row((session.prepare
                      << "SELECT s.csrf_token, s.seen_at, u.id, u.login, u.role, "
                         "COALESCE(u.tenant, ''), u.created_at FROM sessions s JOIN users u ON "
                         "u.id = s.user_id WHERE s.token_hash = :hash AND s.expires_at > :now AND "
                         "s.seen_at > :idle",
                  soci::into(found.csrf_token), soci::into(found.seen_at), soci::into(user.id),
                  soci::into(user.login), soci::into(user.role), soci::into(user.tenant),
                  soci::into(user.created_at), soci::use(found.token_hash, "hash"),
                  soci::use(now, "now"), soci::use(idle_since, "idle"))))
    return std::nullopt;
  return found;
}

bool wants_touch(const SessionOfUser& session, std::int64_t now) {
  return now - session.seen_at > kTouchMs;
}

void touch_session(Session& session, const std::string& token_hash, std::int64_t now) {
  session << "UPDATE sessions SET seen_at = :now WHERE token_hash = :hash", soci::use(now, "now"),
      soci::use(token_hash, "hash");
}

void end_session(Session& session, const std::string& token_hash) {
  session << "DELETE FROM sessions WHERE token_hash = :hash", soci::use(token_hash, "hash");
}

void end_sessions_of(Session& session, const std::string& user, const std::string& but) {
  session << "DELETE FROM sessions WHERE user_id = :user AND token_hash <> :but",
      soci::use(user, "user"), soci::use(but, "but");
}

std::string session_cookie(const std::string& token, bool secure) {
  std::string cookie = std::string(kCookie) + "=" + token + "; Path=/; HttpOnly; SameSite=Strict";
  cookie += "; Max-Age=" + std::to_string(token.empty() ? 0 : kSessionMs / 1000);
  if (secure) cookie += "; Secure";
  return cookie;
}

}  // namespace sekisho::console
