#include "dataplane/lent/lent_io.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <utility>

#include "dataplane/decrypt/segment/wire_number.h"
#include "dataplane/parse/decode.h"

namespace sekisho::dataplane {
namespace {

using decrypt::Side;

/// Of both directions' first bytes: any number does, as nobody else sees it.
constexpr std::uint32_t kFirstSeq = 1;
/// Ports take turns when both have much: of a burst the wire gets at least one half.
constexpr std::size_t kShareOfWire = 2;
/// After so many bytes their receiver acknowledges them: a tenth of its window.
constexpr std::uint32_t kUnacknowledged = std::uint32_t{100} << 20;
constexpr std::size_t kSeqInTcp = 4, kFlagsInTcp = 13;
constexpr std::uint8_t kTcp = 6;
/// As packet_type, which no driver has set: what comes behind the frame is of a later burst.
constexpr std::uint32_t kEndsBurst = 1;

}  // namespace

// Nobody else writes there: a frame beside the wire comes from no driver.
LentIo::Mark LentIo::mark_of(const rte_mbuf& frame) noexcept {
  return {.number = frame.hash.fdir.hi, .age = frame.hash.fdir.lo};
}

void LentIo::put_mark(rte_mbuf& frame, const Mark& mark) noexcept {
  frame.hash.fdir.hi = mark.number;
  frame.hash.fdir.lo = mark.age;
}

void LentIo::take_mark(rte_mbuf& reply, const rte_mbuf& about) noexcept {
  put_mark(reply, mark_of(about));
}

/// False of the wire's, and of what the worker made itself, which came in by no port.
bool LentIo::is_lent(const rte_mbuf& frame) const noexcept {
  return frame.port >= wire_ports_ && frame.port < 2 * wire_ports_;
}

LentIo::Place* LentIo::place_of(const Mark& mark) noexcept {
  if (mark.number >= places_.size()) return nullptr;
  auto& place = places_[mark.number];
  return place.in_use && place.age == mark.age ? &place : nullptr;
}

Side LentIo::side_of(const Place& place, std::uint16_t port) const noexcept {
  return place.port[index(Side::client)] == port ? Side::client : Side::server;
}

void LentIo::furnish(Room room) noexcept {
  places_ = std::move(room.places_);
  free_ = std::move(room.free_);
  waiting_ = std::move(room.waiting_);
}

bool LentIo::has_room(std::size_t frames) const noexcept {
  return waiting_.size() - num_waiting_ >= frames;
}

rte_mbuf* LentIo::take_waiting() noexcept {
  if (num_waiting_ == 0) return nullptr;
  auto* const frame = waiting_[first_waiting_];
  first_waiting_ = (first_waiting_ + 1) & (waiting_.size() - 1);
  --num_waiting_;
  return frame;
}

std::optional<LentNumber> LentIo::open(const LentConnection& connection) noexcept {
  if (free_.empty()) return std::nullopt;
  const auto number = free_.back();
  free_.pop_back();
  auto& place = places_[number];
  const auto age = place.age + 1;
  place = {};
  place.age = age;
  place.in_use = true;
  for (const auto side : {Side::client, Side::server}) {
    auto& way = place.ways[index(side)];
    way.frame = LentFrame(connection.ends, side, connection.link[index(side)]);
    way.cleared_seq = way.acknowledged_seq = kFirstSeq;
    place.port[index(side)] = static_cast<std::uint8_t>(connection.port[index(side)] + wire_ports_);
  }
  return number;
}

/// A frame of `number` is received next. False: there is no room or no buffer.
bool LentIo::queue(LentNumber number, Side from, const LentFrame::Segment& segment) noexcept {
  auto& place = places_[number];
  auto& way = place.ways[index(from)];
  if (!has_room(1)) return false;
  auto* const frame = rte_pktmbuf_alloc(pool_);
  if (frame == nullptr) return false;
  const auto size = way.frame.size_of(segment);
  rte_pktmbuf_append(frame, static_cast<std::uint16_t>(size));
  way.frame.write(segment, {rte_pktmbuf_mtod(frame, std::uint8_t*), size});
  frame->port = place.port[index(from)];
  put_mark(*frame, {.number = number, .age = place.age});
  const bool is_bare = segment.flags == decrypt::kAck && segment.payload.empty();
  // The handshake is judged before there is anything to be said against what follows it.
  frame->packet_type = is_bare && !place.is_met ? kEndsBurst : 0;
  waiting_[(first_waiting_ + num_waiting_) & (waiting_.size() - 1)] = frame;
  ++num_waiting_;
  return true;
}

/// The handshake that both ends have had with each other long ago.
bool LentIo::greet(LentNumber number) noexcept {
  constexpr std::uint32_t kBefore = kFirstSeq - 1;
  return queue(number, Side::client, {.seq = kBefore, .flags = decrypt::kSyn}) &&
         queue(number, Side::server,
               {.seq = kBefore, .ack = kFirstSeq, .flags = decrypt::kSyn | decrypt::kAck}) &&
         queue(number, Side::client, {.seq = kFirstSeq, .ack = kFirstSeq}) &&
         queue(number, Side::server, {.seq = kFirstSeq, .ack = kFirstSeq});  // its scaled window
}

bool LentIo::offer(LentNumber number, Side side, std::span<const std::uint8_t> bytes) noexcept {
  if (number >= places_.size() || !places_[number].in_use || bytes.empty() ||
      bytes.size() > kMostOfferedBytes)
    return false;
  auto& place = places_[number];
  auto& way = place.ways[index(side)];
  if (place.is_answered) return true;  // was on its way: it goes nowhere, and nothing is said of it
  if (way.is_offered || way.is_ended || place.is_condemned) return false;
  way.is_offered = true;
  way.offered_seq = way.cleared_seq;
  queue_offered(number, side, bytes);
  settle(number, side);  // at once where nothing of it found a place
  return true;
}

/// As frames. What finds no place is not cleared.
void LentIo::queue_offered(LentNumber number, Side side,
                           std::span<const std::uint8_t> bytes) noexcept {
  auto& place = places_[number];
  if (!place.is_met && !greet(number)) return;
  auto& way = place.ways[index(side)];
  const auto& other = place.ways[index(decrypt::other(side))];
  if (way.cleared_seq - way.acknowledged_seq >= kUnacknowledged) {
    way.acknowledged_seq = way.cleared_seq;
    if (!queue(number, decrypt::other(side), {.seq = other.cleared_seq, .ack = way.cleared_seq}))
      return;
  }
  auto seq = way.cleared_seq;
  while (!bytes.empty()) {
    const auto payload = bytes.first(std::min(bytes.size(), segment_bytes_));
    bytes = bytes.subspan(payload.size());
    const auto flags =
        static_cast<std::uint8_t>(bytes.empty() ? decrypt::kAck | decrypt::kPsh : decrypt::kAck);
    if (!queue(number, side,
               {.seq = seq, .ack = other.cleared_seq, .flags = flags, .payload = payload}))
      return;
    seq += static_cast<std::uint32_t>(payload.size());
    ++way.in_flight;
  }
}

void LentIo::end(LentNumber number, Side side) noexcept {
  if (number >= places_.size() || !places_[number].in_use) return;
  auto& place = places_[number];
  auto& way = place.ways[index(side)];
  if (way.is_ended || way.is_offered) return;
  way.is_ended = true;
  if (!place.is_met) return;
  queue(number, side,
        {.seq = way.cleared_seq,
         .ack = place.ways[index(decrypt::other(side))].cleared_seq,
         .flags = decrypt::kFin | decrypt::kAck});
}

void LentIo::close(LentNumber number) noexcept {
  if (number >= places_.size() || !places_[number].in_use) return;
  auto& place = places_[number];
  const bool is_ended = place.ways[0].is_ended && place.ways[1].is_ended;
  const auto& client = place.ways[index(Side::client)];
  // Otherwise the flow would wait for an end that has gone.
  if (place.is_met && !is_ended)
    queue(number, Side::client,
          {.seq = client.cleared_seq + (client.is_ended ? 1U : 0U),
           .ack = place.ways[index(Side::server)].cleared_seq,
           .flags = decrypt::kRst | decrypt::kAck});
  place.in_use = false;
  free_.push_back(number);
}

std::size_t LentIo::receive(std::span<rte_mbuf*> out) noexcept {
  if (num_waiting_ == 0) [[likely]]
    return wire_.receive(out);
  const auto spared = std::min(num_waiting_, out.size() / kShareOfWire);
  auto count = wire_.receive(out.first(out.size() - spared));
  while (count < out.size() && num_waiting_ != 0) {
    out[count++] = take_waiting();
    if (out[count - 1]->packet_type == kEndsBurst) break;
  }
  return count;
}

std::size_t LentIo::transmit(std::uint8_t port, std::span<rte_mbuf*> frames) noexcept {
  if (port < wire_ports_) [[likely]]
    return wire_.transmit(port, frames);
  for (auto* frame : frames) {
    is_lent(*frame) ? note(*frame, true) : take_reply(*frame, port);
    rte_pktmbuf_free(frame);
  }
  return frames.size();
}

void LentIo::discard(std::span<rte_mbuf*> frames) noexcept {
  for (auto* frame : frames)
    if (is_lent(*frame)) [[unlikely]]
      note(*frame, false);
  wire_.discard(frames);
}

/// What a frame of ours says; it is as it was written.
LentIo::Written LentIo::read(const Way& way, const rte_mbuf& frame) noexcept {
  const auto* const tcp = rte_pktmbuf_mtod_offset(
      &frame, const std::uint8_t*, way.frame.header_bytes() - decrypt::kTcpHeaderBytes);
  const auto flags = tcp[kFlagsInTcp];
  const bool has_options = (flags & decrypt::kSyn) != 0;
  return {
      .seq = decrypt::load32(tcp + kSeqInTcp),
      .flags = flags,
      .payload_bytes =
          has_options ? 0 : static_cast<std::uint32_t>(frame.data_len - way.frame.header_bytes())};
}

/// The worker has let a frame of ours pass, or dropped it.
void LentIo::note(const rte_mbuf& frame, bool went_on) noexcept {
  const auto mark = mark_of(frame);
  auto* const place = place_of(mark);
  if (place == nullptr) return;
  const auto from = side_of(*place, frame.port);
  auto& way = place->ways[index(from)];
  const auto written = read(way, frame);
  if (written.payload_bytes == 0) {
    // The last of the handshake: had the others not passed, it would be of no flow.
    place->is_met |= went_on && from == Side::client && written.flags == decrypt::kAck;
    return;
  }
  if (went_on && written.seq == way.cleared_seq) way.cleared_seq += written.payload_bytes;
  --way.in_flight;
  settle(mark.number, from);
}

/// Answers an offer, once each of its frames has gone its way.
void LentIo::settle(LentNumber number, Side from) noexcept {
  auto& way = places_[number].ways[index(from)];
  if (way.in_flight != 0 || !way.is_offered) return;
  way.is_offered = false;
  if (sink_ != nullptr) sink_->cleared(number, from, way.cleared_seq - way.offered_seq);
}

/// A frame that the worker made, about a connection of ours: a page, or a reset.
void LentIo::take_reply(const rte_mbuf& frame, std::uint8_t port) noexcept {
  const auto mark = mark_of(frame);
  auto* const place = place_of(mark);
  if (place == nullptr || place->is_condemned || sink_ == nullptr) return;
  const std::span<const std::uint8_t> bytes(rte_pktmbuf_mtod(&frame, const std::uint8_t*),
                                            frame.data_len);
  PacketInfo info;
  decode_ethernet(bytes, {}, info);
  if (info.kind != PacketKind::flow || info.protocol != kTcp) return;
  const bool is_to_client = side_of(*place, port) == Side::client;
  if ((info.tcp_flags & decrypt::kRst) != 0) {
    if (place->is_answered) return;  // the server hears it when the session ends
    place->is_condemned = true;
    return sink_->condemned(mark.number);
  }
  const auto payload = bytes.subspan(info.payload_offset, info.payload_bytes);
  const bool is_last = (info.tcp_flags & decrypt::kFin) != 0;
  if (!is_to_client || (payload.empty() && !is_last)) return;
  place->is_answered = true;
  sink_->answered(mark.number, payload, is_last);
}

}  // namespace sekisho::dataplane
