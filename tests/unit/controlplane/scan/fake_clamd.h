#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "config/base/message_socket.h"

namespace sekisho::controlplane::test {

/// A clamd that says of each file what it is told to say; nothing at all is a clamd that ends.
class FakeClamd {
 public:
  /// The n-th file (from 0) is answered with `say(n)`, "OK" or "NAME FOUND", say.
  explicit FakeClamd(std::function<std::string(unsigned)> say)
      : say_(std::move(say)), listener_(*listen_unix(path())), thread_([this](auto stop) {
          while (!stop.stop_requested()) serve_one();
        }) {}
  ~FakeClamd() {
    thread_.request_stop();
    thread_.join();
    unlink(path().c_str());
  }

  std::string path() const { return "/tmp/fake-clamd-" + std::to_string(getpid()) + ".sock"; }
  unsigned asked() const { return asked_; }

 private:
  void serve_one() {
    const FileDescriptor connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection.valid()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return;
    }
    char command[64];
    if (recv(connection.get(), command, sizeof command, 0) <= 0) return;
    if (command[1] == 'P') return reply(connection, "PONG");
    const auto said = say_(asked_++);
    if (!said.empty()) return reply(connection, "fd[9]: " + said);
    // It ends; another is there at once.
    listener_ = {};
    listener_ = *listen_unix(path());
  }
  static void reply(const FileDescriptor& connection, const std::string& text) {
    (void)!send(connection.get(), text.c_str(), text.size() + 1, MSG_NOSIGNAL);
  }

  std::function<std::string(unsigned)> say_;
  FileDescriptor listener_;
  std::atomic<unsigned> asked_ = 0;
  std::jthread thread_;
};

}  // namespace sekisho::controlplane::test
