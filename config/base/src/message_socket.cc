#include "config/base/message_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace sekisho {
namespace {

using Clock = std::chrono::steady_clock;

Error io_error(std::string_view what) {
  return {Error::Code::io, std::string(what) + ": " + std::strerror(errno)};
}

Result<sockaddr_un> unix_address(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return Error{Error::Code::invalid_input,
                 "socket path is longer than 107 bytes: " + std::string(path)};
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

/// Waits until `socket` is ready for `events` or `deadline` has passed.
Status wait_ready(int socket, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() < 0) return Error{Error::Code::io, "timed out"};
    pollfd entry{socket, events, 0};
    const int ready = poll(&entry, 1, static_cast<int>(left.count()));
    if (ready > 0) return ok();
    if (ready == 0) return Error{Error::Code::io, "timed out"};
    if (errno != EINTR) return io_error("poll");
  }
}

/// Reads into `out` until it is full; the first bytes may bring a descriptor.
Status receive_exactly(int socket, char* out, std::size_t size, FileDescriptor* attached,
                       Clock::time_point deadline) {
  std::size_t done = 0;
  while (done < size) {
    if (auto ready = wait_ready(socket, POLLIN, deadline); !ready) return ready;
    iovec part{out + done, size - done};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    const ssize_t got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return io_error("receive");
    for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
      // Padding leaves room for a second one, which a peer may use: each that came is ours to
      // close.
      for (std::size_t at = 0; CMSG_LEN(at) < c->cmsg_len; at += sizeof(int)) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(c) + at, sizeof(fd));
        FileDescriptor owned(fd);
        if (attached != nullptr) *attached = std::move(owned);
      }
    }
    if (got == 0)
      return Error{done == 0 ? Error::Code::not_found : Error::Code::io,
                   "the peer closed the connection"};
    done += static_cast<std::size_t>(got);
  }
  return ok();
}

Status send_exactly(int socket, std::string_view bytes, int attached, Clock::time_point deadline) {
  while (!bytes.empty()) {
    if (auto ready = wait_ready(socket, POLLOUT, deadline); !ready) return ready;
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (attached >= 0) {
      header.msg_control = control.data();
      header.msg_controllen = control.size();
      cmsghdr* c = CMSG_FIRSTHDR(&header);
      c->cmsg_level = SOL_SOCKET;
      c->cmsg_type = SCM_RIGHTS;
      c->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(c), &attached, sizeof(attached));
    }
    const ssize_t sent = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (sent < 0) return io_error("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    attached = -1;
  }
  return ok();
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::reset() noexcept {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Result<FileDescriptor> listen_unix(std::string_view path) {
  const auto address = unix_address(path);
  if (!address) return Error{address.error()};
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return io_error("socket");
  unlink(address->sun_path);
  const mode_t mask = umask(0117);
  const int bound =
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(sockaddr_un));
  umask(mask);
  if (bound != 0) return io_error("bind " + std::string(path));
  if (listen(socket.get(), 64) != 0) return io_error("listen " + std::string(path));
  return socket;
}

Result<FileDescriptor> connect_unix(std::string_view path) {
  const auto address = unix_address(path);
  if (!address) return Error{address.error()};
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return io_error("socket");
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(sockaddr_un)) !=
      0) {
    const bool absent = errno == ENOENT || errno == ECONNREFUSED;
    auto error = io_error("connect " + std::string(path));
    if (absent) error.code = Error::Code::not_found;
    return error;
  }
  return socket;
}

Status send_message(int socket, std::string_view body, int attached,
                    std::chrono::milliseconds timeout) {
  if (body.size() > kMaxReplyBytes)
    return Error{Error::Code::resource,
                 "message of " + std::to_string(body.size()) + " bytes is over the limit"};
  const auto deadline = Clock::now() + timeout;
  const auto size = static_cast<std::uint32_t>(body.size());
  std::string frame;
  frame.reserve(body.size() + 4);
  for (unsigned i = 0; i < 4; ++i) frame.push_back(static_cast<char>(size >> (8 * i)));
  frame.append(body);
  return send_exactly(socket, frame, attached, deadline);
}

Result<Message> receive_message(int socket, std::size_t max_bytes,
                                std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  Message message;
  std::array<char, 4> head{};
  if (auto got = receive_exactly(socket, head.data(), head.size(), &message.attached, deadline);
      !got)
    return std::move(got).error();
  std::uint32_t size = 0;
  for (unsigned i = 0; i < 4; ++i)
    size |= static_cast<std::uint32_t>(static_cast<unsigned char>(head[i])) << (8 * i);
  if (size > max_bytes)
    return Error{Error::Code::invalid_input, "frame of " + std::to_string(size) +
                                                 " bytes is over the limit of " +
                                                 std::to_string(max_bytes)};
  message.body.resize(size);
  if (auto got = receive_exactly(socket, message.body.data(), size, &message.attached, deadline);
      !got) {
    Error error = std::move(got).error();
    error.code = Error::Code::io;
    return error;
  }
  return message;
}

Result<std::string> request_unix(std::string_view path, std::string_view body, int attached,
                                 std::chrono::milliseconds timeout) {
  auto socket = connect_unix(path);
  if (!socket) return std::move(socket).error();
  if (auto sent = send_message(socket->get(), body, attached, timeout); !sent)
    return std::move(sent).error();
  auto reply = receive_message(socket->get(), kMaxReplyBytes, timeout);
  if (!reply) return std::move(reply).error();
  return std::move(reply->body);
}

}  // namespace sekisho
