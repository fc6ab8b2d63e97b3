#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/bundle/bundle.h"
#include "controlplane/proto/gateway_link.pb.h"
#include "test_authority.h"

namespace sekisho::controlplane {

/// A console for a test: a real gRPC server with real TLS on the loopback.
class FakeConsole {
 public:
  struct Behaviour {
    bool confirms = true;  // what is reported as enforced
    bool stores_events = true;
    bool revoked = false;
    bool says_welcome = true;
    bool answers_reputation = true;
    std::uint32_t heartbeat_seconds = 5;
    std::int64_t certificate_lived = 10;  // seconds of 86,400
  };
  /// `port` 0: any.
  explicit FakeConsole(const TestAuthority& authority, int port = 0,
                       const std::string& names = "DNS:sekisho-console");
  ~FakeConsole();
  FakeConsole(const FakeConsole&) = delete;
  FakeConsole& operator=(const FakeConsole&) = delete;

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string code() const;

  void behave(const Behaviour& behaviour);
  Behaviour behaviour() const;
  /// To the gateway that is connected; false: none is.
  bool send(const link::v1::ToGateway& message);
  bool send_bundle(std::uint64_t version, const std::string& bytes);
  /// Waits until `found` says so of all that came, oldest first.
  using Messages = std::vector<link::v1::FromGateway>;
  bool wait_for(const std::function<bool(const Messages&)>& found,
                std::chrono::milliseconds timeout = std::chrono::seconds(15)) const;
  /// Whether a policy report of `state` about `version` comes.
  bool reported(link::v1::PolicyState state, std::uint64_t version,
                std::chrono::milliseconds timeout = std::chrono::seconds(15)) const;
  link::v1::PolicyReport last_report() const;
  int hellos() const;
  int renewals() const;
  std::string stored_lines() const;
  /// Ends the stream that there is.
  void hang_up();

  bundle::SigningKey signing_key = bundle::SigningKey::generate();

 private:
  class Service;
  const TestAuthority& authority_;
  std::unique_ptr<Service> service_;
  struct Server;
  std::unique_ptr<Server> server_;
  int port_ = 0;
};

}  // namespace sekisho::controlplane
