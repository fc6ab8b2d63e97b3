#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "dataplane/decrypt/relay/loop.h"

namespace sekisho::decrypt {

/// One loop and the workers it serves.
struct LoopOfWorkers {
  std::unique_ptr<Loop> loop;
  std::vector<unsigned> workers;
};

/// The process's socket: workers' channels come and go with their connections, and whoever asks
/// gets the counters. One JSON object a message:
///   {"op":"attach.memory"|"attach.bell","worker":N,"workers":N} with a descriptor
///   {"op":"status"}
class Attachments {
 public:
  static Result<Attachments> listen(const std::string& path, std::span<LoopOfWorkers> loops,
                                    unsigned workers);

  /// Answers what comes within `timeout_ms`.
  void serve(int timeout_ms);

 private:
  struct Connection {
    FileDescriptor socket;
    FileDescriptor memory;  // until its bell comes
    int worker = -1;        // attached
  };

  Attachments(FileDescriptor listener, std::span<LoopOfWorkers> loops, unsigned workers)
      : listener_(std::move(listener)), loops_(loops), workers_(workers) {}

  bool answer(Connection& connection);  // false: it is over
  Status attach(Connection& connection, const std::string& op, unsigned worker, FileDescriptor fd);
  std::string status() const;
  Loop* loop_of(unsigned worker) const;

  FileDescriptor listener_;
  std::span<LoopOfWorkers> loops_;
  unsigned workers_;
  std::vector<Connection> connections_;
};

}  // namespace sekisho::decrypt
