#pragma once

#include <array>
#include <optional>

#include "engines/protocols/parser.h"
#include "modbus/modbus_message.h"

namespace sekisho::engines::modbus {

/// A request and its response; one of them may be missing.
class ModbusTransaction final : public Transaction {
 public:
  ModbusTransaction(std::uint64_t id, MemoryPool&) noexcept : Transaction(id) {}

  const std::optional<Message>& request() const noexcept { return messages_[0]; }
  /// Keeps the bytes and names what is odd about them.
  void take(Direction direction, Bytes bytes) noexcept;
  bool is_asked_by(const Message& response) const noexcept {
    return request() && !messages_[1] && request()->transaction_id == response.transaction_id &&
           request()->unit == response.unit &&
           request()->plain_function() == response.plain_function();
  }

  std::optional<std::uint64_t> number(rules::Field field, Direction direction,
                                      std::uint32_t instance) const noexcept override;
  void write_record(std::uint8_t kind, events::BoundedJsonWriter& json) const noexcept override;
  void log(ProtocolEvents& events) noexcept {
    events.record_due(*this, "modbus", 0, Direction::to_server);
  }

 private:
  std::array<std::uint8_t, kMaxMessage> bytes_[2];
  std::optional<Message> messages_[2];
};

}  // namespace sekisho::engines::modbus
