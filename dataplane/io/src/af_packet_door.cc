#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

/// Stands before the C library's setsockopt, for net_af_packet's sake: DPDK 22.11 makes each of its
/// sockets a fanout group with PACKET_FANOUT_FLAG_DEFRAG, so the kernel would join IPv4 fragments
/// into frames longer than any MTU, and has no argument to prevent it. A bridge wants frames as
/// they came. Everything else goes to the kernel as it is.
extern "C" int setsockopt(int socket, int level, int name, const void* value,
                          socklen_t size) noexcept {
  std::uint32_t fanout = 0;
  if (level == SOL_PACKET && name == PACKET_FANOUT && size == sizeof(fanout)) {
    std::memcpy(&fanout, value, sizeof(fanout));
    fanout &= ~(std::uint32_t{PACKET_FANOUT_FLAG_DEFRAG} << 16);
    value = &fanout;
  }
  return static_cast<int>(syscall(SYS_setsockopt, socket, level, name, value, size));
}
