#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/base/message_socket.h"
#include "config/base/result.h"
#include "dataplane/decrypt/virtual_link/virtual_header.h"

namespace sekisho::decrypt {

/// One queue of the virtual link, a TUN interface: IP packets, super-segments among them, each
/// behind a VirtualHeader. Used by one thread.
class LinkQueue {
 public:
  explicit LinkQueue(FileDescriptor queue) noexcept : queue_(std::move(queue)) {}

  int descriptor() const noexcept { return queue_.get(); }  // not blocking

  /// To the kernel, which has received it when this returns. False: it was refused, as a network
  /// loses a packet.
  bool write(std::span<const iovec> parts) noexcept;

  /// What the kernel sends next: header and packet in `room`, which takes kVirtualHeaderBytes and
  /// 64 KB. Empty: nothing waits.
  std::span<const std::uint8_t> read(std::span<std::uint8_t> room) noexcept;

 private:
  FileDescriptor queue_;
};

inline constexpr std::size_t kLinkReadBytes = kVirtualHeaderBytes + 0xffff + 40;

/// Makes the interface `name` in this network namespace, with `count` queues. What a socket with
/// SO_MARK n sends comes out of queue n. Needs CAP_NET_ADMIN and CAP_BPF; the interface goes with
/// the last queue.
Result<std::vector<LinkQueue>> make_link(const std::string& name, unsigned count);

}  // namespace sekisho::decrypt
