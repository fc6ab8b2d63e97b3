#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::tests {

/// One kernel interface, frame by frame.
class WireSocket {
 public:
  static Result<WireSocket> open(const std::string& interface);

  int descriptor() const noexcept { return socket_.get(); }
  /// Empty: nothing waits. Frames that this machine sent itself are left out.
  std::span<std::uint8_t> receive(std::span<std::uint8_t> room) const noexcept;
  void send(std::span<const std::uint8_t> frame) const noexcept;

 private:
  explicit WireSocket(FileDescriptor socket) : socket_(std::move(socket)) {}
  FileDescriptor socket_;
};

}  // namespace sekisho::tests
