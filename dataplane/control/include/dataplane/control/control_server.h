#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "dataplane/control/dataplane.h"

namespace sekisho::dataplane {

/// Serves <run_dir>/dataplane.sock (README.md beside this folder lists the requests). One
/// short-lived thread a connection, on the control core; at most kMaxConnections at once.
class ControlServer {
 public:
  static constexpr std::size_t kMaxConnections = 16;

  static Result<std::unique_ptr<ControlServer>> listen(Dataplane& dataplane,
                                                       const std::string& path);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Control thread: waits up to `timeout_ms` for connections and starts serving them.
  void accept_for(int timeout_ms);

 private:
  struct Connection;
  ControlServer(Dataplane& dataplane, FileDescriptor listener);
  void serve(int socket);

  Dataplane& dataplane_;
  FileDescriptor listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

/// Answers one request: JSON text in, JSON text out. Never throws; whatever is wrong with the
/// request is in the reply.
std::string answer_request(Dataplane& dataplane, const Message& request, int socket);

}  // namespace sekisho::dataplane
