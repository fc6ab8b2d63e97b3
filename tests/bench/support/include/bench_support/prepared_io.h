#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bench_support/office.h"
#include "dataplane/io/frame_io.h"

struct rte_mempool;

namespace sekisho::tests {

/// What a frame of a flow says besides its tuple.
struct FrameContent {
  bool to_server = true;
  std::uint8_t tcp_flags = 0;
  std::uint32_t tcp_seq = 0;
  std::uint32_t tcp_ack = 0;
  std::uint16_t payload_bytes = 0;  // at most kRoomForPayload of the protocol
};

/// Frames of 60 bytes (64 with the check sequence on the wire) in buffers of their own, written by
/// a benchmark between its measurements and handed to the worker by pointer: what is measured of
/// the I/O is the copying of pointers. What the worker sends or drops is counted, and its buffers
/// are written anew with the next batch. Not for policies that reset.
class PreparedIo : public dataplane::FrameIo {
 public:
  /// `frames` buffers out of `pool`. Throws std::runtime_error when it has fewer.
  PreparedIo(rte_mempool* pool, std::size_t frames);
  ~PreparedIo() override;
  PreparedIo(const PreparedIo&) = delete;
  PreparedIo& operator=(const PreparedIo&) = delete;

  std::size_t capacity() const noexcept { return frames_.size(); }
  /// Forgets the batch before. Everything given was sent or discarded by then.
  void clear() noexcept { filled_ = next_ = 0; }
  /// The next frame of the batch, on the port that it comes in by (0 LAN, 1 WAN).
  void add(const Tuple& flow, const FrameContent& content) noexcept;
  std::size_t num_waiting() const noexcept { return filled_ - next_; }
  /// The batch once more, as it is.
  void rewind() noexcept { next_ = 0; }

  std::uint64_t num_sent() const noexcept { return sent_; }
  std::uint64_t num_discarded() const noexcept { return discarded_; }

  std::size_t receive(std::span<rte_mbuf*> out) noexcept override;
  std::size_t transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept override;
  void discard(std::span<rte_mbuf*> frames) noexcept override;

 private:
  std::vector<rte_mbuf*> frames_;
  std::size_t filled_ = 0;
  std::size_t next_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t discarded_ = 0;
};

}  // namespace sekisho::tests
