#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "controlplane/console/secrets/authority.h"
#include "enrolment.h"
#include "link_session.h"

namespace sekisho::console {

/// The service GatewayLink on a port: TLS, calls and streams, and nothing of what they mean. A
/// stream costs no thread.
class LinkListener {
 public:
  /// What they refer to outlives the listener.
  struct Parts {
    LinkServices services;
    Issuing issuing;
    ServerIdentity& identity;
    std::string console;  // names this process's streams
  };
  /// `address`: "0.0.0.0:8443", "[::]:0". io: the port is taken, or the certificate has no names.
  static Result<std::unique_ptr<LinkListener>> start(Parts parts, const std::string& address);

  virtual ~LinkListener() = default;
  virtual int port() const = 0;

  /// Takes nothing new and ends what is there, at the latest after `patience`.
  virtual void stop(std::chrono::milliseconds patience) = 0;
};

}  // namespace sekisho::console
