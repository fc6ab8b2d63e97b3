// Cost of decoding one frame, in TSC cycles: 512 frames of one shape from different hosts, all in
// the cache (where the NIC has put them), decoded again and again; the fastest of many rounds, so
// that other work on the machine does not count. Ends with one JSON object.
#include "dataplane/parse/decode.h"

#include <x86intrin.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "packets/packet_builder.h"

namespace {

using namespace sekisho;
using namespace sekisho::packets;
using dataplane::DecodeOptions;
using dataplane::PacketInfo;

constexpr std::size_t kFrames = 512;
constexpr int kRounds = 400;

struct Shape {
  std::string_view name;
  Bytes (*make)(const char* client, std::uint16_t port);
};

constexpr std::string_view kServer4 = "198.51.100.2";
constexpr std::string_view kServer6 = "2001:db8:1::2";
constexpr std::uint8_t kTimestamps[] = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};

// Client addresses come as the last octet; the frames are 60 bytes, 64 with the check sequence.
const Shape kShapes[] = {
    {"tcp4",
     [](const char* client, std::uint16_t port) {
       return ethernet().ipv4(client, kServer4).tcp(port, 443).payload_bytes(6).build();
     }},
    {"udp4",
     [](const char* client, std::uint16_t port) {
       return ethernet().ipv4(client, kServer4).udp(port, 53).payload_bytes(18).build();
     }},
    {"tcp4_timestamps",
     [](const char* client, std::uint16_t port) {
       return ethernet().ipv4(client, kServer4).tcp(port, 443).tcp_options(kTimestamps).build();
     }},
    {"vlan_tcp4",
     [](const char* client, std::uint16_t port) {
       return ethernet().vlan(7).ipv4(client, kServer4).tcp(port, 443).payload_bytes(2).build();
     }},
    {"tcp6",
     [](const char*, std::uint16_t port) {
       return ethernet().ipv6("2001:db8::1", kServer6).tcp(port, 443).build();
     }},
    {"qinq_tcp4",
     [](const char* client, std::uint16_t port) {
       return ethernet().vlan(7).vlan(8).ipv4(client, kServer4).tcp(port, 443).build();
     }},
    {"pppoe_tcp4",
     [](const char* client, std::uint16_t port) {
       return ethernet().pppoe(1).ipv4(client, kServer4).tcp(port, 443).build();
     }},
    {"icmp_echo4",
     [](const char* client, std::uint16_t port) {
       return ethernet().ipv4(client, kServer4).icmp_echo(port, 1).payload_bytes(18).build();
     }},
    {"4in6_tcp4",
     [](const char* client, std::uint16_t port) {
       return ethernet()
           .ipv6("2001:db8::1", kServer6)
           .ipv4(client, kServer4)
           .tcp(port, 443)
           .build();
     }},
};

/// Frames in one block, each at the start of a cache line.
class Frames {
 public:
  explicit Frames(const Shape& shape) {
    for (std::size_t i = 0; i < kFrames; ++i) {
      const auto client = "192.0.2." + std::to_string(i % 250 + 1);
      const auto bytes = shape.make(client.c_str(), static_cast<std::uint16_t>(1024 + i * 7));
      Slot slot;
      slot.size = bytes.size();
      std::memcpy(slot.bytes, bytes.data(), bytes.size());
      slots_.push_back(slot);
    }
  }
  std::span<const std::uint8_t> operator[](std::size_t i) const {
    return {slots_[i].bytes, slots_[i].size};
  }

 private:
  struct alignas(64) Slot {
    std::uint8_t bytes[192] = {};
    std::size_t size = 0;
  };
  std::vector<Slot> slots_;
};

/// Cycles for one call of `operation`, in the fastest of the rounds.
template <class Operation>
double cycles_per_frame(const Frames& frames, Operation&& operation) {
  std::uint64_t best = std::numeric_limits<std::uint64_t>::max();
  for (int round = 0; round < kRounds; ++round) {
    unsigned core = 0;
    const auto start = __rdtscp(&core);
    for (std::size_t i = 0; i < kFrames; ++i) operation(frames[i], i);
    best = std::min<std::uint64_t>(best, __rdtscp(&core) - start);
  }
  return static_cast<double>(best) / kFrames;
}

}  // namespace

int main() {
  const DecodeOptions options;
  std::vector<PacketInfo> out(32);  // a burst
  std::string json;
  const auto report = [&json](std::string_view name, double decode, double spread) {
    std::printf("%-18.*s %8.1f %8.1f\n", static_cast<int>(name.size()), name.data(), decode,
                spread);
    char text[128];
    std::snprintf(text, sizeof text, "%s\"%.*s_cycles\": %.1f", json.empty() ? "" : ", ",
                  static_cast<int>(name.size()), name.data(), decode);
    json += text;
  };
  std::printf("%-18s %8s %8s\n", "cycles per frame", "decode", "spread");
  for (const auto& shape : kShapes) {
    const Frames frames(shape);
    const double decode =
        cycles_per_frame(frames, [&](std::span<const std::uint8_t> frame, std::size_t i) {
          dataplane::decode_ethernet(frame, options, out[i % out.size()]);
        });
    std::uint32_t sum = 0;
    const double spread =
        cycles_per_frame(frames, [&](std::span<const std::uint8_t> frame, std::size_t) {
          sum ^= dataplane::spread_hash(frame);
        });
    asm volatile("" ::"r"(sum));
    for (const auto& packet : out)
      if (packet.kind != dataplane::PacketKind::flow) {
        std::fprintf(stderr, "decode: a frame of %s is not a flow\n", shape.name.data());
        return 1;
      }
    report(shape.name, decode, spread);
  }
  std::printf("{%s}\n", json.c_str());
  return 0;
}
