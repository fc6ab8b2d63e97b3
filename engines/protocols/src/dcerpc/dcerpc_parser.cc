#include "dcerpc/dcerpc_parser.h"

#include "specs.h"

namespace sekisho::engines {
namespace dcerpc {

ParseStatus DcerpcParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                  ProtocolEvents& events) noexcept {
  auto& messages = messages_[index_of(direction)];
  bool& lost_place = lost_place_[index_of(direction)];
  using Status = MessageAssembler::Status;
  MessageAssembler::Piece piece;
  auto status = Status::more;
  while ((status = messages.next(bytes, piece)) == Status::piece) {
    lost_place = false;
    const auto pdu = read_pdu(piece.bytes);
    if (!pdu) continue;
    events.frame(rules::Field::frame_dcerpc_pdu, direction, piece.bytes);
    events.frame(rules::Field::frame_dcerpc_hdr, direction, piece.bytes.first(kHeaderBytes));
    events.frame(rules::Field::frame_dcerpc_data, direction, piece.bytes.subspan(kHeaderBytes));
    read(direction, *pdu, events);
  }
  if (status == Status::more) return ParseStatus::ok;
  messages.reset();
  if (lost_place) return ParseStatus::ok;
  finish_all(events);
  return ParseStatus::failed;
}

DcerpcTransaction* DcerpcParser::open(std::uint32_t call_id, ProtocolEvents& events) noexcept {
  auto* made = calls_.open(events);
  if (made == nullptr) return nullptr;
  made->call.id = call_id;
  made->call.keeps_response_head = true;
  made->interfaces = &interfaces_;
  return made;
}

void DcerpcParser::read(Direction direction, const Pdu& pdu, ProtocolEvents& events) noexcept {
  if (!is_from(pdu, direction)) return;
  if (direction == Direction::to_server) finish_unasked(events);
  const bool begins = direction == Direction::to_server && (pdu.flags & kFirstFragment) != 0;
  auto* found = begins ? nullptr : calls_.find([&](const DcerpcTransaction& one) {
    return one.call.id == pdu.call_id && !one.call.side(direction).done;
  });
  if (found == nullptr) found = open(pdu.call_id, events);
  if (found == nullptr) return;
  found->call.add(pdu, direction, interfaces_, found->id());
  if (!found->call.side(direction).done) return;
  reach(*found, direction, kStageEnd, events);
  const bool asked = found->call.side(Direction::to_server).seen;
  if (direction == Direction::to_client && asked) calls_.finish(*found, events);
}

/// An answer without its question: it was lost when the client's bytes go on behind it.
void DcerpcParser::finish_unasked(ProtocolEvents& events) noexcept {
  const auto unasked = [](const DcerpcTransaction& one) {
    return one.call.side(Direction::to_client).done && !one.call.side(Direction::to_server).seen;
  };
  for (auto* found = calls_.find(unasked); found != nullptr; found = calls_.find(unasked))
    calls_.finish(*found, events);
}

void DcerpcParser::finish_all(ProtocolEvents& events) noexcept { calls_.finish_all(events); }

bool DcerpcParser::gap(Direction direction, std::uint64_t count, ProtocolEvents& events) noexcept {
  if (direction == Direction::to_server) finish_unasked(events);
  if (!messages_[index_of(direction)].skip(count)) lost_place_[index_of(direction)] = true;
  return true;
}

void DcerpcParser::end(Direction direction, ProtocolEvents& events) noexcept {
  ended_[index_of(direction)] = true;
  if (ended_[0] && ended_[1]) finish_all(events);
}

ParseStatus DatagramParser::consume(Direction direction, std::span<const std::uint8_t> bytes,
                                    ProtocolEvents& events) noexcept {
  constexpr std::uint8_t kLast = 0x02, kFragmented = 0x04;
  const auto datagram = read_datagram(bytes);
  if (!datagram) return ParseStatus::ok;
  const bool request = datagram->type == kRequest && direction == Direction::to_server;
  const bool answer = direction == Direction::to_client &&
                      (datagram->type == kResponse || datagram->type == kFault);
  if (!request && !answer) return ParseStatus::ok;
  auto* found = calls_.find([&](const DcerpcTransaction& one) {
    return one.datagram.sequence == datagram->sequence &&
           std::equal(std::begin(datagram->activity), std::end(datagram->activity),
                      one.datagram.activity) &&
           !one.call.side(direction).done;
  });
  if (found == nullptr) {
    found = calls_.open(events);
    if (found == nullptr) return ParseStatus::ok;
    found->datagram = *datagram;
    found->datagram.body = {};
    found->call.operation = datagram->operation;
    found->call.has_operation = true;
  }
  auto& side = found->call.side(direction);
  side.seen = true;
  side.type = datagram->type;
  ++side.fragments;
  side.done = (datagram->flags & kFragmented) == 0 || (datagram->flags & kLast) != 0;
  found->call.add_stub(direction, datagram->body);
  if (!side.done) return ParseStatus::ok;
  reach(*found, direction, kStageEnd, events);
  if (answer) calls_.finish(*found, events);
  return ParseStatus::ok;
}

void DatagramParser::end(Direction direction, ProtocolEvents& events) noexcept {
  ended_[index_of(direction)] = true;
  if (ended_[0] && ended_[1]) calls_.finish_all(events);
}

}  // namespace dcerpc

const ProtocolSpec kDcerpcTcp{.protocol = Protocol::dcerpc,
                              .tcp = true,
                              .probe = dcerpc::probe_stream,
                              .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                                return make_pooled<dcerpc::DcerpcParser, Parser>(pool, pool);
                              }};
const ProtocolSpec kDcerpcUdp{.protocol = Protocol::dcerpc,
                              .udp = true,
                              .probe = dcerpc::probe_datagram,
                              .make = [](MemoryPool& pool, const ParserOptions&) noexcept {
                                return make_pooled<dcerpc::DatagramParser, Parser>(pool, pool);
                              }};

}  // namespace sekisho::engines
