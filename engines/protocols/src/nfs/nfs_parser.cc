#include <array>

#include "little_endian.h"
#include "message_assembler.h"
#include "nfs/nfs_conversation.h"
#include "specs.h"

namespace sekisho::engines {
namespace nfs {
namespace {

constexpr std::uint16_t kNfsPort = 2049;

/// Over TCP: messages with a mark before them (RFC 5531 §11).
class NfsStreamParser final : public Parser {
 public:
  static constexpr std::size_t kMaxHead =
      std::size_t{16} * 1024;                            // put together of a split message
  static constexpr std::uint64_t kMaxMessage = 1 << 25;  // more is no message of NFS

  NfsStreamParser(MemoryPool& pool, const ParserOptions& options) noexcept
      : conversation_(pool, options), sides_{Side(pool), Side(pool)} {}

  ParseStatus consume(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept override;
  bool gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept override;
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    ended_[index_of(direction)] = true;
    conversation_.listen(events);
    if (ended_[0] && ended_[1]) conversation_.finish_all();
  }
  Transaction* current(Direction) noexcept override { return conversation_.newest(); }

 private:
  struct Side {
    explicit Side(MemoryPool& pool) noexcept : messages(pool, kMaxHead, message_bytes) {}
    MessageAssembler messages;
    std::uint64_t data_left = 0;  // of the file's data in the message under way
    bool continued = false;       // the next fragment is not a message's beginning
    bool lost_place = false;      // after a gap: a message is expected where a segment begins
  };
  static std::uint64_t message_bytes(Bytes head) noexcept;
  void take(Direction direction, const MessageAssembler::Piece& piece) noexcept;
  void pass(Direction direction, Bytes data) noexcept;

  NfsConversation conversation_;
  std::array<Side, 2> sides_;
  bool ended_[2] = {};
};

std::uint64_t NfsStreamParser::message_bytes(Bytes head) noexcept {
  constexpr std::uint64_t kLength = 0x7fffffff;
  if (head.size() < kMarkBytes) return MessageAssembler::kUndecided;
  const auto length = integer_at(head, 0, kMarkBytes, false) & kLength;
  return length == 0 || length > kMaxMessage ? 0 : length + kMarkBytes;
}

ParseStatus NfsStreamParser::consume(Direction direction, Bytes bytes,
                                     ProtocolEvents& events) noexcept {
  conversation_.listen(events);
  auto& side = sides_[index_of(direction)];
  if (side.lost_place) {
    const auto message = slice(bytes, kMarkBytes);
    const auto fits = direction == Direction::to_server ? is_nfs_call(message) : is_reply(message);
    if (!fits.value_or(false)) return ParseStatus::ok;
    side.lost_place = false;
  }
  MessageAssembler::Piece piece;
  auto status = MessageAssembler::Status::more;
  while ((status = side.messages.next(bytes, piece)) == MessageAssembler::Status::piece)
    take(direction, piece);
  if (status == MessageAssembler::Status::more) return ParseStatus::ok;
  side.messages.reset();
  conversation_.finish_all();
  return ParseStatus::failed;
}

void NfsStreamParser::take(Direction direction, const MessageAssembler::Piece& piece) noexcept {
  constexpr std::uint8_t kLastFragment = 0x80;
  auto& side = sides_[index_of(direction)];
  auto bytes = piece.bytes;
  if (piece.first) {
    const bool begins = !side.continued;
    side.continued = (bytes[0] & kLastFragment) == 0;
    side.data_left = 0;
    bytes = bytes.subspan(kMarkBytes);
    if (begins) {
      const auto data = conversation_.message(direction, bytes);
      side.data_left = data.length;
      bytes = slice(bytes, data.offset);
    }
  }
  if (side.data_left == 0 && piece.left != 0) return;
  pass(
      direction,
      bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(side.data_left, bytes.size()))));
  if (piece.left != 0 && side.data_left != 0) return;
  if (side.data_left != 0) conversation_.data_lost(direction, side.data_left);
  side.data_left = 0;
  conversation_.data_end(direction);
}

void NfsStreamParser::pass(Direction direction, Bytes data) noexcept {
  if (data.empty()) return;
  sides_[index_of(direction)].data_left -= data.size();
  conversation_.data(direction, data);
}

bool NfsStreamParser::gap(Direction direction, std::uint64_t count,
                          ProtocolEvents& events) noexcept {
  conversation_.listen(events);
  auto& side = sides_[index_of(direction)];
  const auto lost = std::min(count, side.data_left);
  if (lost != 0) conversation_.data_lost(direction, lost);
  side.data_left -= lost;
  if (lost != 0 && side.data_left == 0) conversation_.data_end(direction);
  side.lost_place = !side.messages.skip(count);
  if (!side.lost_place) return true;
  if (side.data_left != 0) conversation_.data_end(direction);
  side.data_left = 0;
  side.continued = false;
  return true;
}

/// Over UDP: a message a datagram.
class NfsDatagramParser final : public Parser {
 public:
  NfsDatagramParser(MemoryPool& pool, const ParserOptions& options) noexcept
      : conversation_(pool, options) {}

