#include "controlplane/agent/syslog.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>

#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

const EventLine kLine{R"({"event_type":"drop"})", "drop", 1'700'000'000'123'456'789};

TEST_CASE("an event is one RFC 5424 message") {
  CHECK(
      syslog_message(kLine, "tokyo-1", 42) ==
      R"(<164>1 2023-11-14T22:13:20.123456Z tokyo-1 sekisho-control 42 drop - {"event_type":"drop"})");
  CHECK(syslog_message({"{}", "flow", 0}, "", 1) ==
        "<166>1 1970-01-01T00:00:00.000000Z - sekisho-control 1 flow - {}");
  CHECK(syslog_message({"{}", "policy", 0}, "h", 1).starts_with("<165>1 "));
  CHECK(syslog_message({"{}", "policy_change", 0}, "h", 1).starts_with("<165>1 "));
}

FileDescriptor unix_receiver(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
  REQUIRE(bind(socket.get(), static_cast<sockaddr*>(static_cast<void*>(&name)), sizeof name) == 0);
  return socket;
}

TEST_CASE("a full collector costs counted messages and no time") {
  const ScratchFolder folder;
  const auto receiver = unix_receiver(folder.file("log"));
  auto sender = SyslogSender::open("unix:" + folder.file("log"), "h");
  REQUIRE(sender);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i) sender->send(kLine);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  CHECK(sender->sent() > 0);
  CHECK(sender->lost() > 0);
  CHECK(sender->sent() + sender->lost() == 10'000);
  std::uint64_t received = 0;
  std::array<char, 512> piece{};
  while (recv(receiver.get(), piece.data(), piece.size(), 0) > 0) ++received;
  CHECK(received == sender->sent());
}

TEST_CASE("a collector that comes later is found") {
  const ScratchFolder folder;
  auto sender = SyslogSender::open("unix:" + folder.file("log"), "h");
  REQUIRE(sender);
  sender->send(kLine);
  CHECK(sender->lost() == 1);
  const auto receiver = unix_receiver(folder.file("log"));
  for (int i = 0; i < 40 && sender->sent() == 0; ++i) {
    usleep(100'000);
    sender->send(kLine);
  }
  CHECK(sender->sent() == 1);
}

TEST_CASE("messages arrive by UDP") {
  FileDescriptor receiver(::socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof any;
  auto* const name = static_cast<sockaddr*>(static_cast<void*>(&any));
  REQUIRE(bind(receiver.get(), name, size) == 0);
  REQUIRE(getsockname(receiver.get(), name, &size) == 0);
  auto sender = SyslogSender::open("udp:127.0.0.1:" + std::to_string(ntohs(any.sin_port)), "h");
  REQUIRE(sender);
  sender->send(kLine);
  std::array<char, 512> piece{};
  const ssize_t got = recv(receiver.get(), piece.data(), piece.size(), 0);
  CHECK(std::string(piece.data(), static_cast<std::size_t>(got)) ==
        syslog_message(kLine, "h", getpid()));
}

TEST_CASE("a target that makes no sense is refused at once") {
  CHECK_FALSE(SyslogSender::open("tcp:127.0.0.1:1", "h"));
  CHECK_FALSE(SyslogSender::open("udp:name:514", "h"));
  CHECK_FALSE(SyslogSender::open("unix:" + std::string(200, 'x'), "h"));
}

}  // namespace
}  // namespace sekisho::controlplane
