#include "dataplane/io/frame_io.h"

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <array>
#include <string>

#include "config/base/shared_count.h"
#include "dataplane/io/spread.h"
#include "dataplane/parse/decode.h"

namespace sekisho::dataplane {
namespace {

constexpr unsigned kRingFrames = 4096;
constexpr unsigned kOneToOne = RING_F_SP_ENQ | RING_F_SC_DEQ;
constexpr int kTransmitTries = 8;  // a full queue usually drains within a microsecond

std::span<const std::uint8_t> bytes_of(const rte_mbuf* frame) noexcept {
  return {rte_pktmbuf_mtod(frame, const std::uint8_t*), frame->data_len};
}

std::size_t send_burst(std::uint16_t port, std::uint16_t queue,
                       std::span<rte_mbuf*> frames) noexcept {
  std::size_t sent = 0;
  for (int tries = 0; tries < kTransmitTries && sent < frames.size(); ++tries)
    sent += rte_eth_tx_burst(port, queue, frames.data() + sent,
                             static_cast<std::uint16_t>(frames.size() - sent));
  return sent;
}

/// Polls one queue of every port in turn: a worker that needs nobody else.
class OwnQueues : public FrameIo {
 public:
  OwnQueues(const Ports& ports, std::uint16_t queue) : ports_(ports.all()), queue_(queue) {}

  std::size_t receive(std::span<rte_mbuf*> out) noexcept override {
    const auto& port = ports_[next_];
    next_ = next_ + 1 == ports_.size() ? 0 : next_ + 1;
    const auto got =
        rte_eth_rx_burst(port.id, queue_, out.data(), static_cast<std::uint16_t>(out.size()));
    for (std::size_t i = 0; i < got; ++i) out[i]->port = port.index;
    return got;
  }
  std::size_t transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept override {
    return send_burst(ports_[port].id, queue_, frames);
  }
  void discard(std::span<rte_mbuf*> frames) noexcept override {
    rte_pktmbuf_free_bulk(frames.data(), static_cast<unsigned>(frames.size()));
  }

 private:
  std::span<const Port> ports_;
  std::uint16_t queue_;
  std::size_t next_ = 0;
};

struct RingDeleter {
  void operator()(rte_ring* ring) const { rte_ring_free(ring); }
};
using Ring = std::unique_ptr<rte_ring, RingDeleter>;

Result<Ring> make_ring(const std::string& name, unsigned flags) {
  Ring ring(rte_ring_create(name.c_str(), kRingFrames, SOCKET_ID_ANY, flags));
  if (ring == nullptr)
    return Error{Error::Code::resource, "ring " + name + ": " + rte_strerror(rte_errno)};
  return ring;
}

std::size_t enqueue(rte_ring* ring, std::span<rte_mbuf*> frames) noexcept {
  return rte_ring_enqueue_burst(ring, reinterpret_cast<void* const*>(frames.data()),
                                static_cast<unsigned>(frames.size()), nullptr);
}

std::size_t dequeue(rte_ring* ring, std::span<rte_mbuf*> out) noexcept {
  return rte_ring_sc_dequeue_burst(ring, reinterpret_cast<void**>(out.data()),
                                   static_cast<unsigned>(out.size()), nullptr);
}

/// Any worker where the hardware spreads: by addresses, and only of frames that it can parse. What
/// it puts on another worker's queue (an ICMP error has its router's address) is passed on.
class SpreadQueues final : public OwnQueues {
 public:
  /// `inboxes` has a ring per worker that any other may fill.
  SpreadQueues(const Ports& ports, std::uint16_t worker, std::shared_ptr<std::vector<Ring>> inboxes)
      : OwnQueues(ports, worker), worker_(worker), inboxes_(std::move(inboxes)) {}

  std::size_t receive(std::span<rte_mbuf*> out) noexcept override {
    if (const auto passed_on = dequeue((*inboxes_)[worker_].get(), out)) return passed_on;
    const auto got = OwnQueues::receive(out);
    std::size_t mine = 0;
    for (std::size_t i = 0; i < got; ++i) {
      const bool hashed = (out[i]->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0;
      const auto owner = owner_of(bytes_of(out[i]), hashed, worker_, inboxes_->size());
      if (owner == worker_)
        out[mine++] = out[i];
      else
        pass_on(owner, out[i]);
    }
    return mine;
  }
  std::uint64_t receive_ring_full() const noexcept override { return ring_full_.get(); }

 private:
  void pass_on(std::size_t owner, rte_mbuf* frame) noexcept {
    if (enqueue((*inboxes_)[owner].get(), {&frame, 1}) == 1) return;
    ++ring_full_;
    rte_pktmbuf_free(frame);
  }

  std::size_t worker_;
  std::shared_ptr<std::vector<Ring>> inboxes_;
  SharedCount ring_full_;
};

/// Rings between worker 0 and one other worker.
struct Lane {
  Ring to_worker;
  std::vector<Ring>
      to_port;  // frames that worker 0 transmits for it; empty when it has its own queue
};

/// Worker 0 where the hardware cannot spread.
class Spreader final : public OwnQueues {
 public:
  Spreader(const Ports& ports, std::vector<std::shared_ptr<Lane>> lanes)
      : OwnQueues(ports, 0), lanes_(std::move(lanes)) {}

