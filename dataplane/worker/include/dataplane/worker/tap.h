#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "config/events/drop_reason.h"
#include "config/events/event.h"
#include "dataplane/parse/packet_info.h"

#include <pcap/bpf.h>

namespace sekisho::dataplane {

/// Which packets a tap wants. All that are set must hold.
struct TapFilter {
  std::vector<bpf_insn> program;  // classic BPF over the whole frame; empty: every packet
  std::optional<IpAddress> address;
  std::optional<MacAddress> mac;

  bool wants(std::span<const std::uint8_t> frame, const PacketInfo& info) const noexcept;
};

/// What a tap saw of one packet; `captured` bytes of the frame follow it in the ring.
struct TapRecord {
  std::uint64_t time_ns;  // Unix time
  std::uint64_t flow_id;
  IpAddress source;
  IpAddress destination;
  std::uint16_t source_port;
  std::uint16_t destination_port;
  events::RuleNumber rule;
  std::uint32_t frame_bytes;
  std::uint32_t captured;
  DropReason reason;  // none: forwarded
  PacketKind kind;
  std::uint8_t protocol;
  std::uint8_t tcp_flags;
  bool to_server;
  bool tentative;
};

/// A copy of chosen packets with their verdicts, from one worker to the control thread. Bounded:
/// what does not fit is counted. One writer (the worker), one reader (the control thread).
class Tap {
 public:
  Tap(TapFilter filter, std::size_t snap_bytes, std::size_t slots)
      : filter_(std::move(filter)),
        snap_bytes_(snap_bytes),
        stride_((sizeof(TapRecord) + snap_bytes + 63) / 64 * 64),
        slots_(slots),
        ring_(stride_ * slots) {}

  const TapFilter& filter() const noexcept { return filter_; }

  /// Worker. False when the ring was full.
  bool offer(TapRecord record, std::span<const std::uint8_t> frame) noexcept {
    const auto at = written_.load(std::memory_order_relaxed);
    if (at - read_.load(std::memory_order_acquire) >= slots_) {
      lost_.store(lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      return false;
    }
    record.captured =
        static_cast<std::uint32_t>(frame.size() < snap_bytes_ ? frame.size() : snap_bytes_);
    std::uint8_t* slot = &ring_[(at % slots_) * stride_];
    std::memcpy(slot, &record, sizeof(record));
    std::memcpy(slot + sizeof(record), frame.data(), record.captured);
    written_.store(at + 1, std::memory_order_release);
    return true;
  }

  /// Control thread. The oldest record and its bytes, valid until pop(); null when empty.
  const std::uint8_t* front(TapRecord& record) const noexcept {
    const auto at = read_.load(std::memory_order_relaxed);
    if (at == written_.load(std::memory_order_acquire)) return nullptr;
    const std::uint8_t* slot = &ring_[(at % slots_) * stride_];
    std::memcpy(&record, slot, sizeof(record));
    return slot + sizeof(record);
  }
  void pop() noexcept {
    read_.store(read_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  TapFilter filter_;
  std::size_t snap_bytes_;
  std::size_t stride_;
  std::size_t slots_;
  std::vector<std::uint8_t> ring_;
  alignas(64) std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> lost_{0};
  alignas(64) std::atomic<std::uint64_t> read_{0};
};

}  // namespace sekisho::dataplane
