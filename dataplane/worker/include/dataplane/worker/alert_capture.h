#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/base/address.h"
#include "dataplane/worker/counters.h"
#include "dataplane/worker/packet_history.h"
#include "dataplane/worker/packet_ring.h"
#include "engines/ips/profiles.h"

namespace sekisho::dataplane {

/// What a capture's file is called: "1795412345.123456-4398046511105-1-2019401.pcap" is Unix time,
/// flow, generator and signature of the alert that began it.
struct CaptureName {
  std::array<char, 72> text{};
  std::uint8_t size = 0;
  std::string_view view() const noexcept { return {text.data(), size}; }
};
CaptureName name_of_capture(std::uint64_t time_ns, std::uint64_t flow_id, std::uint32_t generator,
                            std::uint32_t signature) noexcept;

enum class CaptureEnd : std::uint8_t {
  time,     // the profile's or the tag's seconds are over
  flow,     // the flow is
  size,     // it has kMostBytes, or what the rule's tag asks for
  stopped,  // the gateway stopped
  failed    // the disk took no more
};
std::string_view name_of(CaptureEnd end) noexcept;

/// What a worker tells the thread that writes captures. Behind a packet's record come its bytes,
/// behind that of a beginning the rule's message.
struct CaptureRecord {
  enum class Kind : std::uint8_t { begin, packet, end };

  std::uint64_t time_ns = 0;  // Unix time
  // Of a beginning:
  std::uint64_t flow_id = 0;
  IpAddress client{}, server{};
  std::uint32_t generator = 0, signature = 0, revision = 0;
  std::uint32_t lost = 0;  // of an end: packets that found the queue full or were gone before
  std::uint32_t frame_bytes = 0;
  std::uint32_t captured = 0;
  std::uint16_t client_port = 0, server_port = 0;
  Kind kind = Kind::packet;
  std::uint8_t running = 0;  // which of the worker's captures; free again after its end
  std::uint8_t protocol = 0;
  CaptureEnd end = CaptureEnd::time;
};
using CaptureQueue = PacketRing<CaptureRecord>;

/// What is known of one flow's packets; all zero with a new flow.
struct FlowCapture {
  PacketTrail trail{};
  std::uint8_t running = 0;  // where it is or was captured
};

/// Packets of one worker's flows around their alerts: those before come out of a history, those
/// after go straight to the writer. Takes no memory once made and never waits: what there is no
/// room for is counted.
class AlertCapture {
 public:
  static constexpr std::size_t kSnapBytes = 1600;  // of a packet; longer ones are cut
  static constexpr std::size_t kHistorySlots = 4096, kQueueSlots = 2048;
  static constexpr std::size_t kMostRunning = 64;
  static constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 20;  // of one capture
  static constexpr std::uint32_t kMostASecond = 32;                    // that begin

  explicit AlertCapture(Counters& counters);

  /// A rule's alert on a flow, whose ends are the flow's.
  struct Alert {
    std::uint64_t flow_id = 0;
    std::uint64_t time_ns = 0;  // Unix time
    IpAddress client{}, server{};
    std::uint16_t client_port = 0, server_port = 0;
    std::uint8_t protocol = 0;
    const engines::ips::RuleInfo* rule = nullptr;
  };
  /// Begins a capture, or prolongs the one that runs; its name. Empty: there is no room for one.
  std::string_view begin(FlowCapture& flow, const Alert& alert,
                         const engines::ips::CaptureSettings& wanted,
                         std::uint64_t now_ns) noexcept;
  /// A packet of the flow: into the capture that runs. False: none does.
  bool add(const FlowCapture& flow, std::uint64_t flow_id, const WirePacket& packet,
           std::uint64_t now_ns) noexcept;
  /// A packet of a flow that may yet be captured.
  void keep(FlowCapture& flow, std::uint64_t flow_id, const WirePacket& packet) noexcept {
    history_.keep(flow.trail, flow_id, packet);
  }
  void end(const FlowCapture& flow, std::uint64_t flow_id, CaptureEnd why) noexcept;
  /// Looks at the next one; `now_ns` of the workers' clock, as above.
  void keep_house(std::uint64_t now_ns) noexcept;

  bool is_running() const noexcept { return num_running_ != 0; }
  /// Its reader is one other thread.
  CaptureQueue& queue() noexcept { return queue_; }

 private:
  struct Running {
    std::uint64_t flow_id = 0;  // 0: free
    std::uint64_t until_ns = 0;
    std::uint64_t bytes_left = 0;
    std::uint64_t packets_left = 0;
    std::uint32_t lost = 0;
    std::optional<CaptureEnd> ended{};  // the writer may not know yet
    CaptureName name{};
  };
  Running* running_of(const FlowCapture& flow, std::uint64_t flow_id) noexcept;
  Running* take_free(const Alert& alert, std::uint64_t now_ns) noexcept;
  void put(Running& running, const WirePacket& packet) noexcept;
  void finish(Running& running, CaptureEnd why) noexcept;
  std::uint8_t number_of(const Running& running) const noexcept {
    return static_cast<std::uint8_t>(&running - running_.data());
  }

  Counters& counters_;
  PacketHistory history_;
  CaptureQueue queue_;
  PacketHistory::Found found_;
  std::array<Running, kMostRunning> running_{};
  std::size_t num_running_ = 0;
  std::size_t next_looked_at_ = 0;
  std::uint64_t second_ = 0;
  std::uint32_t begun_this_second_ = 0;
};

}  // namespace sekisho::dataplane
