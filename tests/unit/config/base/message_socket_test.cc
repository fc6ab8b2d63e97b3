#include "config/base/message_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <thread>

namespace sekisho {
namespace {

using std::chrono::milliseconds;

struct SocketPair {
  FileDescriptor near;
  FileDescriptor far;
};

SocketPair make_pair() {
  std::array<int, 2> fds{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
  return {FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}

void write_raw(const FileDescriptor& socket, std::string_view bytes) {
  REQUIRE(write(socket.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

/// A folder for sockets that goes when the test ends.
class SocketFolder {
 public:
  SocketFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "sekisho_socket_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~SocketFolder() { std::filesystem::remove_all(path_); }
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;
  std::string socket() const { return path_ + "/s"; }

 private:
  std::string path_;
};

TEST_CASE("a message arrives whole, whatever its size") {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{3'000'000}}) {
    CAPTURE(size);
    const auto [near, far] = make_pair();
    std::string body(size, 'x');
    if (size > 0) body.back() = 'y';
    Status sent = ok();
    std::thread sender(
        [&, socket = near.get()] { sent = send_message(socket, body, -1, milliseconds(5000)); });
    const auto received = receive_message(far.get(), kMaxRequestBytes, milliseconds(5000));
    sender.join();
    REQUIRE(sent);
    REQUIRE(received);
    CHECK(received->body == body);
    CHECK_FALSE(received->attached.valid());
  }
}

TEST_CASE("messages that follow one another are told apart") {
  const auto [near, far] = make_pair();
  REQUIRE(send_message(near.get(), "one", -1, milliseconds(1000)));
  REQUIRE(send_message(near.get(), "", -1, milliseconds(1000)));
  REQUIRE(send_message(near.get(), "three", -1, milliseconds(1000)));
  CHECK(receive_message(far.get(), 16, milliseconds(1000))->body == "one");
  CHECK(receive_message(far.get(), 16, milliseconds(1000))->body.empty());
  CHECK(receive_message(far.get(), 16, milliseconds(1000))->body == "three");
}

TEST_CASE("the length is four bytes, least significant first") {
  const auto [near, far] = make_pair();
  REQUIRE(send_message(near.get(), std::string(0x0102, 'x'), -1, milliseconds(1000)));
  std::array<std::uint8_t, 4> head{};
  REQUIRE(read(far.get(), head.data(), head.size()) == 4);
  CHECK(head == std::array<std::uint8_t, 4>{0x02, 0x01, 0, 0});
}

TEST_CASE("a frame over the receiver's limit is refused before its body is read") {
  const auto [near, far] = make_pair();
  write_raw(near, std::string_view("\x11\0\0\0", 4));
  const auto at_limit = receive_message(far.get(), 16, milliseconds(1000));
  REQUIRE_FALSE(at_limit);
  CHECK(at_limit.error().code == Error::Code::invalid_input);
  CHECK(at_limit.error().message == "frame of 17 bytes is over the limit of 16");

  write_raw(near, std::string_view("\xff\xff\xff\xff", 4));
  CHECK_FALSE(receive_message(far.get(), kMaxReplyBytes, milliseconds(1000)));
}

TEST_CASE("a frame of exactly the limit is accepted") {
  const auto [near, far] = make_pair();
  REQUIRE(send_message(near.get(), "0123456789abcdef", -1, milliseconds(1000)));
  CHECK(receive_message(far.get(), 16, milliseconds(1000))->body == "0123456789abcdef");
}

TEST_CASE("a body over every limit is not sent at all") {
  const auto [near, far] = make_pair();
  const auto sent =
      send_message(near.get(), std::string(kMaxReplyBytes + 1, 'x'), -1, milliseconds(1000));
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == Error::Code::resource);
  char byte = 0;
  CHECK(recv(far.get(), &byte, 1, MSG_DONTWAIT) == -1);
}

TEST_CASE("a peer that closes between frames is told from one that closes inside a frame") {
  const std::string frame("\x04\0\0\0abcd", 8);
  for (std::size_t cut = 0; cut < frame.size(); ++cut) {
    CAPTURE(cut);
    auto [near, far] = make_pair();
    write_raw(near, std::string_view(frame).substr(0, cut));
    near.reset();
    const auto received = receive_message(far.get(), 16, milliseconds(1000));
    REQUIRE_FALSE(received);
    CHECK(received.error().code == (cut == 0 ? Error::Code::not_found : Error::Code::io));
  }
}

TEST_CASE("waiting for a message ends at the time given") {
  const auto [near, far] = make_pair();
  write_raw(near, std::string_view("\x04\0\0\0ab", 6));
  const auto start = std::chrono::steady_clock::now();
  const auto received = receive_message(far.get(), 16, milliseconds(50));
  const auto waited = std::chrono::steady_clock::now() - start;
  REQUIRE_FALSE(received);
  CHECK(received.error().message == "timed out");
  CHECK(waited >= milliseconds(45));
  CHECK(waited < milliseconds(5000));
}

TEST_CASE("sending to a peer that does not read ends at the time given") {
  const auto [near, far] = make_pair();
  std::string more_than_buffered;
  more_than_buffered.resize(16'000'000, 'x');
  const auto sent = send_message(near.get(), more_than_buffered, -1, milliseconds(50));
  REQUIRE_FALSE(sent);
  CHECK(sent.error().message == "timed out");
}

TEST_CASE("sending to a peer that is gone is an error, not a signal") {
  auto [near, far] = make_pair();
  far.reset();
  const auto sent = send_message(near.get(), "x", -1, milliseconds(100));
  REQUIRE_FALSE(sent);
  CHECK(sent.error().code == Error::Code::io);
}

TEST_CASE("a descriptor rides along and is closed on exec") {
  const auto [near, far] = make_pair();
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  const FileDescriptor reading(pipe_ends[0]);
  FileDescriptor writing(pipe_ends[1]);
  REQUIRE(send_message(near.get(), "take it", writing.get(), milliseconds(1000)));
  writing.reset();
  auto received = receive_message(far.get(), 16, milliseconds(1000));
  REQUIRE(received);
  CHECK(received->body == "take it");
  REQUIRE(received->attached.valid());
  CHECK((fcntl(received->attached.get(), F_GETFD) & FD_CLOEXEC) != 0);
  write_raw(received->attached, "hello");
  std::array<char, 5> text{};
  REQUIRE(read(reading.get(), text.data(), text.size()) == 5);
  CHECK(std::string_view(text.data(), text.size()) == "hello");
}

TEST_CASE("descriptors beyond the one that may ride along are closed") {
  const auto [near, far] = make_pair();
  const std::array<int, 2> riders{dup(near.get()), dup(near.get())};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof riders)> control{};
  std::string frame("\x02\0\0\0{}", 6);
  iovec part{frame.data(), frame.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* c = CMSG_FIRSTHDR(&header);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof riders);
  std::memcpy(CMSG_DATA(c), riders.data(), sizeof riders);
  REQUIRE(sendmsg(near.get(), &header, 0) == static_cast<ssize_t>(frame.size()));
  for (const int rider : riders) close(rider);

  const FileDescriptor lowest_free(dup(near.get()));
  {
    const auto received = receive_message(far.get(), kMaxRequestBytes, milliseconds(1000));
    REQUIRE(received);
    CHECK(received->attached.valid());
  }
  // Were one left open, the next would get a higher number than what came first in its place.
  const FileDescriptor next(dup(near.get()));
  CHECK(next.get() == lowest_free.get() + 1);
}

TEST_CASE("a request gets its reply through a socket in the file system") {
  const SocketFolder folder;
  const auto listener = listen_unix(folder.socket());
  REQUIRE(listener);
  struct stat info {};
  REQUIRE(stat(folder.socket().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0660);
  std::thread server([socket = listener->get()] {
    int accepted = -1;
    for (int i = 0; i < 5000 && accepted < 0; ++i) {
      accepted = accept4(socket, nullptr, nullptr, SOCK_CLOEXEC);
      if (accepted < 0) std::this_thread::sleep_for(milliseconds(1));
    }
    const FileDescriptor connection(accepted);
    const auto request = receive_message(connection.get(), kMaxRequestBytes, milliseconds(5000));
    if (request) (void)send_message(connection.get(), request->body + "!", -1, milliseconds(5000));
  });
  const auto reply = request_unix(folder.socket(), "hello", -1, milliseconds(5000));
  server.join();
  REQUIRE(reply);
  CHECK(*reply == "hello!");
}

TEST_CASE("listening replaces a stale socket file") {
  const SocketFolder folder;
  { REQUIRE(listen_unix(folder.socket())); }
  CHECK(listen_unix(folder.socket()));
}

TEST_CASE("nobody listening is not_found, a path too long is invalid_input") {
  const SocketFolder folder;
  CHECK(connect_unix(folder.socket()).error().code == Error::Code::not_found);
  { REQUIRE(listen_unix(folder.socket())); }
  CHECK(connect_unix(folder.socket()).error().code == Error::Code::not_found);
  CHECK(connect_unix("/" + std::string(200, 'x')).error().code == Error::Code::invalid_input);
}

TEST_CASE("a descriptor has one owner at a time") {
  std::array<int, 2> fds{};
  REQUIRE(pipe(fds.data()) == 0);
  const FileDescriptor other(fds[1]);
  FileDescriptor first(fds[0]);
  FileDescriptor second(std::move(first));
  CHECK_FALSE(first.valid());  // NOLINT(bugprone-use-after-move): what a move leaves is the point
  FileDescriptor third;
  third = std::move(second);
  CHECK(third.get() == fds[0]);
  third.reset();
  CHECK(fcntl(fds[0], F_GETFD) == -1);
}

}  // namespace
}  // namespace sekisho
