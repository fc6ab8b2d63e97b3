#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "config/base/result.h"
#include "controlplane/console/secrets/authority.h"
#include "controlplane/console/secrets/tenant_keys.h"
#include "controlplane/console/store/database.h"

namespace sekisho::console {

struct GatewayServerOptions {
  std::string address = "0.0.0.0:8443";  // port 0: any that is free
  int event_days = 62;                   // events older than this are deleted
};

/// The console's side of gateway_link.proto: enrols gateways, keeps their streams, delivers to
/// them, stores their events. Several consoles may do so on one database. See README.md.
class GatewayServer {
 public:
  /// What they refer to outlives the server. io: the address cannot be listened on.
  static Result<std::unique_ptr<GatewayServer>> start(Database& database, const TenantKeys& keys,
                                                      ServerIdentity& identity,
                                                      const GatewayServerOptions& options);
  /// Stops: streams end with UNAVAILABLE, what was received is stored.
  ~GatewayServer();
  GatewayServer(const GatewayServer&) = delete;
  GatewayServer& operator=(const GatewayServer&) = delete;

  int port() const;
  std::size_t streams() const;

 private:
  struct Parts;
  explicit GatewayServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sekisho::console
