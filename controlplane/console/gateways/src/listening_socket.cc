#include "listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace sekisho::console {
namespace {

using namespace std::chrono_literals;

constexpr int kBacklog = 4096;
constexpr int kUserTimeoutMs = 15'000;   // what was sent and not acknowledged for as long ends it
constexpr rlim_t kReserved = 1024;       // descriptors of everything else in this process, at most
constexpr auto kPause = 100ms;           // when no connection can be taken
constexpr auto kComplainInterval = 60s;  // in the log

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Error cannot(const std::string& address, const char* why) {
  return {Error::Code::io, "gateways cannot be listened for on " + address + ": " + why};
}

bool set_option(const FileDescriptor& socket, int level, int name, int value) {
  return setsockopt(socket.get(), level, name, &value, sizeof value) == 0;
}

/// Invalid, with errno, when it does not work. Connections inherit the options of TCP.
FileDescriptor listen_at(const addrinfo& at) {
  FileDescriptor socket(::socket(at.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return socket;
  const bool listens =
      set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1) &&
      (at.ai_family != AF_INET6 || set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0)) &&
      set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1) &&
      set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMs) &&
      bind(socket.get(), at.ai_addr, at.ai_addrlen) == 0 && ::listen(socket.get(), kBacklog) == 0;
  if (listens) return socket;
  const int problem = errno;
  socket.reset();
  errno = problem;
  return socket;
}

/// Descriptors below this are for connections. The kernel gives the lowest free number, so a
/// connection's number says how many are open.
rlim_t connection_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kReserved;
  return limit.rlim_cur - std::min(kReserved, limit.rlim_cur / 2);
}

void complain(const char* why) {
  thread_local std::chrono::steady_clock::time_point next;
  const auto now = std::chrono::steady_clock::now();
  if (now < next) return;
  next = now + kComplainInterval;
  spdlog::warn("no further connection of a gateway can be taken for now: {}", why);
}

void take(const std::stop_token& stop, int listener, const ListeningSocket::Taken& taken) {
  const rlim_t limit = connection_limit();
  while (!stop.stop_requested()) {
    FileDescriptor connection(accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!connection.valid()) {
      if (stop.stop_requested()) return;
      if (errno == ECONNABORTED || errno == EINTR) continue;
      complain(std::strerror(errno));
      std::this_thread::sleep_for(kPause);
    } else if (static_cast<rlim_t>(connection.get()) >= limit) {
      complain("too many are open");
    } else {
      taken(listener, std::move(connection));
    }
  }
}

}  // namespace

Result<ListeningSocket> ListeningSocket::listen(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return cannot(address, "it has no port");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port = address.substr(colon + 1);
  const bool any = host.empty() || host == "0.0.0.0" || host == "::";
  // Both families; IPv4 alone where the machine has no other.
  const auto names = any ? std::vector<std::string>{"::", "0.0.0.0"} : std::vector{host};

  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  for (const auto& name : names) {
    addrinfo* found = nullptr;
    if (const int problem = getaddrinfo(name.c_str(), port.c_str(), &hints, &found); problem != 0)
      return cannot(address, gai_strerror(problem));
    const Addresses addresses(found);
    if (auto socket = listen_at(*addresses); socket.valid())
      return ListeningSocket(std::move(socket));
    if (errno == EADDRINUSE) break;
  }
  return cannot(address, std::strerror(errno));
}

void ListeningSocket::start(Taken taken) {
  thread_ = std::jthread([listener = socket_.get(), taken = std::move(taken)](
                             const std::stop_token& stop) { take(stop, listener, taken); });
}

void ListeningSocket::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  shutdown(socket_.get(), SHUT_RDWR);  // wakes accept4
  thread_.join();
  socket_.reset();
}

int ListeningSocket::port() const {
  sockaddr_in6 address{};  // the port is at the same place in both families
  socklen_t bytes = sizeof address;
  if (getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &bytes) != 0) return 0;
  return ntohs(address.sin6_port);
}

}  // namespace sekisho::console
