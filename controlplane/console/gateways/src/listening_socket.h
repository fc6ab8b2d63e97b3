#pragma once

#include <functional>
#include <string>
#include <thread>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::console {

/// Takes TCP connections on a thread of its own. gRPC's own listener ends for good when descriptors
/// run out; this one closes what is too much, and leaves the page and the database theirs.
class ListeningSocket {
 public:
  using Taken = std::function<void(int listener, FileDescriptor connection)>;  // non-blocking

  /// `address`: "0.0.0.0:8443" or "[::]:8443" (both families), "192.0.2.1:0". Connections are given
  /// to `taken` from start() on. io: it cannot be listened on.
  static Result<ListeningSocket> listen(const std::string& address);
  ListeningSocket(ListeningSocket&&) = default;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket() { stop(); }

  void start(Taken taken);
  void stop();
  int port() const;

 private:
  explicit ListeningSocket(FileDescriptor socket) : socket_(std::move(socket)) {}

  FileDescriptor socket_;
  std::jthread thread_;
};

}  // namespace sekisho::console
