#include "controlplane/agent/control_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>

namespace sekisho::controlplane {
namespace {

constexpr std::chrono::seconds kPlenty{5};

std::array<FileDescriptor, 2> pair() {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

TEST_CASE("root and the own user may ask, nobody else") {
  const auto ends = pair();
  CHECK(peer_may_ask(ends[0].get(), geteuid()));
  CHECK(peer_may_ask(ends[0].get(), geteuid() + 1) == (geteuid() == 0));
  CHECK_FALSE(peer_may_ask(-1, geteuid()));
}

TEST_CASE("a long request keeps nobody from another") {
  std::atomic<bool> release{false};
  ControlServer server([&](std::string_view request) {
    while (request == "slow" && !release) usleep(1000);
    return "answer to " + std::string(request);
  });
  auto slow = pair();
  auto quick = pair();
  REQUIRE(send_message(slow[0].get(), "slow", -1, kPlenty));
  REQUIRE(send_message(quick[0].get(), "quick", -1, kPlenty));
  server.serve(std::move(slow[1]));
  server.serve(std::move(quick[1]));
  const auto reply = receive_message(quick[0].get(), kMaxReplyBytes, kPlenty);
  REQUIRE(reply);
  CHECK(reply->body == "answer to quick");
  release = true;
  CHECK(receive_message(slow[0].get(), kMaxReplyBytes, kPlenty)->body == "answer to slow");
}

TEST_CASE("a frame over the limit is refused, a half one is closed, and the server goes on") {
  ControlServer server([](std::string_view request) { return std::string(request); });
  auto large = pair();
  const std::array<unsigned char, 4> head{0xff, 0xff, 0xff, 0x7f};
  REQUIRE(send(large[0].get(), head.data(), head.size(), 0) == 4);
  server.serve(std::move(large[1]));
  const auto refused = receive_message(large[0].get(), kMaxReplyBytes, kPlenty);
  REQUIRE(refused);
  CHECK(refused->body.find("over the limit") != std::string::npos);

  for (int i = 0; i < 20; ++i) {
    auto half = pair();
    REQUIRE(send(half[0].get(), head.data(), 2, 0) == 2);
    server.serve(std::move(half[1]));
  }
  auto good = pair();
  REQUIRE(send_message(good[0].get(), "good", -1, kPlenty));
  server.serve(std::move(good[1]));
  CHECK(receive_message(good[0].get(), kMaxReplyBytes, kPlenty)->body == "good");
}

}  // namespace
}  // namespace sekisho::controlplane
