#include "controlplane/fetch/http_get.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "config/base/address.h"
#include "config/base/message_socket.h"
#include "controlplane/fetch/http_answer.h"
#include "controlplane/fetch/http_url.h"
#include "controlplane/fetch/reachable.h"

namespace sekisho::controlplane {
namespace {

using Clock = std::chrono::steady_clock;
using Addresses = std::unique_ptr<addrinfo, decltype([](addrinfo* list) { freeaddrinfo(list); })>;
constexpr std::size_t kMostAddresses = 4;

Error unreachable(std::string why) { return {Error::Code::not_found, std::move(why)}; }

IpAddress address_of(const sockaddr& where) {
  if (where.sa_family == AF_INET)
    return IpAddress::from_v4(ntohl(reinterpret_cast<const sockaddr_in&>(where).sin_addr.s_addr));
  IpAddress address;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(where).sin6_addr;
  std::memcpy(address.bytes.data(), &v6, address.bytes.size());
  return address;
}

/// Where a packet to `where` would come from, without sending one; the unspecified address: there
/// is no way.
IpAddress source_towards(const addrinfo& where) {
  const FileDescriptor socket(::socket(where.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  auto* const address = reinterpret_cast<sockaddr*>(&own);
  if (!socket.valid() || connect(socket.get(), where.ai_addr, where.ai_addrlen) != 0 ||
      getsockname(socket.get(), address, &size) != 0)
    return {};
  return address_of(*address);
}

bool wait_for(int socket, short events, Clock::time_point until) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    pollfd one{socket, events, 0};
    const int ready = poll(&one, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

Result<FileDescriptor> connect_to(const addrinfo& where, Clock::time_point until) {
  const auto address = address_of(*where.ai_addr);
  if (!may_be_reached(address))
    return Error{Error::Code::invalid_input, to_string(address) + " is no address for this"};
  const auto own = source_towards(where);
  if (own == address)
    return Error{Error::Code::invalid_input, to_string(address) + " is this machine's own"};
  FileDescriptor socket(::socket(where.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  int error = 0;
  socklen_t size = sizeof error;
  if (!socket.valid() ||
      (connect(socket.get(), where.ai_addr, where.ai_addrlen) != 0 &&
       (errno != EINPROGRESS || !wait_for(socket.get(), POLLOUT, until) ||
        getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)))
    return unreachable(to_string(address) + " does not answer");
  return socket;
}

Result<FileDescriptor> connect_by_name(const HttpUrl& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (const int problem = getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &list);
      problem != 0)
    return unreachable(url.host + ": " + gai_strerror(problem));
  const Addresses addresses(list);
  const auto until = Clock::now() + kConnectPatience;
  Result<FileDescriptor> last = unreachable(url.host + " has no address");
  std::size_t tried = 0;
  for (const auto* at = list; at != nullptr && tried < kMostAddresses; at = at->ai_next, ++tried) {
    last = connect_to(*at, until);
    if (last) break;
  }
  return last;
}

std::string request_for(const HttpUrl& url, const std::string& body) {
  std::string request = body.empty() ? "GET " : "POST ";
  request.append(url.target).append(" HTTP/1.1\r\nHost: ").append(url.host_field());
  request += "\r\nUser-Agent: Sekisho\r\nAccept: */*\r\nConnection: close\r\n";
  if (!body.empty()) {
    request += "Content-Type: application/ocsp-request\r\nContent-Length: ";
    request.append(std::to_string(body.size())).append("\r\n");
  }
  return request.append("\r\n").append(body);
}

/// In one piece where it fits, so that no server answers and closes before it has read all.
bool send_all(int socket, std::string_view bytes, Clock::time_point until) {
  while (!bytes.empty()) {
    const auto sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (sent < 0 && errno != EINTR && (errno != EAGAIN || !wait_for(socket, POLLOUT, until)))
      return false;
  }
  return true;
}

}  // namespace

Result<std::string> fetch_by_http(const Wanted& wanted) {
  const auto until = Clock::now() + kFetchPatience;
  const auto url = parse_http_url(wanted.url);
  if (!url) return url.error();
  auto socket = connect_by_name(*url);
  if (!socket) return socket.error();
  if (!send_all(socket->get(), request_for(*url, wanted.body), until))
    return Error{Error::Code::io, "the request was not taken"};
  HttpAnswer answer(wanted.most_bytes);
  auto state = HttpAnswer::State::more;
  std::array<char, std::size_t{16} * 1024> piece;
  while (state == HttpAnswer::State::more) {
    const auto got = recv(socket->get(), piece.data(), piece.size(), 0);
    if (got > 0) {
      state = answer.take({piece.data(), static_cast<std::size_t>(got)});
      if (Clock::now() >= until) return Error{Error::Code::io, "it takes too long"};
    } else if (got == 0) {
      state = answer.close();
    } else if (errno == EAGAIN) {
      if (!wait_for(socket->get(), POLLIN, until))
        return Error{Error::Code::io, "it takes too long"};
    } else if (errno != EINTR) {
      return Error{Error::Code::io, std::strerror(errno)};
    }
  }
  if (state == HttpAnswer::State::failed)
    return Error{Error::Code::io, std::string(answer.problem())};
  return answer.take_body();
}

}  // namespace sekisho::controlplane
