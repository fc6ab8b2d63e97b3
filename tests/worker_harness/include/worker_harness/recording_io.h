#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <vector>

#include "dataplane/io/frame_io.h"
#include "packets/packet_builder.h"

struct rte_mempool;

namespace sekisho::tests {

/// Frames given by a test, and copies of what the worker did with them.
class RecordingIo final : public dataplane::FrameIo {
 public:
  explicit RecordingIo(rte_mempool* pool) : pool_(pool) {}
  ~RecordingIo() override;
  RecordingIo(const RecordingIo&) = delete;
  RecordingIo& operator=(const RecordingIo&) = delete;

  /// Queues a frame as received on `port`; the worker takes up to kBurst of them an iteration.
  /// Throws std::runtime_error without a buffer, std::length_error when it does not fit one.
  void give(std::uint8_t port, std::span<const std::uint8_t> frame);
  std::size_t num_waiting() const noexcept { return waiting_.size(); }

  /// What left by `port` since the last call, in order.
  std::vector<packets::Bytes> take_sent(std::uint8_t port);
  /// What the worker let go since the last call, in order.
  std::vector<packets::Bytes> take_discarded();
  /// From now on every port takes only so many frames a call, as with a full queue.
  void limit_transmit(std::size_t frames) noexcept { transmit_limit_ = frames; }

  std::size_t receive(std::span<rte_mbuf*> out) noexcept override;
  std::size_t transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept override;
  void discard(std::span<rte_mbuf*> frames) noexcept override;

 private:
  rte_mempool* pool_;
  std::deque<rte_mbuf*> waiting_;
  std::array<std::vector<packets::Bytes>, dataplane::kMaxPorts> sent_;
  std::vector<packets::Bytes> discarded_;
  std::size_t transmit_limit_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace sekisho::tests
