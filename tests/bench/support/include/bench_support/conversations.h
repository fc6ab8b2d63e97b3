#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench_support/prepared_io.h"

namespace sekisho::tests {

/// Flows that talk: what the next packet of each says, with TCP sequence numbers that go on.
class Conversations {
 public:
  static constexpr std::uint16_t kUdpPayload = 18;  // what fills a frame of 60 bytes
  static constexpr std::uint16_t kTcpPayload = 6;
  /// Packets of opening(): one of UDP, a handshake of TCP.
  static constexpr std::size_t kUdpOpening = 1, kTcpOpening = 3;

  explicit Conversations(std::vector<Tuple> flows)
      : flows_(std::move(flows)), sent_(flows_.size()) {}

  std::size_t size() const noexcept { return flows_.size(); }
  const Tuple& flow(std::size_t i) const noexcept { return flows_[i]; }

  /// Packet `step` of flow i's opening.
  FrameContent opening(std::size_t i, std::size_t step) const noexcept;
  /// A packet with data, in its turn.
  FrameContent data(std::size_t i, bool to_server) noexcept;

 private:
  bool is_tcp(std::size_t i) const noexcept { return flows_[i].protocol == 6; }
  std::vector<Tuple> flows_;
  std::vector<std::array<std::uint32_t, 2>> sent_;  // bytes: [0] to the server, [1] to the client
};

}  // namespace sekisho::tests
