#pragma once

#include <array>

#include "alert_record.h"
#include "core.h"
#include "recognition.h"

namespace sekisho::engines {

/// One flow: its streams, what it speaks, and what the rules say of it. Lives in the worker's pool.
class Conversation final : private stream::StreamSink,
                           private ProtocolEvents,
                           private ips::AlertSink {
 public:
  Conversation(Inspector::Core& core, const FlowIdentity& flow) noexcept;
  ~Conversation() override;

  ContentOutcome packet(Direction direction, const PacketView& packet,
                        const FlowStatus& status) noexcept;
  /// No packet will come: what waits is looked at, and what is open ends.
  void close() noexcept;
  Protocol protocol() const noexcept { return view_.protocol; }
  FlowProtocols protocols() const noexcept;

 private:
  static constexpr std::size_t kMaxDelayed = 16;  // alerts of one flow that wait for their packet
  static constexpr std::size_t kMaxFiles = 4;     // whose digests are under way
  static constexpr std::size_t kMaxUpgrades = 4;  // protocols inside protocols

  /// An alert that is told of the next packet of its direction.
  struct DelayedAlert {
    std::uint32_t rule = 0;
    Direction direction = Direction::to_server;
    Transaction* transaction = nullptr;
    bool from_stream = false;
    bool blocked = false;
  };
  struct OpenFile {
    std::uint32_t id = 0;
    FileDigests digests;
  };

  // stream::StreamSink, in the directions of the wire.
  void stream_bytes(Direction direction, const BodyView& view) noexcept override;
  void stream_gap(Direction direction, std::uint64_t count) noexcept override;
  void stream_depth_reached(Direction direction) noexcept override;
  void stream_end(Direction direction, stream::StreamEnd why) noexcept override;

  // ProtocolEvents, in the directions of the protocol.
  void stage_reached(Transaction& transaction, Direction direction) noexcept override;
  void body_grew(Transaction& transaction, rules::Field field,
                 Direction direction) noexcept override;
  void file_grew(Transaction& transaction, const FileView& file) noexcept override;
  void record_due(Transaction& transaction, std::string_view event_type, std::uint8_t kind,
                  Direction direction) noexcept override;
  void ended(Transaction& transaction) noexcept override;
  void expect(const Expectation& expectation) noexcept override;

  // ips::AlertSink
  void on_alert(const ips::Alert& alert) noexcept override;

  void feed(Direction direction, std::span<const std::uint8_t> bytes) noexcept;
  void recognise(Direction direction, std::span<const std::uint8_t> bytes) noexcept;
  void look_again(Direction direction, std::span<const std::uint8_t> bytes) noexcept;
  void tell_mismatch(Direction direction) noexcept;
  void turn_round() noexcept;
  void start_over() noexcept;
  void begin(const ProtocolSpec& spec, Protocol before = Protocol::unknown) noexcept;
  bool begin_announced() noexcept;
  void fail_recognition() noexcept;
  void datagram(Direction direction, const PacketView& packet) noexcept;
  void tcp_segment(Direction direction, const PacketView& packet) noexcept;
  void obey(const ips::Alert& alert) noexcept;
  void tell(const ips::RuleInfo& rule, const DelayedAlert& alert,
            std::span<const std::uint8_t> payload) noexcept;
  void tell_delayed(Direction direction) noexcept;
  void tell_file(Transaction& transaction, const FileView& file) noexcept;
  void tell_oddities(const Transaction& transaction) noexcept;
  void write_event(std::string_view event, events::BoundedJsonWriter& json) const noexcept;
  FileDigests* digests_of(std::uint32_t file) noexcept;
  void follow_rules() noexcept;
  bool is_settled() const noexcept;
  bool is_tcp() const noexcept { return view_.ip_protocol == 6; }
  /// Between the wire's directions and the protocol's.
  Direction turned(Direction direction) const noexcept {
    return reversed_ ? opposite(direction) : direction;
  }
  RecordOrigin origin(Direction direction) const noexcept;

  Inspector::Core& core_;
  ips::FlowView view_;
  std::uint32_t rules_generation_;
  Pooled<stream::TcpReassembler> reassembler_;
  Pooled<Parser> parser_;
  Recognition recognition_;
  PooledBytes unread_[2];  // by the wire's direction: until it is known what they are
  Direction first_ = Direction::to_server;  // who spoke first
  bool spoke_ = false;
  bool parsing_ = false;  // parser_ wants bytes
  bool enough_ = false;   // it has said all
  bool reversed_ = false;
  bool asked_ = false;  // whether it was announced
  bool ended_[2] = {};
  bool looked_at_[2] = {};  // by the wire's direction: its first bytes were taken for something
  bool alerted_ = false;
  Protocol expected_ = Protocol::unknown;
  std::uint32_t transactions_ = 0;
  stream::TcpState tcp_state_ = stream::TcpState::none;
  std::uint8_t upgrades_ = 0;
  std::uint8_t num_delayed_ = 0;
  std::uint8_t num_files_ = 0;
  std::array<DelayedAlert, kMaxDelayed> delayed_;
  std::array<Pooled<OpenFile>, kMaxFiles> files_;

  // Of the packet under way.
  const PacketView* packet_ = nullptr;
  Direction packet_direction_ = Direction::to_server;  // of the wire
  std::span<const std::uint8_t> stream_window_;
  ContentOutcome outcome_;
};

}  // namespace sekisho::engines
