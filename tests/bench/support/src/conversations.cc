#include "bench_support/conversations.h"

namespace sekisho::tests {
namespace {

constexpr std::uint8_t kSyn = 0x02, kPsh = 0x08, kAck = 0x10;
constexpr std::array<std::uint32_t, 2> kInitialSequence{100'000, 900'000};

}  // namespace

FrameContent Conversations::opening(std::size_t i, std::size_t step) const noexcept {
  if (!is_tcp(i)) return {.to_server = true, .payload_bytes = kUdpPayload};
  switch (step) {
    case 0:
      return {.to_server = true, .tcp_flags = kSyn, .tcp_seq = kInitialSequence[0]};
    case 1:
      return {.to_server = false,
              .tcp_flags = kSyn | kAck,
              .tcp_seq = kInitialSequence[1],
              .tcp_ack = kInitialSequence[0] + 1};
    default:
      return {.to_server = true,
              .tcp_flags = kAck,
              .tcp_seq = kInitialSequence[0] + 1,
              .tcp_ack = kInitialSequence[1] + 1};
  }
}

FrameContent Conversations::data(std::size_t i, bool to_server) noexcept {
  if (!is_tcp(i)) return {.to_server = to_server, .payload_bytes = kUdpPayload};
  const std::size_t direction = to_server ? 0 : 1;
  auto& sent = sent_[i];
  const FrameContent content{.to_server = to_server,
                             .tcp_flags = kPsh | kAck,
                             .tcp_seq = kInitialSequence[direction] + 1 + sent[direction],
                             .tcp_ack = kInitialSequence[1 - direction] + 1 + sent[1 - direction],
                             .payload_bytes = kTcpPayload};
  sent[direction] += kTcpPayload;
  return content;
}

}  // namespace sekisho::tests
