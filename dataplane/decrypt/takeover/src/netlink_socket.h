#pragma once

#include <linux/rtnetlink.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::decrypt {

/// One request of rtnetlink(7): a header and attributes, in place.
class NetlinkRequest {
 public:
  template <class Header>
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, const Header& header)
      : NetlinkRequest(type, flags) {
    append(&header, sizeof header);
  }

  NetlinkRequest& attribute(std::uint16_t type, std::span<const std::uint8_t> value);
  NetlinkRequest& number(std::uint16_t type, std::uint32_t value);

  std::span<const std::uint8_t> bytes();

 private:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags);
  void append(const void* bytes, std::size_t size);

  alignas(nlmsghdr) std::array<std::uint8_t, 512> room_{};
  std::size_t used_ = 0;
};

/// Of the network namespace that it is opened in.
class NetlinkSocket {
 public:
  static Result<NetlinkSocket> open();

  /// Sends it and waits for the kernel's answer. What is there already is no failure.
  Status send(NetlinkRequest request);

 private:
  explicit NetlinkSocket(FileDescriptor socket) : socket_(std::move(socket)) {}
  FileDescriptor socket_;
};

}  // namespace sekisho::decrypt
