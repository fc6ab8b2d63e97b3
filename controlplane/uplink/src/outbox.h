#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "controlplane/proto/gateway_link.pb.h"

namespace sekisho::controlplane {

/// Messages on their way to the thread that writes the stream. Any thread.
class Outbox {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{8} << 20;

  /// Waits while kMaxBytes are in it; false: closed.
  bool put(link::v1::FromGateway message);
  /// Does not wait: for what is small and rare. Dropped when twice kMaxBytes are in it.
  bool put_now(link::v1::FromGateway message);
  /// Waits for a message; none: closed.
  std::optional<link::v1::FromGateway> take();
  void close();

 private:
  bool add(link::v1::FromGateway message, std::size_t bytes);
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<link::v1::FromGateway> messages_;  // under mutex_, as what follows
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace sekisho::controlplane
