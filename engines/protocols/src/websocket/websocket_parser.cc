#include "websocket/websocket_parser.h"

#include <algorithm>
#include <cstring>

#include "specs.h"

namespace sekisho::engines {
namespace websocket {
namespace {

/// The whole head, if it is in `bytes`: how many bytes it has; 0: more are needed.
std::size_t parse_head(Bytes bytes, FrameHead& head) noexcept {
  if (bytes.size() < 2) return 0;
  head.fin = (bytes[0] & 0x80) != 0;
  head.reserved = static_cast<std::uint8_t>(bytes[0] >> 4 & 7);
  head.opcode = static_cast<std::uint8_t>(bytes[0] & 0x0f);
  head.masked = (bytes[1] & 0x80) != 0;
  const auto length = static_cast<std::uint8_t>(bytes[1] & 0x7f);
  const std::size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
  const auto size = 2 + extended + (head.masked ? 4 : 0);
  if (bytes.size() < size) return 0;
  head.payload_bytes = extended == 0 ? length : 0;
  for (std::size_t i = 0; i < extended; ++i)
    head.payload_bytes = head.payload_bytes << 8 | bytes[2 + i];
  head.mask = 0;
  for (std::size_t i = 2 + extended; i < size; ++i) head.mask = head.mask << 8 | bytes[i];
  return size;
}

std::string_view opcode_name(std::uint8_t opcode) noexcept {
  switch (opcode) {
    case 0:
      return "continuation";
    case 1:
      return "text";
    case 2:
      return "binary";
    case 8:
      return "connection_close";
    case 9:
      return "ping";
    case 10:
      return "pong";
    default:
      return {};
  }
}

/// `bytes` follow `offset` bytes of the payload.
void unmask(std::span<std::uint8_t> bytes, std::uint32_t mask, std::uint64_t offset) noexcept {
  const std::uint8_t key[4] = {
      static_cast<std::uint8_t>(mask >> 24), static_cast<std::uint8_t>(mask >> 16),
      static_cast<std::uint8_t>(mask >> 8), static_cast<std::uint8_t>(mask)};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ key[(offset + i) & 3]);
}

}  // namespace

std::optional<Bytes> FrameTransaction::bytes(rules::Field field, Direction direction,
                                             std::uint32_t instance, FieldScratch) const noexcept {
  if (field != rules::Field::websocket_payload || direction != direction_ || instance != 0)
    return std::nullopt;
  return payload_;
}

std::optional<std::uint64_t> FrameTransaction::number(rules::Field field, Direction direction,
                                                      std::uint32_t instance) const noexcept {
  if (direction != direction_ || instance != 0) return std::nullopt;
  switch (field) {
    case rules::Field::websocket_opcode:
      return head_.opcode;
    case rules::Field::websocket_mask:
      return head_.masked ? std::optional<std::uint64_t>(head_.mask) : std::nullopt;
    case rules::Field::websocket_flags:
      return (head_.fin ? 0x80U : 0U) | (compressed_ ? 0x40U : 0U);
    default:
      return std::nullopt;
  }
}

void FrameTransaction::write_record(std::uint8_t, events::BoundedJsonWriter& json) const noexcept {
  json.begin_object("websocket");
  json.member("fin", head_.fin);
  if (head_.masked) json.member("mask", head_.mask);
  if (const auto name = opcode_name(head_.opcode); !name.empty())
    json.member("opcode", name);
  else
    json.member("opcode", unsigned{head_.opcode});
  json.end_object();
}

ParseStatus WebSocketParser::consume(Direction direction, Bytes bytes,
                                     ProtocolEvents& events) noexcept {
  auto& side = sides_[index_of(direction)];
  while (!bytes.empty()) {
    if (!side.in_payload && !read_head(side, bytes)) break;
    read_payload(side, bytes);
    if (side.seen == side.head.payload_bytes) frame_done(side, direction, events);
  }
  return ParseStatus::ok;
}

/// Takes from the front of `bytes`. True: the payload begins.
bool WebSocketParser::read_head(Side& side, Bytes& bytes) noexcept {
  while (!bytes.empty()) {
    side.head_bytes[side.num_head_bytes++] = bytes[0];
    bytes = bytes.subspan(1);
    if (parse_head(std::span(side.head_bytes).first(side.num_head_bytes), side.head) == 0) continue;
    side.num_head_bytes = 0;
    side.in_payload = true;
    side.seen = 0;
    side.cut = false;
    const bool control = side.head.opcode >= 8;
    if (!control && side.head.opcode != 0) {
      side.message.clear();
      side.message_compressed = side.head.compressed();
    }
    return true;
  }
  return false;
}

void WebSocketParser::read_payload(Side& side, Bytes& bytes) noexcept {
  const auto count = static_cast<std::size_t>(
      std::min<std::uint64_t>(bytes.size(), side.head.payload_bytes - side.seen));
  auto& buffer = buffer_of(side);
  const auto kept = std::min(count, buffer.max_size() - buffer.size());
  const auto before = buffer.size();
  if (buffer.append(bytes.first(kept))) {
    if (side.head.masked) unmask(buffer.writable().subspan(before), side.head.mask, side.seen);
    side.cut |= kept < count;
  } else {
    side.cut = true;
  }
  side.seen += count;
  bytes = bytes.subspan(count);
}

void WebSocketParser::frame_done(Side& side, Direction direction, ProtocolEvents& events) noexcept {
  side.in_payload = false;
  auto& buffer = buffer_of(side);
  const bool control = side.head.opcode >= 8;
  auto payload = buffer.view();
  bool unpacked = false;
  if (!control && side.head.fin && side.message_compressed && !side.cut) {
    unpacked = unpack(side);
    if (unpacked) payload = side.unpacked.view();
  }
  FrameTransaction transaction(next_id_++, side.head, payload, direction,
                               side.head.compressed() || unpacked);
  if (side.cut) transaction.add_oddity("websocket.skip_end_of_payload");
  if (!control && side.message_compressed && side.broken_codec)
    transaction.add_oddity("websocket.deflate_failed");
  current_ = &transaction;
  transaction.set_stage(opposite(direction), kStageEnd);
  for (const auto stage : {std::uint8_t{1}, kStageEnd}) {
    transaction.set_stage(direction, stage);
    events.stage_reached(transaction, direction);
  }
  events.record_due(transaction, "websocket", 0, direction);
  events.ended(transaction);
  current_ = nullptr;
  if (control || side.head.fin) buffer.reset();
  side.unpacked.reset();
}

/// permessage-deflate (RFC 7692 §7.2.2). False: not unpacked.
bool WebSocketParser::unpack(Side& side) noexcept {
  if (side.broken_codec) return false;
  if (side.codec == nullptr) side.codec = make_codec(side.message.pool(), CodecKind::inflate);
  constexpr std::array<std::uint8_t, 4> kTail = {0, 0, 0xff, 0xff};
  std::size_t total = 0;
  for (auto in : {side.message.view(), Bytes(kTail)}) {
    for (;;) {
      std::array<std::uint8_t, 4096> out;
      const auto step = side.codec == nullptr ? Codec::Step{.status = Codec::Status::broken}
                                              : side.codec->step(in, out);
      in = in.subspan(step.consumed);
      side.unpacked.append_some(std::span(out).first(step.produced));
      total += step.produced;
      if (step.status != Codec::Status::more || total > kMaxUnpackedBytes) {
        side.broken_codec = step.status != Codec::Status::ended;
        side.codec.reset();
        return !side.unpacked.empty();
      }
      if (step.produced == 0 && (in.empty() || step.consumed == 0)) break;
    }
  }
  return true;
}

bool WebSocketParser::gap(Direction direction, std::uint64_t count, ProtocolEvents&) noexcept {
  auto& side = sides_[index_of(direction)];
  side.broken_codec = true;  // its window is not the sender's any more
  if (!side.in_payload || count > side.head.payload_bytes - side.seen) return false;
  side.seen += count;
  side.cut = true;
  return true;
}

void WebSocketParser::end(Direction direction, ProtocolEvents& events) noexcept {
  auto& side = sides_[index_of(direction)];
  if (!side.in_payload) return;
  side.cut = true;
  frame_done(side, direction, events);
}

}  // namespace websocket

const ProtocolSpec kWebsocket{.protocol = Protocol::websocket,
                              .tcp = true,
                              // only ever announced by an upgrade
                              .probe = [](const ProbeInput&) noexcept { return Likeness::no; },
                              .make =
                                  [](MemoryPool& pool, const ParserOptions&) noexcept {
                                    return make_pooled<websocket::WebSocketParser, Parser>(pool,
                                                                                           pool);
                                  }};

}  // namespace sekisho::engines
