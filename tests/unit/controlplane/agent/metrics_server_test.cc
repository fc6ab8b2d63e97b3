#include "controlplane/agent/metrics_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

namespace sekisho::controlplane {
namespace {

FileDescriptor connect_to(std::uint16_t port) {
  sockaddr_in6 where{};
  where.sin6_family = AF_INET6;
  where.sin6_port = htons(port);
  where.sin6_addr = in6addr_loopback;
  FileDescriptor socket(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr address{};
  static_assert(sizeof where > sizeof address);
  sockaddr_storage storage{};
  std::memcpy(&storage, &where, sizeof where);
  REQUIRE(connect(socket.get(), static_cast<sockaddr*>(static_cast<void*>(&storage)),
                  sizeof where) == 0);
  return socket;
}

std::string read_all(const FileDescriptor& socket) {
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t n = 0; (n = recv(socket.get(), piece.data(), piece.size(), 0)) > 0;)
    text.append(piece.data(), static_cast<std::size_t>(n));
  return text;
}

void say(const FileDescriptor& socket, const std::string& text) {
  REQUIRE(send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(text.size()));
}

TEST_CASE("metrics are served while other clients are slow or silent") {
  std::string large(3 << 20, 'm');
  auto server = MetricsServer::open("[::1]:0", [&] { return large; });
  REQUIRE(server);
  const std::uint16_t port = server->port();
  const std::jthread thread([&](const std::stop_token& stop) { server->run(stop); });

  const auto silent = connect_to(port);
  const auto half = connect_to(port);
  say(half, "GET /metr");
  const auto not_reading = connect_to(port);
  say(not_reading, "GET /metrics HTTP/1.0\r\n\r\n");

  const auto good = connect_to(port);
  say(good, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string reply = read_all(good);
  CHECK(reply.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(reply.ends_with(large));

  const auto bad = connect_to(port);
  say(bad, "nonsense\r\n\r\n");
  CHECK(read_all(bad).starts_with("HTTP/1.1 400 "));

  say(half, "ics HTTP/1.0\r\n\r\n");
  CHECK(read_all(half).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a connection that never asks is closed after five seconds") {
  auto server = MetricsServer::open("[::1]:0", [] { return std::string("x 1\n"); });
  REQUIRE(server);
  const std::jthread thread([&](const std::stop_token& stop) { server->run(stop); });
  const auto silent = connect_to(server->port());
  const auto begin = std::chrono::steady_clock::now();
  CHECK(read_all(silent).empty());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("an address in use is an error that names it") {
  auto first = MetricsServer::open("[::1]:0", [] { return std::string(); });
  REQUIRE(first);
  const auto second =
      MetricsServer::open("[::1]:" + std::to_string(first->port()), [] { return std::string(); });
  REQUIRE_FALSE(second);
  CHECK(second.error().message.find(std::to_string(first->port())) != std::string::npos);
}

}  // namespace
}  // namespace sekisho::controlplane
