#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "controlplane/console/http/message.h"
#include "controlplane/console/http/static_files.h"
#include "controlplane/console/secrets/activations.h"
#include "controlplane/console/secrets/tenant_keys.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

/// What the API works with. All of it outlives the Api.
struct ApiDoors {
  Database& database;
  const TenantKeys& tenant_keys;
  const Activations& activations;
  std::string software_version;
  std::function<std::int64_t()> now_ms;  // Unix milliseconds; any thread
  std::string link = "";                 // HOST:PORT that gateways dial; empty: not known
};

/// The REST API of openapi.yaml, and the web page beside it. Every request is checked against that
/// document before a handler sees it: route, session, CSRF token, role, tenant, parameters, body.
class Api : public http::Service {
 public:
  /// Without `page` only /api is there. An error is a mistake in the product itself: the document
  /// and the handlers do not belong together.
  static Result<std::unique_ptr<Api>> make(ApiDoors doors, std::optional<http::StaticFiles> page);
  ~Api() override;

  http::Response handle(const http::Request& request) override;
  http::Admission admit(const http::Request& head) override;
  http::Response failure(int status, std::string_view message) override;

 private:
  struct State;
  explicit Api(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A user with the role admin, for whom there is no other administrator yet. invalid_input: the
/// login is taken, or login or password is not of the length that createUser asks for.
Status create_admin(Database& database, const std::string& login, const std::string& password,
                    std::int64_t now_ms);

}  // namespace sekisho::console