  ParseStatus consume(Direction direction, Bytes bytes, ProtocolEvents& events) noexcept override {
    conversation_.listen(events);
    const auto data = conversation_.message(direction, bytes);
    const auto whole = slice(bytes, data.offset);
    const auto present =
        whole.first(static_cast<std::size_t>(std::min<std::uint64_t>(data.length, whole.size())));
    conversation_.data(direction, present);
    if (present.size() < data.length)
      conversation_.data_lost(direction, data.length - present.size());
    conversation_.data_end(direction);
    return ParseStatus::ok;
  }
  bool gap(Direction, std::uint64_t, ProtocolEvents&) noexcept override { return true; }
  void end(Direction direction, ProtocolEvents& events) noexcept override {
    ended_[index_of(direction)] = true;
    conversation_.listen(events);
    if (ended_[0] && ended_[1]) conversation_.finish_all();
  }
  Transaction* current(Direction) noexcept override { return conversation_.newest(); }

 private:
  NfsConversation conversation_;
  bool ended_[2] = {};
};

/// Calls name their program; replies are known by the port alone.
Likeness probe_message(const ProbeInput& input, Bytes message, bool whole) noexcept {
  const auto call = is_nfs_call(message);
  const auto reply = is_reply(message);
  const bool to_server = input.direction == Direction::to_server;
  if (call.value_or(false)) return to_server ? Likeness::yes : Likeness::reversed;
  const bool own_port = input.server_port == kNfsPort || input.client_port == kNfsPort;
  if (!own_port) return call || whole ? Likeness::no : Likeness::maybe;
  if (reply.value_or(false)) return to_server ? Likeness::reversed : Likeness::yes;
  return (call && reply) || whole ? Likeness::no : Likeness::maybe;
}

Likeness probe_stream(const ProbeInput& input) noexcept {
  constexpr std::uint64_t kLength = 0x7fffffff;
  if (input.bytes.size() >= kMarkBytes) {
    const auto length = integer_at(input.bytes, 0, kMarkBytes, false) & kLength;
    if (length < kCallHeadBytes || length > NfsStreamParser::kMaxMessage) return Likeness::no;
    // what is there of the message must fit to a call or a reply
    if (input.bytes.size() >= kMarkBytes + 8 && integer_at(input.bytes, 8, 4, false) > 1)
      return Likeness::no;
  }
  return probe_message(input, slice(input.bytes, kMarkBytes), false);
}

Likeness probe_datagram(const ProbeInput& input) noexcept {
  return probe_message(input, input.bytes, true);
}

}  // namespace
}  // namespace nfs

const ProtocolSpec kNfsTcp{.protocol = Protocol::nfs,
                           .tcp = true,
                           .probe = nfs::probe_stream,
                           .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                             return make_pooled<nfs::NfsStreamParser, Parser>(pool, pool, options);
                           }};

const ProtocolSpec kNfsUdp{.protocol = Protocol::nfs,
                           .udp = true,
                           .probe = nfs::probe_datagram,
                           .make = [](MemoryPool& pool, const ParserOptions& options) noexcept {
                             return make_pooled<nfs::NfsDatagramParser, Parser>(pool, pool,
                                                                                options);
                           }};

}  // namespace sekisho::engines
