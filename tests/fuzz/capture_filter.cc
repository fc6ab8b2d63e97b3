// Capture filters as an administrator might write them, and every frame shape through what they
// compile to. libpcap's own code is not instrumented, so bytes that the grammar refuses at once
// would be all that a fuzzer finds: behind a first byte of 'w' each byte stands for a word of the
// language; behind any other the rest is the expression itself.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dataplane/control/capture_filter.h"
#include "dataplane/worker/tap.h"
#include "packets/frame_collection.h"

#include <netdb.h>

/// Names in a filter would be asked of the network: here nobody answers.
extern "C" int getaddrinfo(const char* /*node*/, const char* /*service*/, const addrinfo* /*hints*/,
                           addrinfo** /*result*/) {
  return EAI_NONAME;
}

namespace {

using namespace sekisho;

constexpr std::array<std::string_view, 64> kWords{"and",
                                                  "or",
                                                  "not",
                                                  "(",
                                                  ")",
                                                  "[",
                                                  "]",
                                                  ":",
                                                  "+",
                                                  "-",
                                                  "*",
                                                  "/",
                                                  "&",
                                                  "|",
                                                  "<<",
                                                  "=",
                                                  "!=",
                                                  ">",
                                                  "<=",
                                                  "0",
                                                  "1",
                                                  "2",
                                                  "4",
                                                  "14",
                                                  "65535",
                                                  "255",
                                                  "host",
                                                  "net",
                                                  "port",
                                                  "portrange",
                                                  "src",
                                                  "dst",
                                                  "ether",
                                                  "proto",
                                                  "ip",
                                                  "ip6",
                                                  "tcp",
                                                  "udp",
                                                  "icmp",
                                                  "icmp6",
                                                  "arp",
                                                  "vlan",
                                                  "mpls",
                                                  "pppoes",
                                                  "len",
                                                  "less",
                                                  "greater",
                                                  "multicast",
                                                  "broadcast",
                                                  "gateway",
                                                  "inbound",
                                                  "stp",
                                                  "sctp",
                                                  "protochain",
                                                  "llc",
                                                  "%",
                                                  "192.0.2.1",
                                                  "2001:db8::1",
                                                  "10.0.0.0/8",
                                                  "80-90",
                                                  "02:00:5e:00:00:01",
                                                  "0x800",
                                                  "^",
                                                  "example"};

std::string expression_of(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || data[0] != 'w') return {reinterpret_cast<const char*>(data), size};
  std::string text;
  for (std::size_t i = 1; i < size; ++i) {
    text += kWords[data[i] % kWords.size()];
    text += ' ';
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto frames = packets::frame_collection();
  const auto expression = expression_of(data, size);
  auto program = dataplane::compile_capture_filter(expression);
  if (!program) {
    if (!program.error().message.starts_with("filter: ")) std::abort();
    return 0;
  }
  const dataplane::TapFilter filter{.program = *std::move(program), .address = {}, .mac = {}};
  const dataplane::PacketInfo info{};
  for (const auto& frame : frames)
    for (const std::size_t cut : {frame.bytes.size(), std::size_t{14}, std::size_t{0}}) {
      const packets::Bytes exact(frame.bytes.begin(),
                                 frame.bytes.begin() + static_cast<std::ptrdiff_t>(cut));
      (void)filter.wants(exact, info);
    }
  return 0;
}
