#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::controlplane {

/// Whether the peer of `socket` is root or `own_user` (SO_PEERCRED); nobody else may ask anything.
bool peer_may_ask(int socket, uid_t own_user);

/// Serves accepted connections: one request each, on a few threads, so that a long change of policy
/// keeps nobody from asking for the status.
class ControlServer {
 public:
  using Answer = std::function<std::string(std::string_view request)>;

  explicit ControlServer(Answer answer);
  /// Waits for the requests that are being answered.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Any thread. A connection too many is closed.
  void serve(FileDescriptor connection);

 private:
  void work();
  void answer_one(const FileDescriptor& connection);

  Answer answer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FileDescriptor> waiting_;  // under mutex_
  bool stopping_ = false;               // under mutex_
  std::vector<std::jthread> threads_;   // last: they use what stands above
};

}  // namespace sekisho::controlplane
