#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/io/ports.h"

struct rte_mbuf;

namespace sekisho::dataplane {

/// Where one worker's frames come from and go to. `mbuf->port` holds our port index, not DPDK's id.
/// Pinned core only; nothing here waits.
class FrameIo {
 public:
  virtual ~FrameIo() = default;
  /// Up to kBurst frames, now the caller's.
  virtual std::size_t receive(std::span<rte_mbuf*> out) noexcept = 0;
  /// Takes the first n frames, which it returns; the rest stay the caller's (queue full).
  virtual std::size_t transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept = 0;
  /// Takes all.
  virtual void discard(std::span<rte_mbuf*> frames) noexcept = 0;
  /// Frames lost before any worker saw them (a worker's ring was full).
  virtual std::uint64_t receive_ring_full() const noexcept { return 0; }
};

/// One FrameIo per worker for started ports. Where the hardware spreads, each worker polls its own
/// queues and passes on the few frames that belong to another; otherwise worker 0 receives for all,
/// spreads by address pair over rings, and transmits for those that have no transmit queue of their
/// own. resource: no memory for the rings.
Result<std::vector<std::unique_ptr<FrameIo>>> make_frame_io(const Ports& ports,
                                                            std::size_t workers);

}  // namespace sekisho::dataplane
