#include "wire_socket.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sekisho::tests {

Result<WireSocket> WireSocket::open(const std::string& interface) {
  FileDescriptor socket(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL)));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  constexpr int kBufferBytes = 8 << 20;
  for (const int option : {SO_RCVBUFFORCE, SO_SNDBUFFORCE})
    (void)setsockopt(socket.get(), SOL_SOCKET, option, &kBufferBytes, sizeof kBufferBytes);
  if (!socket.valid() ||
      bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return Error{Error::Code::io, interface + ": " + std::strerror(errno)};
  return WireSocket(std::move(socket));
}

std::span<std::uint8_t> WireSocket::receive(std::span<std::uint8_t> room) const noexcept {
  for (;;) {
    sockaddr_ll from{};
    socklen_t size = sizeof from;
    const auto bytes = recvfrom(socket_.get(), room.data(), room.size(), 0,
                                reinterpret_cast<sockaddr*>(&from), &size);
    if (bytes <= 0) return {};
    if (from.sll_pkttype != PACKET_OUTGOING) return room.first(static_cast<std::size_t>(bytes));
  }
}

void WireSocket::send(std::span<const std::uint8_t> frame) const noexcept {
  while (::send(socket_.get(), frame.data(), frame.size(), 0) < 0 && errno == ENOBUFS) continue;
}

}  // namespace sekisho::tests
