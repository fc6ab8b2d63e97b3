#include "exchanges.h"
#include "message_frames.h"
#include "modbus/modbus_transaction.h"
#include "specs.h"

namespace sekisho::engines {
namespace modbus {
namespace {

constexpr std::size_t kMaxOpen = 64;  // requests without response; then modbus.flooded
constexpr std::uint16_t kPort = 502;

std::uint16_t length_of(Bytes bytes) noexcept {
  return static_cast<std::uint16_t>(bytes[4] << 8 | bytes[5]);
}

std::uint64_t measure(Bytes bytes) noexcept {
  if (bytes.size() < kHead) return MessageFrames::kUnknown;
  const auto length = length_of(bytes);
  return length < kMinLength ? MessageFrames::kBroken : kHead + length;
}

/// Modbus/TCP (Modbus messaging on TCP/IP V1.0b).
class ModbusParser final : public Parser {
 public:
  explicit ModbusParser(MemoryPool& pool) noexcept
      : frames_{MessageFrames(pool, kMaxMessage), MessageFrames(pool, kMaxMessage)}, open_(pool) {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    const bool good =
        frames_[index_of(direction)].feed(bytes, measure, [&](Bytes message, std::uint64_t) {
          return direction == Direction::to_server ? request(message, events)
                                                   : response(message, events);
        });
    if (good) return ParseStatus::ok;
    if (auto* transaction = open_.open(events); transaction != nullptr) {
      transaction->add_oddity("modbus.invalid_length");
      open_.finish(*transaction, events);
    }
    return ParseStatus::failed;
  }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept override {
    return frames_[index_of(direction)].gap(count);
  }
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    over_[index_of(direction)] = true;
    if (over_[0] && over_[1]) open_.finish_all(events);
  }
  Transaction* current(Direction) noexcept override { return open_.newest(); }

 private:
  bool request(Bytes message, ProtocolEvents& events) noexcept {
    const bool full = open_.size() == kMaxOpen;
    auto* transaction = open_.open(events);
    if (transaction == nullptr) return true;
    transaction->take(Direction::to_server, message);
    if (full && !flooded_) transaction->add_oddity("modbus.flooded");
    flooded_ |= full;
    reach(*transaction, Direction::to_server, kStageEnd, events);
    return true;
  }

  bool response(Bytes message, ProtocolEvents& events) noexcept {
    const auto head = read_message(message, true);
    // transaction identifiers of some clients are all the same: the oldest is the one
    auto* transaction =
        open_.find_oldest([&](const ModbusTransaction& one) { return one.is_asked_by(head); });
    if (transaction == nullptr) {
      transaction = open_.open(events);
      if (transaction == nullptr) return true;
      transaction->add_oddity("modbus.unsolicited_response");
    }
    transaction->take(Direction::to_client, message);
    open_.finish(*transaction, events);
    return true;
  }

  MessageFrames frames_[2];
  Exchanges<ModbusTransaction, kMaxOpen> open_;
  bool flooded_ = false;
  bool over_[2] = {};
};

/// What begins there has Modbus/TCP's head, as far as it goes.
bool has_head(Bytes bytes) noexcept {
  if ((bytes.size() > 2 && bytes[2] != 0) || (bytes.size() > 3 && bytes[3] != 0) ||
      (bytes.size() > 4 && bytes[4] != 0))
    return false;
  if (bytes.size() >= kHead && (length_of(bytes) < kMinLength || length_of(bytes) > kMaxLength))
    return false;
  return bytes.size() <= kHead + 1 || (bytes[kHead + 1] & 0x7f) != 0;
}

/// On its port the head is enough; elsewhere the length must be what the function says.
Likeness probe(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  if (!has_head(bytes)) return Likeness::no;
  const bool forward = input.server_port == kPort, backward = input.client_port == kPort;
  if (bytes.size() < kHead + kMinLength)
    return forward || backward ? Likeness::maybe : Likeness::no;
  const auto likely = looks_like(bytes);
  if (forward != backward) return forward ? Likeness::yes : Likeness::reversed;
  if (!likely.request && !likely.response) return Likeness::no;
  const std::size_t length = kHead + length_of(bytes);
  if (!has_head(bytes.subspan(length))) return Likeness::no;
  const bool to_server = input.direction == Direction::to_server;
  return (to_server ? likely.request : likely.response) ? Likeness::yes : Likeness::reversed;
}

}  // namespace
}  // namespace modbus

const ProtocolSpec kModbus{.protocol = Protocol::modbus,
                           .tcp = true,
                           .udp = false,
                           .probe = modbus::probe,
                           .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                             return make_pooled<modbus::ModbusParser, Parser>(pool, pool);
                           }};

}  // namespace sekisho::engines
