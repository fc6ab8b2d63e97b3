#pragma once

#include <sys/socket.h>

#include <string_view>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// A socket address of any family, ready for bind() and connect().
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const {
    return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
  }
};

/// "192.0.2.1:514" or "[2001:db8::1]:514"; numbers only.
Result<SocketAddress> internet_address(std::string_view text);
Result<SocketAddress> unix_address(std::string_view path);

}  // namespace sekisho::controlplane
