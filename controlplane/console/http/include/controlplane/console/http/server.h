#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "config/base/result.h"
#include "controlplane/console/http/message.h"

namespace sekisho::console::http {

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;        // 0: any that is free
  int listener = -1;             // a socket that listens already, taken over in place of the two
  std::string certificate_file;  // PEM, with its chain; empty: plain HTTP
  std::string key_file;          // PEM
  /// Only a proxy connects: the client's address and whether it uses TLS are what the proxy adds in
  /// X-Forwarded-For (its last element) and X-Forwarded-Proto.
  bool behind_proxy = false;

  std::size_t connections = 512;
  std::size_t connections_per_address = 64;  // not behind a proxy
  std::size_t io_threads = 2;
  std::size_t workers = 4;
  std::size_t waiting_requests = 256;

  std::chrono::milliseconds handshake_time{10'000};
  std::chrono::milliseconds header_time{10'000};    // from a request's first byte
  std::chrono::milliseconds idle_time{60'000};      // between requests
  std::chrono::milliseconds transfer_time{20'000};  // of a body, and a second for each 64 KiB of it
};

/// An HTTP/1.1 server on threads of its own.
class Server {
 public:
  /// Listens when it returns. `service` must outlive the server.
  static Result<std::unique_ptr<Server>> start(const ServerSettings& settings, Service& service);
  virtual ~Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The port it listens on.
  virtual std::uint16_t port() const = 0;

  /// Lets requests that run end, and closes. Also done by the destructor.
  virtual void stop() = 0;

 protected:
  Server() = default;
};

}  // namespace sekisho::console::http
