#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::controlplane {

/// Answers GET /metrics. Bounded in connections, bytes and time for each; a slow or hostile client
/// delays nobody else.
class MetricsServer {
 public:
  /// `address`: "127.0.0.1:9464"; port 0 takes a free one. `render` makes the body.
  static Result<MetricsServer> open(std::string_view address, std::function<std::string()> render);
  MetricsServer(MetricsServer&&) = default;
  MetricsServer& operator=(MetricsServer&&) = default;
  ~MetricsServer() = default;

  /// Serves until `stop`; one thread.
  void run(const std::stop_token& stop);
  std::uint16_t port() const;

 private:
  struct Connection;
  MetricsServer(FileDescriptor listener, std::function<std::string()> render)
      : listener_(std::move(listener)), render_(std::move(render)) {}
  void accept_new(std::vector<Connection>& connections);
  /// False: the connection is done with.
  bool advance(Connection& connection, short ready);
  const std::string& body();

  FileDescriptor listener_;
  std::function<std::string()> render_;
  std::string body_;
  std::chrono::steady_clock::time_point rendered_;
};

}  // namespace sekisho::controlplane
