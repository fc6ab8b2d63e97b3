#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "dataplane/decrypt/virtual_link/link_queues.h"

namespace sekisho::decrypt {
namespace {

constexpr unsigned kOffloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
constexpr unsigned kMostQueues = 256;

Error failed(std::string_view what) {
  return {Error::Code::io, std::string(what).append(": ").append(std::strerror(errno))};
}

/// `return packet->mark`, as a program of the kernel's for TUNSETSTEERINGEBPF: the queue.
Result<FileDescriptor> steering_by_mark() {
  std::array<bpf_insn, 2> program{};
  program[0].code = BPF_LDX | BPF_MEM | BPF_W;
  program[0].dst_reg = BPF_REG_0;
  program[0].src_reg = BPF_REG_1;
  program[0].off = offsetof(__sk_buff, mark);
  program[1].code = BPF_JMP | BPF_EXIT;
  static constexpr char kLicense[] = "Apache-2.0";
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = reinterpret_cast<std::uintptr_t>(program.data());
  attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
  attributes.license = reinterpret_cast<std::uintptr_t>(&kLicense[0]);
  const auto fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
  if (fd < 0) return failed("load the program that steers packets to queues");
  return FileDescriptor(static_cast<int>(fd));
}

Result<FileDescriptor> open_queue(const std::string& name) {
  FileDescriptor queue(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!queue.valid()) return failed("/dev/net/tun");
  ifreq request{};
  std::copy(name.begin(), name.end(), std::begin(request.ifr_name));
  request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE | IFF_VNET_HDR);
  if (ioctl(queue.get(), TUNSETIFF, &request) != 0) return failed("TUNSETIFF " + name);
  const int header_bytes = kVirtualHeaderBytes;
  if (ioctl(queue.get(), TUNSETVNETHDRSZ, &header_bytes) != 0) return failed("TUNSETVNETHDRSZ");
  if (ioctl(queue.get(), TUNSETOFFLOAD, kOffloads) != 0) return failed("TUNSETOFFLOAD");
  return queue;
}

}  // namespace

bool LinkQueue::write(std::span<const iovec> parts) noexcept {
  return ::writev(queue_.get(), parts.data(), static_cast<int>(parts.size())) >= 0;
}

std::span<const std::uint8_t> LinkQueue::read(std::span<std::uint8_t> room) noexcept {
  const auto bytes = ::read(queue_.get(), room.data(), room.size());
  if (bytes < static_cast<ssize_t>(kVirtualHeaderBytes)) return {};
  return room.first(static_cast<std::size_t>(bytes));
}

Result<std::vector<LinkQueue>> make_link(const std::string& name, unsigned count) {
  if (count == 0 || count > kMostQueues || name.empty() || name.size() >= IFNAMSIZ)
    return Error{Error::Code::invalid_input,
                 "a link " + name + " of " + std::to_string(count) + " queues"};
  std::vector<LinkQueue> queues;
  for (unsigned i = 0; i < count; ++i) {
    auto queue = open_queue(name);
    if (!queue) return std::move(queue).error().within("queue " + std::to_string(i));
    queues.emplace_back(std::move(*queue));
  }
  auto steering = steering_by_mark();
  if (!steering) return std::move(steering).error();
  int program = steering->get();
  if (ioctl(queues.front().descriptor(), TUNSETSTEERINGEBPF, &program) != 0)
    return failed("TUNSETSTEERINGEBPF");
  return queues;
}

}  // namespace sekisho::decrypt
