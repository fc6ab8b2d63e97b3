#pragma once

#include <array>

#include "engines/protocols/parser.h"
#include "message_frames.h"
#include "mqtt/mqtt_transaction.h"

namespace sekisho::engines::mqtt {

/// Packets of MQTT 3.1, 3.1.1 and 5 over TCP; what belongs together becomes one record.
class MqttParser final : public Parser {
 public:
  static constexpr std::size_t kMaxPacket = 256 * 1024;    // of a longer one the beginning is read
  static constexpr std::size_t kKeptOfPacket = 16 * 1024;  // while its answer is awaited
  static constexpr std::size_t kMaxOpen = 64;              // exchanges; then the oldest ends

  MqttParser(MemoryPool& pool, const ParserOptions& options) noexcept
      : pool_(pool),
        text_limit_(options.mqtt_text_limit),
        frames_{MessageFrames(pool, kMaxPacket), MessageFrames(pool, kMaxPacket)} {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override;
  Transaction* current(Direction) noexcept override { return nullptr; }

 private:
  /// Packets that wait for one more: CONNECT, PUBLISH with QoS 1 or 2, SUBSCRIBE, UNSUBSCRIBE.
  struct Exchange {
    Exchange(MemoryPool& pool, std::uint64_t number) noexcept
        : id(number), bytes(pool, MqttTransaction::kMaxPackets * kKeptOfPacket) {}
    std::uint64_t id;
    Type opened_by = Type::connect;
    Direction opened_in = Direction::to_server;
    std::uint16_t packet_id = 0;
    PooledBytes bytes;  // of all packets, one behind the other
    struct Part {
      std::size_t kept = 0;
      std::uint64_t length = 0;
    };
    std::array<Part, MqttTransaction::kMaxPackets> parts{};
    std::size_t num_parts = 0;
  };

  bool packet(Direction direction, const Packet& packet, ProtocolEvents& events) noexcept;
  void answer(Direction direction, const Packet& packet, const Message& message,
              ProtocolEvents& events) noexcept;
  void open(Direction direction, const Packet& packet, const Message& message,
            ProtocolEvents& events) noexcept;
  void report(Direction direction, MqttTransaction& transaction,
              std::optional<Direction> record_direction, ProtocolEvents& events) noexcept;
  void add_state_oddities(const Message& message, MqttTransaction& transaction) const noexcept;
  void malformed(Direction direction, ProtocolEvents& events) noexcept;
  void give_up_oldest(ProtocolEvents& events) noexcept;
  std::size_t find(Type opened_by, Direction opened_in, std::uint16_t packet_id) const noexcept;
  void remove(std::size_t index) noexcept;
  static void add_kept(const Exchange& exchange, MqttTransaction& transaction) noexcept;
  MqttTransaction fresh(std::uint64_t id) const noexcept {
    return MqttTransaction(id, version_, text_limit_);
  }
  void keep(Exchange& exchange, const Packet& packet) noexcept;

  MemoryPool& pool_;
  std::uint32_t text_limit_;
  MessageFrames frames_[2];
  bool lost_[2] = {};  // after lost bytes no packet begins at a known place
  std::array<Pooled<Exchange>, kMaxOpen> open_;  // the oldest first
  std::size_t num_open_ = 0;
  std::uint64_t next_id_ = 0;
  std::uint8_t version_ = 0;  // 0: no CONNECT was seen
  bool connected_ = false;    // CONNACK was seen
  bool over_[2] = {};
};

Likeness probe(const ProbeInput& input) noexcept;

}  // namespace sekisho::engines::mqtt