  std::size_t receive(std::span<rte_mbuf*> out) noexcept override {
    transmit_for_others();
    const auto got = OwnQueues::receive(out);
    std::size_t mine = 0;
    std::array<rte_mbuf*, kBurst> theirs;
    std::array<std::size_t, kBurst> owner;
    for (std::size_t i = 0; i < got; ++i)
      owner[i] = spread_hash(bytes_of(out[i])) % (lanes_.size() + 1);
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
      std::size_t count = 0;
      for (std::size_t i = 0; i < got; ++i)
        if (owner[i] == lane + 1) theirs[count++] = out[i];
      hand_over(*lanes_[lane], {theirs.data(), count});
    }
    for (std::size_t i = 0; i < got; ++i)
      if (owner[i] == 0) out[mine++] = out[i];
    return mine;
  }
  std::uint64_t receive_ring_full() const noexcept override { return ring_full_.get(); }

 private:
  void hand_over(Lane& lane, std::span<rte_mbuf*> frames) noexcept {
    if (frames.empty()) return;
    const auto taken = enqueue(lane.to_worker.get(), frames);
    ring_full_ += frames.size() - taken;
    discard(frames.subspan(taken));
  }
  void transmit_for_others() noexcept {
    std::array<rte_mbuf*, kBurst> frames;
    for (const auto& lane : lanes_)
      for (std::size_t port = 0; port < lane->to_port.size(); ++port) {
        const std::span<rte_mbuf*> batch(frames.data(), dequeue(lane->to_port[port].get(), frames));
        if (batch.empty()) continue;
        const auto sent = transmit(static_cast<std::uint8_t>(port), batch);
        ring_full_ += batch.size() - sent;
        discard(batch.subspan(sent));
      }
  }

  std::vector<std::shared_ptr<Lane>> lanes_;
  SharedCount ring_full_;
};

/// Any other worker where the hardware cannot spread.
class RingWorker final : public FrameIo {
 public:
  RingWorker(const Ports& ports, std::shared_ptr<Lane> lane, std::uint16_t queue)
      : ports_(ports.all()), lane_(std::move(lane)), queue_(queue) {}

  std::size_t receive(std::span<rte_mbuf*> out) noexcept override {
    return dequeue(lane_->to_worker.get(), out);
  }
  std::size_t transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept override {
    if (lane_->to_port.empty()) return send_burst(ports_[port].id, queue_, frames);
    return enqueue(lane_->to_port[port].get(), frames);
  }
  void discard(std::span<rte_mbuf*> frames) noexcept override {
    rte_pktmbuf_free_bulk(frames.data(), static_cast<unsigned>(frames.size()));
  }

 private:
  std::span<const Port> ports_;
  std::shared_ptr<Lane> lane_;
  std::uint16_t queue_;
};

bool own_transmit_queues(const Ports& ports, std::size_t workers) {
  for (const auto& port : ports.all())
    if (port.transmit_queues < workers) return false;
  return true;
}

Result<std::shared_ptr<Lane>> make_lane(const Ports& ports, std::size_t worker, bool own_queues) {
  auto lane = std::make_shared<Lane>();
  auto ring = make_ring("to_worker_" + std::to_string(worker), kOneToOne);
  if (!ring) return std::move(ring).error();
  lane->to_worker = *std::move(ring);
  if (own_queues) return lane;
  for (std::size_t port = 0; port < ports.all().size(); ++port) {
    auto to_port =
        make_ring("worker_" + std::to_string(worker) + "_port_" + std::to_string(port), kOneToOne);
    if (!to_port) return std::move(to_port).error();
    lane->to_port.push_back(*std::move(to_port));
  }
  return lane;
}

using FrameIos = std::vector<std::unique_ptr<FrameIo>>;

Result<FrameIos> make_spread_queues(const Ports& ports, std::size_t workers) {
  auto inboxes = std::make_shared<std::vector<Ring>>();
  for (std::size_t worker = 0; worker < workers; ++worker) {
    auto ring = make_ring("inbox_" + std::to_string(worker), RING_F_SC_DEQ);
    if (!ring) return std::move(ring).error();
    inboxes->push_back(*std::move(ring));
  }
  FrameIos result;
  for (std::size_t worker = 0; worker < workers; ++worker)
    result.push_back(
        std::make_unique<SpreadQueues>(ports, static_cast<std::uint16_t>(worker), inboxes));
  return result;
}

Result<FrameIos> make_software_spreader(const Ports& ports, std::size_t workers) {
  const bool own_queues = own_transmit_queues(ports, workers);
  std::vector<std::shared_ptr<Lane>> lanes;
  for (std::size_t worker = 1; worker < workers; ++worker) {
    auto lane = make_lane(ports, worker, own_queues);
    if (!lane) return std::move(lane).error();
    lanes.push_back(*std::move(lane));
  }
  FrameIos result;
  result.push_back(std::make_unique<Spreader>(ports, lanes));
  for (std::size_t worker = 1; worker < workers; ++worker)
    result.push_back(
        std::make_unique<RingWorker>(ports, lanes[worker - 1], static_cast<std::uint16_t>(worker)));
  return result;
}

}  // namespace

Result<FrameIos> make_frame_io(const Ports& ports, std::size_t workers) {
  if (workers > 1)
    return ports.hardware_spreads() ? make_spread_queues(ports, workers)
                                    : make_software_spreader(ports, workers);
  FrameIos result;
  result.push_back(std::make_unique<OwnQueues>(ports, std::uint16_t{0}));
  return result;
}

}  // namespace sekisho::dataplane
