#include "controlplane/agent/metrics_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "controlplane/agent/http_request.h"
#include "socket_address.h"

namespace sekisho::controlplane {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxConnections = 16;
constexpr std::chrono::seconds kConnectionLife{5};
constexpr std::chrono::seconds kBodyLife{1};  // asking the dataplane once a second is enough
constexpr int kTickMilliseconds = 250;

}  // namespace

struct MetricsServer::Connection {
  FileDescriptor socket;
  Clock::time_point deadline;
  std::string received;
  std::string response;  // empty: still reading
  std::size_t sent = 0;
};

Result<MetricsServer> MetricsServer::open(std::string_view address,
                                          std::function<std::string()> render) {
  const auto where = internet_address(address);
  if (!where) return Error{where.error()};
  FileDescriptor listener(socket(where->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!listener.valid() ||
      setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(listener.get(), where->get(), where->size) != 0 || listen(listener.get(), 16) != 0)
    return Error{Error::Code::io,
                 "metrics on " + std::string(address) + ": " + std::strerror(errno)};
  return MetricsServer(std::move(listener), std::move(render));
}

std::uint16_t MetricsServer::port() const {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (getsockname(listener_.get(), static_cast<sockaddr*>(static_cast<void*>(&bound)), &size) != 0)
    return 0;
  sockaddr_in6 any{};  // the port stands at the same place in both families
  std::memcpy(&any, &bound, sizeof any);
  return ntohs(any.sin6_port);
}

void MetricsServer::run(const std::stop_token& stop) {
  std::vector<Connection> connections;
  std::vector<pollfd> polled;
  while (!stop.stop_requested()) {
    polled.clear();
    const bool room = connections.size() < kMaxConnections;
    polled.push_back({room ? listener_.get() : -1, POLLIN, 0});
    for (const Connection& c : connections)
      polled.push_back(
          {c.socket.get(), static_cast<short>(c.response.empty() ? POLLIN : POLLOUT), 0});
    if (poll(polled.data(), polled.size(), kTickMilliseconds) < 0 && errno != EINTR) return;
    const auto now = Clock::now();
    for (std::size_t i = 0; i < connections.size(); ++i)
      if (!advance(connections[i], polled[i + 1].revents) || now >= connections[i].deadline)
        connections[i].socket.reset();
    std::erase_if(connections, [](const Connection& c) { return !c.socket.valid(); });
    if (polled[0].revents != 0) accept_new(connections);
  }
}

void MetricsServer::accept_new(std::vector<Connection>& connections) {
  while (connections.size() < kMaxConnections) {
    FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    connections.push_back({std::move(socket), Clock::now() + kConnectionLife, {}, {}, 0});
  }
}

bool MetricsServer::advance(Connection& c, short ready) {
  if (ready == 0) return true;
  if (c.response.empty()) {
    std::array<char, 2048> piece{};
    const ssize_t got = recv(c.socket.get(), piece.data(), piece.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    c.received.append(piece.data(), static_cast<std::size_t>(got));
    const HttpAnswer answer = judge_http_request(c.received);
    if (answer == HttpAnswer::incomplete) return true;
    c.response = http_response(answer, answer == HttpAnswer::ok ? body() : std::string());
  }
  const ssize_t sent = send(c.socket.get(), c.response.data() + c.sent, c.response.size() - c.sent,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return errno == EAGAIN || errno == EINTR;
  c.sent += static_cast<std::size_t>(sent);
  return c.sent < c.response.size();
}

const std::string& MetricsServer::body() {
  const auto now = Clock::now();
  if (body_.empty() || now - rendered_ >= kBodyLife) {
    body_ = render_();
    rendered_ = Clock::now();
  }
  return body_;
}

}  // namespace sekisho::controlplane
