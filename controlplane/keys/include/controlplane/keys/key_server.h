#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <list>
#include <span>
#include <string>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::controlplane {

/// Frames of config/base/message_socket.h on a listening Unix socket, all connections on one
/// thread: a peer that is slow, silent or does not read holds up nobody. A connection stays open
/// for any number of requests, which are answered in order.
class KeyServer {
 public:
  /// `user` as SO_PEERCRED tells it.
  using Answer = std::function<std::string(uid_t user, std::span<const std::uint8_t> request)>;

  /// `listener` is not blocking; `signals` is a signalfd.
  KeyServer(FileDescriptor listener, FileDescriptor signals, Answer answer);

  /// Until a signal comes.
  Status run();

 private:
  struct Connection {
    FileDescriptor socket;
    uid_t user = 0;
    std::string received;  // less than a frame
    std::string to_send;   // of a reply; nothing is read meanwhile
  };
  void accept_all();
  /// False: the connection is over.
  bool go_on(Connection& connection, short ready);
  bool receive(Connection& connection);
  bool answer_frames(Connection& connection);
  static bool send(Connection& connection);

  FileDescriptor listener_;
  FileDescriptor signals_;
  Answer answer_;
  std::list<Connection> connections_;
};

}  // namespace sekisho::controlplane
