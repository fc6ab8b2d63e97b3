#include "enip/enip_transaction.h"
#include "exchanges.h"
#include "little_endian.h"
#include "message_frames.h"
#include "specs.h"

namespace sekisho::engines {
namespace enip {
namespace {

constexpr std::size_t kMaxOpen = 64;  // requests without response; then enip.too_many_transactions
constexpr std::uint16_t kPort = 44818;

std::uint64_t measure(Bytes bytes) noexcept {
  if (bytes.size() >= 2 && !is_command(le16_at(bytes, 0))) return MessageFrames::kBroken;
  if (bytes.size() < 4) return MessageFrames::kUnknown;
  return kHeadBytes + le16_at(bytes, 2);
}

/// EtherNet/IP with CIP, over TCP (messages one behind the other) and UDP (one a datagram).
class EnipParser final : public Parser {
 public:
  EnipParser(MemoryPool& pool, bool datagrams) noexcept
      : frames_{MessageFrames(pool, EnipTransaction::kMaxKept),
                MessageFrames(pool, EnipTransaction::kMaxKept)},
        open_(pool),
        datagrams_(datagrams) {}

  ParseStatus consume(Direction direction, std::span<const std::uint8_t> bytes,
                      ProtocolEvents& events) noexcept override {
    if (datagrams_) {
      datagram(direction, bytes, events);
      return ParseStatus::ok;
    }
    const bool good =
        frames_[index_of(direction)].feed(bytes, measure, [&](Bytes message, std::uint64_t length) {
          take(direction, message, length, events);
          return true;
        });
    if (good) return ParseStatus::ok;
    invalid(direction, events);
    return ParseStatus::failed;
  }
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept override {
    return datagrams_ || frames_[index_of(direction)].gap(count);
  }
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    over_[index_of(direction)] = true;
    if (over_[0] && over_[1]) open_.finish_all(events);
  }
  Transaction* current(Direction) noexcept override { return open_.newest(); }

 private:
  void datagram(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept {
    const auto header = read_header(bytes);
    const bool good = bytes.size() >= kHeadBytes && is_command(header.command) &&
                      bytes.size() - kHeadBytes >= header.length;
    if (good)
      take(direction, bytes.first(kHeadBytes + header.length), kHeadBytes + header.length, events);
    else
      invalid(direction, events);
  }

  void take(Direction direction, Bytes message, std::uint64_t length,
            ProtocolEvents& events) noexcept {
    if (direction == Direction::to_server)
      request(message, length, events);
    else
      response(message, length, events);
  }

  void request(Bytes message, std::uint64_t length, ProtocolEvents& events) noexcept {
    const bool full = open_.size() == kMaxOpen;
    auto* transaction = open_.open(events);
    if (transaction == nullptr) return;
    transaction->take(Direction::to_server, message, length);
    if (full && !flooded_) transaction->add_oddity("enip.too_many_transactions");
    flooded_ |= full;
    reach(*transaction, Direction::to_server, kStageEnd, events);
    const auto command = read_header(message).command;
    if (command == kNop || command == kUnregisterSession) open_.finish(*transaction, events);
  }

  void response(Bytes message, std::uint64_t length, ProtocolEvents& events) noexcept {
    const auto read = read_message(message);
    auto* transaction =
        open_.find_oldest([&](const EnipTransaction& one) { return one.is_asked_by(read); });
    if (transaction == nullptr) transaction = open_.open(events);
    if (transaction == nullptr) return;
    transaction->take(Direction::to_client, message, length);
    open_.finish(*transaction, events);
  }

  void invalid(Direction direction, ProtocolEvents& events) noexcept {
    auto* transaction = open_.open(events);
    if (transaction == nullptr) return;
    transaction->add_oddity("enip.invalid_pdu");
    reach(*transaction, direction, kStageEnd, events);
    open_.finish(*transaction, events);
  }

  MessageFrames frames_[2];
  Exchanges<EnipTransaction, kMaxOpen> open_;
  bool datagrams_;
  bool flooded_ = false;
  bool over_[2] = {};
};

/// Whose message it is; nullopt: it could be either's.
std::optional<Direction> sender_tells(const Message& message) noexcept {
  const auto& header = message.header;
  const auto response = [](bool yes) { return yes ? Direction::to_client : Direction::to_server; };
  if (header.status != 0) return Direction::to_client;
  if (message.cip) return response(message.cip->response);
  if (header.command == kRegisterSession) return response(header.session != 0);
  if (header.command == kListIdentity || header.command == kListServices)
    return response(header.length != 0);
  return std::nullopt;
}

/// On its port the header is enough; elsewhere what follows must be right too.
Likeness probe(const ProbeInput& input) noexcept {
  const auto bytes = input.bytes;
  const bool forward = input.server_port == kPort, backward = input.client_port == kPort;
  if (bytes.size() >= 2 && !is_command(le16_at(bytes, 0))) return Likeness::no;
  if (bytes.size() < kHeadBytes) return forward || backward ? Likeness::maybe : Likeness::no;
  const auto header = read_header(bytes);
  if (!is_status(header.status) || header.options != 0) return Likeness::no;
  if (forward != backward) return forward ? Likeness::yes : Likeness::reversed;
  const auto message = read_message(bytes);
  const bool list = header.command == kListIdentity || header.command == kListServices;
  const bool known = message.register_session || message.identity || message.service ||
                     message.cip || (list && header.length == 0 && header.session == 0);
  if (!known || message.malformed || bytes.size() < kHeadBytes + header.length) return Likeness::no;
  const auto sender = sender_tells(message);
  return sender.value_or(input.direction) == input.direction ? Likeness::yes : Likeness::reversed;
}

}  // namespace
}  // namespace enip

const ProtocolSpec kEnipTcp{.protocol = Protocol::enip,
                            .tcp = true,
                            .udp = false,
                            .probe = enip::probe,
                            .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                              return make_pooled<enip::EnipParser, Parser>(pool, pool, false);
                            }};
const ProtocolSpec kEnipUdp{.protocol = Protocol::enip,
                            .tcp = false,
                            .udp = true,
                            .probe = enip::probe,
                            .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                              return make_pooled<enip::EnipParser, Parser>(pool, pool, true);
                            }};

}  // namespace sekisho::engines
