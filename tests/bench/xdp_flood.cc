#include "xdp_flood.h"

#include <linux/bpf.h>
#include <net/if.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace sekisho::bench {
namespace {

constexpr std::int16_t kUdpSourcePort =
    14 + 20;  // after Ethernet and an IPv4 header without options
constexpr std::int32_t kLeastFrame = 14 + 20 + 8;
constexpr std::uint32_t kBatch = 64;

constexpr bpf_insn instruction(int code, std::uint8_t to, std::uint8_t from = 0,
                               std::int16_t offset = 0, std::int32_t value = 0) {
  return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(to & 0xf),
          static_cast<std::uint8_t>(from & 0xf), offset, value};
}
constexpr bpf_insn call(std::int32_t helper) {
  return instruction(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}
constexpr bpf_insn load(std::uint8_t to, std::size_t field_of_context) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, BPF_REG_1,
                     static_cast<std::int16_t>(field_of_context));
}

/// if (data + kLeastFrame > data_end) return XDP_DROP;
/// *(be16*)(data + kUdpSourcePort) = htons(first_port + random() % flows);
/// return bpf_redirect(interface, 0);
std::array<bpf_insn, 16> make_program(std::int32_t interface, std::int32_t first_port,
                                      std::int32_t flows) {
  constexpr int kSet = BPF_ALU64 | BPF_MOV | BPF_K, kCopy = BPF_ALU64 | BPF_MOV | BPF_X;
  return {load(BPF_REG_6, offsetof(xdp_md, data)),
          load(BPF_REG_3, offsetof(xdp_md, data_end)),
          instruction(kCopy, BPF_REG_4, BPF_REG_6),
          instruction(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_4, 0, 0, kLeastFrame),
          instruction(BPF_JMP | BPF_JLE | BPF_X, BPF_REG_4, BPF_REG_3, 2),
          instruction(kSet, BPF_REG_0, 0, 0, XDP_DROP),
          instruction(BPF_JMP | BPF_EXIT, 0),
          call(BPF_FUNC_get_prandom_u32),
          instruction(BPF_ALU | BPF_MOD | BPF_K, BPF_REG_0, 0, 0, flows),
          instruction(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_0, 0, 0, first_port),
          instruction(BPF_ALU | BPF_END | BPF_TO_BE, BPF_REG_0, 0, 0, 16),
          instruction(BPF_STX | BPF_MEM | BPF_H, BPF_REG_6, BPF_REG_0, kUdpSourcePort),
          instruction(kSet, BPF_REG_1, 0, 0, interface),
          instruction(kSet, BPF_REG_2, 0, 0, 0),
          call(BPF_FUNC_redirect),
          instruction(BPF_JMP | BPF_EXIT, 0)};
}

int bpf(bpf_cmd command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof(attributes)));
}

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

}  // namespace

XdpFlood::XdpFlood(const std::string& interface, std::uint16_t first_port, std::size_t flows) {
  const auto index = if_nametoindex(interface.c_str());
  if (index == 0) throw std::system_error(errno, std::generic_category(), "interface " + interface);
  const auto program =
      make_program(static_cast<std::int32_t>(index), first_port, static_cast<std::int32_t>(flows));
  constexpr const char* kLicense = "Apache-2.0";
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_XDP;
  attributes.insns = address_of(program.data());
  attributes.insn_cnt = program.size();
  attributes.license = address_of(kLicense);
  program_ = bpf(BPF_PROG_LOAD, attributes);
  if (program_ < 0) throw std::system_error(errno, std::generic_category(), "load XDP program");
}

XdpFlood::~XdpFlood() { close(program_); }

void XdpFlood::run(std::vector<std::uint8_t> frame, std::uint32_t count) const {
  bpf_attr attributes{};
  attributes.test.prog_fd = static_cast<std::uint32_t>(program_);
  attributes.test.data_in = address_of(frame.data());
  attributes.test.data_size_in = static_cast<std::uint32_t>(frame.size());
  attributes.test.repeat = count;
  attributes.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  attributes.test.batch_size = kBatch;
  if (bpf(BPF_PROG_TEST_RUN, attributes) != 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "XDP on live frames");
}

}  // namespace sekisho::bench
