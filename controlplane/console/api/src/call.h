#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "controlplane/console/api/api.h"
#include "document.h"
#include "policy_text.h"
#include "problem.h"
#include "throttle.h"

namespace sekisho::console {

struct User {
  std::string id;
  std::string login;
  std::string role;
  std::string tenant;  // of a customer; otherwise empty
  std::int64_t created_at = 0;

  bool is_admin() const { return role == "admin"; }
};
Json json_of(const User& user);

/// A session that was found and is good.
struct SessionOfUser {
  std::string token_hash;
  std::string csrf_token;
  std::int64_t seen_at = 0;
  User user;
};

/// What handlers work with; any thread.
struct Services {
  explicit Services(ApiDoors given) : doors(std::move(given)) {}

  const ApiDoors doors;
  const Document document;
  PolicyCache policies;
  // 10 wrong passwords of a login and 50 of an address in a quarter of an hour.
  Throttle by_login{10, 900'000};
  Throttle by_address{50, 900'000};

  Database& database() const { return doors.database; }
  std::int64_t now() const { return doors.now_ms(); }
};

/// A request after all checks.
struct Call {
  const http::Request& request;
  const Operation& operation;
  std::map<std::string, std::string> path;
  std::map<std::string, Json> parameters;  // of the query and the header; those that were not given
                                           // have their default or are not there
  Json body;
  SessionOfUser session;  // empty for anyone

  const std::string& tenant() const { return path.at("tenant"); }
  const User& user() const { return session.user; }

  /// A parameter's text; empty when it was not given.
  std::string text(const std::string& name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second.get<std::string>();
  }
  std::int64_t number(const std::string& name, std::int64_t otherwise) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? otherwise : found->second.get<std::int64_t>();
  }
};

using Handler = std::function<http::Response(Services&, const Call&)>;
using Handlers = std::map<std::string, Handler>;  // by operationId

void add_meta_handlers(Handlers& handlers);
void add_session_handlers(Handlers& handlers);
void add_tenant_handlers(Handlers& handlers);
void add_user_handlers(Handlers& handlers);
void add_group_handlers(Handlers& handlers);
void add_draft_handlers(Handlers& handlers);
void add_catalogue_handlers(Handlers& handlers);
void add_ips_rule_handlers(Handlers& handlers);
void add_content_handlers(Handlers& handlers);
void add_database_handlers(Handlers& handlers);
void add_reputation_handlers(Handlers& handlers);
void add_delivery_handlers(Handlers& handlers);
void add_version_handlers(Handlers& handlers);
void add_gateway_handlers(Handlers& handlers);
void add_diagnostic_handlers(Handlers& handlers);
void add_event_handlers(Handlers& handlers);
void add_bandwidth_handlers(Handlers& handlers);
void add_audit_handlers(Handlers& handlers);
void add_authority_handlers(Handlers& handlers);
void add_bypass_handlers(Handlers& handlers);

}  // namespace sekisho::console
