#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sekisho::bench {

/// Floods a veth with copies of one UDP frame by the kernel's own means: an XDP program run on live
/// frames (BPF_PROG_TEST_RUN), which redirects each to the interface. Several times what a socket
/// can send. The source port of each copy is a random one of `flows`, from `first_port` on. What is
/// at the cable's other end has to take XDP frames: an XDP program, an AF_XDP socket, or GRO
/// switched on.
class XdpFlood {
 public:
  /// Throws std::system_error where the kernel cannot. The interface is one of the network
  /// namespace that the thread is in, now and in run().
  XdpFlood(const std::string& interface, std::uint16_t first_port, std::size_t flows);
  XdpFlood(const XdpFlood&) = delete;
  XdpFlood& operator=(const XdpFlood&) = delete;
  ~XdpFlood();

  /// Sends `count` copies.
  void run(std::vector<std::uint8_t> frame, std::uint32_t count) const;

 private:
  int program_;
};

}  // namespace sekisho::bench
