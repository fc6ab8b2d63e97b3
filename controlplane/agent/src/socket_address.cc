#include "socket_address.h"

#include <netdb.h>
#include <sys/un.h>

#include <cstring>
#include <memory>
#include <string>

namespace sekisho::controlplane {

Result<SocketAddress> internet_address(std::string_view text) {
  const Error wrong{Error::Code::invalid_input, std::string(text) + ": not ADDRESS:PORT"};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  std::string host(text.substr(0, colon));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  const std::string port(text.substr(colon + 1));
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &list) != 0) return wrong;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, freeaddrinfo);
  SocketAddress address;
  std::memcpy(&address.storage, owned->ai_addr, owned->ai_addrlen);
  address.size = owned->ai_addrlen;
  return address;
}

Result<SocketAddress> unix_address(std::string_view path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof name.sun_path)
    return Error{Error::Code::invalid_input,
                 "'" + std::string(path) + "' is no socket path of 1 to 107 bytes"};
  std::memcpy(name.sun_path, path.data(), path.size());
  SocketAddress address;
  std::memcpy(&address.storage, &name, sizeof name);
  address.size = sizeof name;
  return address;
}

}  // namespace sekisho::controlplane
