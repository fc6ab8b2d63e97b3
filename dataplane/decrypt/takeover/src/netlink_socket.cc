#include "netlink_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace sekisho::decrypt {
namespace {

Error failed(const char* what, int number) {
  return {Error::Code::io, std::string("netlink: ").append(what) + ": " + std::strerror(number)};
}

}  // namespace

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  append(&header, sizeof header);
}

void NetlinkRequest::append(const void* bytes, std::size_t size) {
  if (used_ + size > room_.size()) return;  // requests are fixed: see own_network.cc
  std::memcpy(room_.data() + used_, bytes, size);
  used_ = NLMSG_ALIGN(used_ + size);
}

NetlinkRequest& NetlinkRequest::attribute(std::uint16_t type, std::span<const std::uint8_t> value) {
  const rtattr header{static_cast<std::uint16_t>(RTA_LENGTH(value.size())), type};
  append(&header, sizeof header);
  if (!value.empty()) append(value.data(), value.size());
  return *this;
}

NetlinkRequest& NetlinkRequest::number(std::uint16_t type, std::uint32_t value) {
  std::array<std::uint8_t, sizeof value> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  return attribute(type, bytes);
}

std::span<const std::uint8_t> NetlinkRequest::bytes() {
  const auto length = static_cast<std::uint32_t>(used_);
  std::memcpy(room_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
  return std::span(room_).first(used_);
}

Result<NetlinkSocket> NetlinkSocket::open() {
  FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.valid()) return failed("socket", errno);
  return NetlinkSocket(std::move(socket));
}

Status NetlinkSocket::send(NetlinkRequest request) {
  const auto bytes = request.bytes();
  if (::send(socket_.get(), bytes.data(), bytes.size(), 0) < 0) return failed("send", errno);
  alignas(nlmsghdr) std::array<std::uint8_t, 4096> reply;
  const auto received = recv(socket_.get(), reply.data(), reply.size(), 0);
  if (received < 0) return failed("receive", errno);
  constexpr std::size_t kErrorAt = NLMSG_HDRLEN;
  std::uint16_t type = 0;
  int number = 0;
  if (static_cast<std::size_t>(received) < kErrorAt + sizeof number)
    return failed("short answer", EPROTO);
  std::memcpy(&type, reply.data() + offsetof(nlmsghdr, nlmsg_type), sizeof type);
  std::memcpy(&number, reply.data() + kErrorAt, sizeof number);
  if (type != NLMSG_ERROR) return failed("unexpected answer", EPROTO);
  if (number != 0 && number != -EEXIST) return failed("refused", -number);
  return ok();
}

}  // namespace sekisho::decrypt
