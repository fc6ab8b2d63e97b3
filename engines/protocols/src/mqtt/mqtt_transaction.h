#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engines/protocols/transaction.h"
#include "mqtt/mqtt_message.h"

namespace sekisho::engines::mqtt {

/// A packet as it was sent: its beginning and its whole length.
struct Packet {
  Bytes bytes;
  std::uint64_t length = 0;
};

/// One packet for the rules, together with those that it answers for the record.
class MqttTransaction final : public Transaction {
 public:
  static constexpr std::size_t kMaxPackets = 6;  // of an exchange; what repeats is not kept
  static constexpr std::size_t kMaxTextLimit = 8 * 1024;

  MqttTransaction(std::uint64_t id, std::uint8_t version, std::uint32_t text_limit) noexcept
      : Transaction(id), version_(version), text_limit_(text_limit) {}

  /// Fields are those of the packet added last.
  void add(const Packet& packet) noexcept;

  std::optional<std::span<const std::uint8_t>> bytes(rules::Field field, Direction direction,
                                                     std::uint32_t instance,
                                                     FieldScratch scratch) const noexcept override;
  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;

 private:
  std::optional<std::uint64_t> single_number(rules::Field field) const noexcept;
  std::optional<std::span<const std::uint8_t>> topic(std::uint32_t instance) const noexcept;

  std::uint8_t version_;
  std::uint32_t text_limit_;
  std::array<Packet, kMaxPackets> packets_{};
  std::size_t num_packets_ = 0;
  std::optional<Message> message_;  // the last
};

/// Writes `"publish":{...}`.
void write_message(const Message& message, std::uint64_t length, std::uint32_t text_limit,
                   events::BoundedJsonWriter& json) noexcept;

}  // namespace sekisho::engines::mqtt
