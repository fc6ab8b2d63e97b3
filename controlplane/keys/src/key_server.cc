#include "controlplane/keys/key_server.h"

#include <openssl/crypto.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "config/base/text_bytes.h"
#include "config/keys/messages.h"

namespace sekisho::controlplane {
namespace {

constexpr std::size_t kMaxConnections = 64;  // sekisho-decrypt has one for each of its cores
constexpr std::size_t kHeadBytes = 4;
constexpr std::size_t kPieceBytes = std::size_t{16} * 1024;

std::size_t frame_size(std::string_view head) {
  std::size_t size = 0;
  for (std::size_t i = kHeadBytes; i-- > 0;) size = size << 8 | static_cast<unsigned char>(head[i]);
  return size;
}

std::string framed(std::string_view body) {
  std::string frame;
  for (unsigned shift = 0; shift < 32; shift += 8)
    frame.push_back(static_cast<char>(body.size() >> shift));
  return frame.append(body);
}

bool is_later(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

KeyServer::KeyServer(FileDescriptor listener, FileDescriptor signals, Answer answer)
    : listener_(std::move(listener)), signals_(std::move(signals)), answer_(std::move(answer)) {}

Status KeyServer::run() {
  std::vector<pollfd> ready;
  for (;;) {
    ready.assign({{signals_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}});
    for (const auto& c : connections_)
      ready.push_back(
          {c.socket.get(), static_cast<short>(c.to_send.empty() ? POLLIN : POLLOUT), 0});
    if (poll(ready.data(), ready.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return Error{Error::Code::io, "poll: " + std::string(std::strerror(errno))};
    }
    if (ready[0].revents != 0) return ok();
    std::size_t at = 2;
    for (auto c = connections_.begin(); c != connections_.end(); ++at)
      c = ready[at].revents == 0 || go_on(*c, ready[at].revents) ? std::next(c)
                                                                 : connections_.erase(c);
    if (ready[1].revents != 0) accept_all();
  }
}

void KeyServer::accept_all() {
  for (;;) {
    FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        size != sizeof peer || connections_.size() >= kMaxConnections)
      continue;  // closes it
    connections_.push_back({std::move(socket), peer.uid, {}, {}});
  }
}

bool KeyServer::go_on(Connection& connection, short ready) {
  if (connection.to_send.empty()) return (ready & POLLIN) != 0 && receive(connection);
  // What it had sent behind the answered request waits for nothing any more.
  return send(connection) && (!connection.to_send.empty() || answer_frames(connection));
}

bool KeyServer::receive(Connection& connection) {
  std::array<char, kPieceBytes> piece{};
  const ssize_t got = recv(connection.socket.get(), piece.data(), piece.size(), MSG_DONTWAIT);
  if (got < 0) return is_later(errno);
  if (got == 0) return false;
  connection.received.append(piece.data(), static_cast<std::size_t>(got));
  OPENSSL_cleanse(piece.data(), static_cast<std::size_t>(got));  // it may have been a key
  return answer_frames(connection);
}

bool KeyServer::answer_frames(Connection& connection) {
  std::string& received = connection.received;
  while (connection.to_send.empty() && received.size() >= kHeadBytes) {
    const std::size_t size = frame_size(received);
    if (size > keys::kMaxMessageBytes) return false;
    if (received.size() < kHeadBytes + size) break;
    const auto body = std::string_view(received).substr(kHeadBytes, size);
    connection.to_send = framed(answer_(connection.user, bytes_of(body)));
    OPENSSL_cleanse(received.data(), kHeadBytes + size);
    received.erase(0, kHeadBytes + size);
    if (!send(connection)) return false;
  }
  return true;
}

bool KeyServer::send(Connection& connection) {
  while (!connection.to_send.empty()) {
    const ssize_t sent = ::send(connection.socket.get(), connection.to_send.data(),
                                connection.to_send.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return is_later(errno);
    connection.to_send.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace sekisho::controlplane
