#pragma once

#include <optional>
#include <string>

#include "call.h"
#include "rows.h"

namespace sekisho::console {

inline constexpr std::int64_t kSessionIdleMs = std::int64_t{12} * 3600 * 1000;
inline constexpr std::int64_t kSessionMs = std::int64_t{7} * 24 * 3600 * 1000;

struct NewSession {
  std::string token;  // the cookie; only its hash is stored
  std::string csrf_token;
};
NewSession start_session(Session& session, const User& user, std::int64_t now);

/// The session of a request's cookie, when it is still good.
std::optional<SessionOfUser> find_session(Session& session, const http::Request& request,
                                          std::int64_t now);

/// Whether the time of its last use is so old that it wants to be written.
bool wants_touch(const SessionOfUser& session, std::int64_t now);
void touch_session(Session& session, const std::string& token_hash, std::int64_t now);

void end_session(Session& session, const std::string& token_hash);
/// `but`: the hash of one that stays; may be empty.
void end_sessions_of(Session& session, const std::string& user, const std::string& but);

/// Set-Cookie, which also ends one: an empty token.
std::string session_cookie(const std::string& token, bool secure);

}  // namespace sekisho::console
