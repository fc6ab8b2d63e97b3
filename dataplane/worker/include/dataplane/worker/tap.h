#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "config/base/shared_count.h"
#include "config/events/drop_reason.h"
#include "config/events/event.h"
#include "dataplane/parse/packet_info.h"
#include "dataplane/worker/packet_ring.h"

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
      : filter_(std::move(filter)), ring_(snap_bytes, slots) {}

  const TapFilter& filter() const noexcept { return filter_; }

  /// Worker. False when the ring was full.
  bool offer(const TapRecord& record, std::span<const std::uint8_t> frame) noexcept {
    const bool taken = ring_.offer(record, frame);
    lost_ += taken ? 0 : 1;
    return taken;
  }

  /// Control thread. The oldest record and its bytes, valid until pop(); null when empty.
  const std::uint8_t* front(TapRecord& record) const noexcept { return ring_.front(record); }
  void pop() noexcept { ring_.pop(); }
  std::uint64_t lost() const noexcept { return lost_.get(); }

 private:
  TapFilter filter_;
  PacketRing<TapRecord> ring_;
  SharedCount lost_;
};

}  // namespace sekisho::dataplane
