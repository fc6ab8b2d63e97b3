// Connections out of nothing: TCP_REPAIR as checkpoint and restore uses it (CRIU).
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "dataplane/decrypt/takeover/rebuild.h"

namespace sekisho::decrypt {
namespace {

constexpr int kOptMss = 2, kOptWindowScale = 3, kOptSackPermitted = 4, kOptTimestamps = 8;
constexpr int kReceiveQueue = 1, kSendQueue = 2;
constexpr int kLeaveWithoutProbe = -1;
// A vanished end is noticed in two hours otherwise, and the flow table forgets the flow before.
constexpr int kIdleSeconds = 300, kProbeSeconds = 30, kProbes = 6;
// Unsent bytes that the kernel takes for an end that reads slowly.
constexpr int kUnsentBytes = 128 << 10;

Error refused(std::string_view step) {
  const bool taken = errno == EADDRINUSE || errno == EADDRNOTAVAIL || errno == EEXIST;
  const auto code =
      taken || errno == ENOMEM || errno == EMFILE ? Error::Code::resource : Error::Code::io;
  return {code, std::string(step).append(": ").append(std::strerror(errno))};
}

/// A socket with what is set on it; the first refusal stands.
class Half {
 public:
  Half(const IpAddress& local, std::uint32_t mark)
      : family_(local.is_v4() ? AF_INET : AF_INET6),
        socket_(::socket(family_, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    if (!socket_.valid()) fail("socket");
    // Addresses that are not ours.
    if (family_ == AF_INET)
      set(SOL_IP, IP_TRANSPARENT, 1, "IP_TRANSPARENT");
    else
      set(SOL_IPV6, IPV6_TRANSPARENT, 1, "IPV6_TRANSPARENT");
    set(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
    set(SOL_SOCKET, SO_MARK, static_cast<int>(mark), "SO_MARK");
    set(SOL_SOCKET, SO_OOBINLINE, 1, "SO_OOBINLINE");
  }

  void set(int level, int option, int value, std::string_view step) {
    set_value(level, option, value, step);
  }
  template <class T>
  void set_value(int level, int option, const T& value, std::string_view step) {
    if (failed_) return;
    if (setsockopt(socket_.get(), level, option, &value, sizeof value) != 0) fail(step);
  }

  void bind_to(const IpAddress& address, std::uint16_t port) {
    address_call(address, port, ::bind, "bind");
  }
  /// In repair mode: becomes established, sends nothing.
  void connect_to(const IpAddress& address, std::uint16_t port) {
    address_call(address, port, ::connect, "connect");
  }

  Result<FileDescriptor> take() && {
    if (failed_) return Error{error_};
    return std::move(socket_);
  }

 private:
  template <class Call>
  void address_call(const IpAddress& address, std::uint16_t port, Call call,
                    std::string_view step) {
    if (failed_) return;
    sockaddr_storage storage{};
    socklen_t bytes = 0;
    if (family_ == AF_INET) {
      sockaddr_in in{};
      in.sin_family = AF_INET;
      in.sin_port = htons(port);
      in.sin_addr.s_addr = htonl(address.v4());
      bytes = sizeof in;
      std::memcpy(&storage, &in, sizeof in);
    } else {
      sockaddr_in6 in{};
      in.sin6_family = AF_INET6;
      in.sin6_port = htons(port);
      std::memcpy(&in.sin6_addr, address.bytes.data(), address.bytes.size());
      bytes = sizeof in;
      std::memcpy(&storage, &in, sizeof in);
    }
    if (call(socket_.get(), reinterpret_cast<sockaddr*>(&storage), bytes) != 0) fail(step);
  }

  void fail(std::string_view step) {
    failed_ = true;
    error_ = refused(step);
  }

  int family_;
  FileDescriptor socket_;
  bool failed_ = false;
  Error error_{Error::Code::io, {}};
};

/// What both ends agreed on in their SYNs. `speaks_as`: the end in whose name the socket is.
void set_options(Half& half, const Handover& all, const HandoverEnd& speaks_as,
                 const HandoverEnd& peer) {
  std::array<tcp_repair_opt, 4> options{};
  std::size_t count = 0;
  options[count++] = {kOptMss, peer.mss};
  // Said in any case: connect() has chosen a scale of its own.
  const bool scales = peer.scale != HandoverEnd::kNoScale;
  options[count++] = {
      kOptWindowScale,
      scales ? std::uint32_t{peer.scale} | std::uint32_t{speaks_as.scale} << 16 : 0};
  if (all.sack != 0) options[count++] = {kOptSackPermitted, 0};
  if (all.timestamps != 0) options[count++] = {kOptTimestamps, 0};
  for (std::size_t i = 0; i < count; ++i)
    half.set_value(IPPROTO_TCP, TCP_REPAIR_OPTIONS, options[i], "TCP_REPAIR_OPTIONS");
  if (all.timestamps == 0) return;
  // The end's clock goes on from where it was; how fast it went nobody knows, and milliseconds are
  // what most have. The lowest bit would choose microseconds (Linux 6.7).
  const auto clock = (speaks_as.timestamp + all.age_ms + 1) & ~1U;
  half.set_value(IPPROTO_TCP, TCP_TIMESTAMP, clock, "TCP_TIMESTAMP");
}

void set_windows(Half& half, const HandoverEnd& speaks_as, const HandoverEnd& peer) {
  const tcp_repair_window windows{
      .snd_wl1 = peer.next_seq - 1,  // so that its next segment's window counts
      .snd_wnd = peer.window,
      .max_window = std::max(peer.window, 1U),
      .rcv_wnd = speaks_as.window,
      .rcv_wup = peer.next_seq,
  };
  half.set_value(IPPROTO_TCP, TCP_REPAIR_WINDOW, windows, "TCP_REPAIR_WINDOW");
}

Result<FileDescriptor> rebuild_half(const Handover& all, Side towards, std::uint32_t mark) {
  const auto& speaks_as = all.end(other(towards));
  const auto& peer = all.end(towards);
  Half half(speaks_as.address, mark);
  half.set(IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_ON, "TCP_REPAIR");
  half.bind_to(speaks_as.address, speaks_as.port);
  half.set(IPPROTO_TCP, TCP_REPAIR_QUEUE, kSendQueue, "TCP_REPAIR_QUEUE");
  half.set_value(IPPROTO_TCP, TCP_QUEUE_SEQ, speaks_as.next_seq, "TCP_QUEUE_SEQ");
  half.set(IPPROTO_TCP, TCP_REPAIR_QUEUE, kReceiveQueue, "TCP_REPAIR_QUEUE");
  half.set_value(IPPROTO_TCP, TCP_QUEUE_SEQ, peer.next_seq, "TCP_QUEUE_SEQ");
  half.connect_to(peer.address, peer.port);
  set_options(half, all, speaks_as, peer);
  set_windows(half, speaks_as, peer);
  half.set(IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
  half.set(IPPROTO_TCP, TCP_NOTSENT_LOWAT, kUnsentBytes, "TCP_NOTSENT_LOWAT");
  half.set(SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE");
  half.set(IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds, "TCP_KEEPIDLE");
  half.set(IPPROTO_TCP, TCP_KEEPINTVL, kProbeSeconds, "TCP_KEEPINTVL");
  half.set(IPPROTO_TCP, TCP_KEEPCNT, kProbes, "TCP_KEEPCNT");
  half.set(IPPROTO_TCP, TCP_REPAIR, kLeaveWithoutProbe, "TCP_REPAIR");
  return std::move(half).take();
}

/// In repair mode a socket closes in silence.
void close_silently(const FileDescriptor& socket) noexcept {
  const int on = TCP_REPAIR_ON;
  if (socket.valid()) (void)setsockopt(socket.get(), IPPROTO_TCP, TCP_REPAIR, &on, sizeof on);
}

}  // namespace

Result<RebuiltPair> rebuild(const Handover& handover, std::uint32_t mark) {
  RebuiltPair pair;
  auto client = rebuild_half(handover, Side::client, mark);
  if (!client) return std::move(client).error().within("towards the client");
  pair.client = std::move(*client);
  auto server = rebuild_half(handover, Side::server, mark);
  if (!server) {
    close_silently(pair.client);
    return std::move(server).error().within("towards the server");
  }
  pair.server = std::move(*server);
  return pair;
}

void forget(RebuiltPair pair) noexcept {
  close_silently(pair.client);
  close_silently(pair.server);
}

void reset(FileDescriptor connection) noexcept {
  if (!connection.valid()) return;
  const linger now{.l_onoff = 1, .l_linger = 0};
  (void)setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace sekisho::decrypt
