// Frames of the local sockets as any peer could write them. The first byte says how many
// descriptors ride along; the rest is what the peer writes before it closes.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "config/base/message_socket.h"

namespace {

using namespace sekisho;

constexpr std::size_t kMostRiders = 8;
constexpr std::size_t kLimit = 4096;

/// Any descriptor but the sockets' own, which would keep the connection open.
int rider() {
  static const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  return fd;
}

void send_with_riders(int socket, const std::uint8_t* data, std::size_t size, std::size_t riders) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostRiders * sizeof(int))> control{};
  iovec part{const_cast<std::uint8_t*>(data), size};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (riders != 0) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(riders * sizeof(int));
    cmsghdr* c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(riders * sizeof(int));
    std::array<int, kMostRiders> fds{};
    fds.fill(rider());
    std::memcpy(CMSG_DATA(c), fds.data(), riders * sizeof(int));
  }
  (void)!sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int lowest_free_descriptor() {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(fd);
  return fd;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  (void)rider();
  const int free_before = lowest_free_descriptor();
  {
    std::array<int, 2> fds{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) std::abort();
    FileDescriptor near(fds[0]);
    const FileDescriptor far(fds[1]);
    send_with_riders(near.get(), data + 1, size - 1, data[0] % (kMostRiders + 1));
    near.reset();
    std::size_t messages = 0;
    for (;; ++messages) {
      const auto message = receive_message(far.get(), kLimit, std::chrono::milliseconds(1000));
      if (!message) {
        if (message.error().message.empty()) std::abort();
        if (message.error().message == "timed out") std::abort();  // the peer is gone
        break;
      }
      if (message->body.size() > kLimit) std::abort();
    }
    if (messages > size / 4) std::abort();
  }
  if (lowest_free_descriptor() != free_before) std::abort();
  return 0;
}
