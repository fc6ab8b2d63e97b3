// The life of a connection that may have to be opened, on its worker: handshake, ClientHello,
// decision, hand-over, diversion.
#include "dataplane/decrypt/diversion/diverter.h"

#include <algorithm>
#include <utility>

namespace sekisho::decrypt {
namespace {

std::span<const std::uint8_t> packet_of(const DivertedFrame& frame) noexcept {
  return frame.bytes.subspan(frame.ip_offset, frame.ip_bytes);
}

}  // namespace

Diverter::Diverter(const DiversionSettings& settings)
    : settings_(settings),
      connections_(settings.most_connections),
      table_(settings.most_connections),
      holds_(settings.most_holding),
      hello_room_(kMostHelloBytes) {
  free_.reserve(settings.most_connections);
  for (Number n = settings.most_connections; n > 0; --n) free_.push_back(n - 1);
  free_holds_.reserve(settings.most_holding);
  for (auto n = settings.most_holding; n > 0; --n)
    free_holds_.push_back(static_cast<std::uint16_t>(n - 1));
}

std::uint64_t Diverter::flow_id(Number number) const noexcept {
  return std::uint64_t{connections_[number].age} << 32 | number;
}

Diverter::Connection* Diverter::by_flow_id(std::uint64_t flow_id) noexcept {
  const auto number = static_cast<Number>(flow_id);
  if (number >= connections_.size() || this->flow_id(number) != flow_id) return nullptr;
  return &connections_[number];
}

Diverter::Number Diverter::number_of(const Connection& c) const noexcept {
  return static_cast<Number>(&c - connections_.data());
}

bool Diverter::awaits_decision(Number number) const noexcept {
  return connections_[number].state == State::decision;
}

bool Diverter::is_over(Number number) const noexcept {
  return connections_[number].state == State::over;
}

bool Diverter::is_taken(Number number) const noexcept {
  const auto state = connections_[number].state;
  return state == State::diverted || state == State::dead;
}

void Diverter::agree(Number number, const DiversionTerms& terms) noexcept {
  connections_[number].terms = terms;
}

Diverter::Number Diverter::watch(const DivertedFrame& frame, std::uint32_t now_ms) noexcept {
  TcpPacket at;
  const auto packet = packet_of(frame);
  if (free_.empty() || frame.from != Side::client ||
      read_tcp_packet(packet, at) != PacketProblem::none || at.payload_bytes != 0)
    return kNone;
  const Number number = free_.back();
  free_.pop_back();
  Connection& c = connections_[number];
  ++c.age;
  c.state = State::handshake;
  c.hold = kNoHold;
  c.since_ms = now_ms;
  c.terms = {};
  c.ends = ends_of(packet, at);
  c.handshake = {};
  c.towards = {};
  ++counters_.watched;
  learn(c, frame, at);
  (void)c.handshake.note(packet, at, Side::client, now_ms);
  return number;
}

/// How frames reach either end, and where its sequence numbers are, for a reset.
void Diverter::learn(Connection& c, const DivertedFrame& frame, const TcpPacket& at) noexcept {
  Direction& back = c.towards[static_cast<std::size_t>(frame.from)];
  if ((at.flags & kAck) != 0) back.next_seq = at.ack;
  back.next_ack = at.end_seq();
  back.port = frame.port;
  // Onwards goes what comes: the header that this frame has.
  (void)c.towards[static_cast<std::size_t>(other(frame.from))].link.keep(
      frame.bytes.first(frame.ip_offset));
}

Diverter::Fate Diverter::take(Number number, const DivertedFrame& frame, DiversionSink& sink,
                              std::uint32_t now_ms) noexcept {
  Connection& c = connections_[number];
  if (c.state == State::over || c.state == State::free) return Fate::pass;
  const auto packet = packet_of(frame);
  TcpPacket at;
  const auto problem = read_tcp_packet(packet, at);
  if (problem != PacketProblem::none) {
    // An ICMP error is the rebuilt connection's to hear; a fragment is lost like a packet.
    if (c.state != State::diverted) return Fate::pass;
    return problem == PacketProblem::other_protocol
               ? to_decrypt(packet, frame.checksum_is_good, flow_id(number))
               : Fate::consumed;
  }
  learn(c, frame, at);
  switch (c.state) {
    case State::handshake:
      return follow_handshake(c, frame, at, sink, now_ms);
    case State::holding:
    case State::decision:
    case State::asked:
      return hold(c, frame, at, sink, now_ms);
    case State::diverted:
      return to_decrypt(packet, frame.checksum_is_good, flow_id(number));
    case State::dead:
      if ((at.flags & kRst) == 0) reset_towards(c, frame.from, sink);
      return Fate::consumed;
    case State::free:
    case State::over:
      break;
  }
  return Fate::pass;
}

Diverter::Fate Diverter::follow_handshake(Connection& c, const DivertedFrame& frame,
                                          const TcpPacket& at, DiversionSink& sink,
                                          std::uint32_t now_ms) noexcept {
  const auto outcome = c.handshake.note(packet_of(frame), at, frame.from, now_ms);
  const bool is_complete = outcome == Handshake::Outcome::complete;
  const bool has_way = c.towards[0].link.is_known() && c.towards[1].link.is_known();
  if (outcome == Handshake::Outcome::impossible || (is_complete && !has_way))
    return give_up(c, counters_.impossible, DiversionNews::Why::impossible,
                   c.terms.block_on_failure, sink);
  if (!is_complete) return Fate::pass;
  c.state = State::holding;
  c.since_ms = now_ms;
  // The last ACK of the handshake itself goes on: the server waits for it.
  return at.payload_bytes == 0 ? Fate::pass : hold(c, frame, at, sink, now_ms);
}

/// Between the handshake and the hand-over. What is not held passes: it is the ends' own.
Diverter::Fate Diverter::hold(Connection& c, const DivertedFrame& frame, const TcpPacket& at,
                              DiversionSink& sink, std::uint32_t now_ms) noexcept {
  using Why = DiversionNews::Why;
  const bool is_asked = c.state == State::asked;
  // Whoever speaks first is no TLS server, and who is told good-bye before a hello no client of it.
  const bool speaks_first = frame.from == Side::server && at.payload_bytes != 0;
  if (!is_asked && (speaks_first || (at.flags & (kRst | kFin | kSyn)) != 0))
    return give_up(c, counters_.not_tls, Why::not_tls, speaks_first && c.terms.block_not_tls, sink);
  if (!is_asked && (at.payload_bytes == 0 || frame.from == Side::server)) return Fate::pass;
  const auto held = held_of(c);
  if (held.size() == kMostHeld) {
    if (is_asked) return Fate::consumed;  // lost: it comes again, when the connection is rebuilt
    return give_up(c, counters_.too_long, Why::too_long, c.terms.block_on_failure, sink);
  }
  if (!keep(c, {frame.handle, packet_of(frame), frame.checksum_is_good, frame.from}))
    return give_up(c, counters_.no_room, Why::no_room, c.terms.block_on_failure, sink);
  if (is_asked || c.state == State::decision) return Fate::held;
  switch (hello_state(c)) {
    case HelloState::incomplete:
      break;
    case HelloState::complete:
      c.state = State::decision;
      c.since_ms = now_ms;
      break;
    case HelloState::not_tls:
      --holds_[c.hold].count;  // the worker has this one, behind the others
      return give_up(c, counters_.not_tls, Why::not_tls, c.terms.block_not_tls, sink);
  }
  return Fate::held;
}

/// False: there is no room.
bool Diverter::keep(Connection& c, const Held& frame) noexcept {
  if (c.hold == kNoHold) {
    if (free_holds_.empty()) return false;
    c.hold = free_holds_.back();
    free_holds_.pop_back();
    holds_[c.hold].owner = number_of(c);
    holds_[c.hold].count = 0;
  }
  Hold& hold = holds_[c.hold];
  hold.held[hold.count++] = frame;
  return true;
}

std::span<const Diverter::Held> Diverter::held_of(const Connection& c) const noexcept {
  if (c.hold == kNoHold) return {};
  return holds_[c.hold].frames();
}

/// What was held of it, and the room for others.
Diverter::Hold Diverter::take_hold(Connection& c) noexcept {
  if (c.hold == kNoHold) return {};
  const Hold taken = holds_[c.hold];
  holds_[c.hold].owner = kNone;
  free_holds_.push_back(std::exchange(c.hold, kNoHold));
  return taken;
}

/// Of a connection that was never asked for.
Diverter::Fate Diverter::give_up(Connection& c, SharedCount& count, DiversionNews::Why why,
                                 bool blocks, DiversionSink& sink) noexcept {
  using Kind = DiversionNews::Kind;
  ++count;
  if (!blocks) {
    release(c, sink);
    sink.tell(number_of(c), {.kind = Kind::passed, .why = why});
    return Fate::pass;
  }
  const auto taken = take_hold(c);
  for (const Held& held : taken.frames()) sink.discard(held.handle);
  reset_ends(c, sink);
  sink.tell(number_of(c), {.kind = Kind::blocked, .why = why});
  return Fate::consumed;
}

/// Of what is held, put together in the order of its numbers; what is missing ends it.
HelloState Diverter::hello_state(const Connection& c) noexcept {
  const auto held = held_of(c);
  std::size_t have = 0;
  TcpPacket first;
  if (held.empty() || read_tcp_packet(held[0].packet, first) != PacketProblem::none)
    return HelloState::not_tls;
  auto begin = first.seq;
  for (const Held& one : held) {
    TcpPacket at;
    if (read_tcp_packet(one.packet, at) != PacketProblem::none) continue;
    if (static_cast<std::int32_t>(at.seq - begin) < 0) begin = at.seq;
  }
  for (bool grew = true; grew;) {
    grew = false;
    for (const Held& one : held) {
      TcpPacket at;
      if (read_tcp_packet(one.packet, at) != PacketProblem::none) continue;
      const auto from = static_cast<std::size_t>(at.seq - begin);
      if (from > have || from + at.payload_bytes <= have) continue;
      if (from + at.payload_bytes > hello_room_.size()) return HelloState::not_tls;
      std::copy_n(one.packet.begin() + at.payload_offset, at.payload_bytes,
                  hello_room_.begin() + static_cast<std::ptrdiff_t>(from));
      have = from + at.payload_bytes;
      grew = true;
    }
  }
  return client_hello_state(std::span(hello_room_).first(have));
}

void Diverter::decide(Number number, bool open, DiversionSink& sink,
                      std::uint32_t now_ms) noexcept {
  Connection& c = connections_[number];
  if (c.state != State::decision) return;
  if (open) return hand_over(number, sink, now_ms);
  release(c, sink);
}

void Diverter::hand_over(Number number, DiversionSink& sink, std::uint32_t now_ms) noexcept {
  using Why = DiversionNews::Why;
  Connection& c = connections_[number];
  const auto first = held_of(c).front().packet;
  TcpPacket at;
  (void)read_tcp_packet(first, at);
  const auto handover = c.handshake.handover(first, at, flow_id(number), now_ms);
  if (!is_attached_) {
    ++counters_.unanswered;
    return fail(c, Why::absent, sink);
  }
  if (!table_.add(c.ends, number)) {
    ++counters_.refused;
    return fail(c, Why::refused, sink);
  }
  c.state = State::asked;
  c.since_ms = now_ms;
  auto wish = c.terms.wish;
  wish.pass_unopened = !c.terms.block_on_failure;
  bool sleeps = false;
  if (!out_.send(MessageKind::handover, handover_flags(wish), flow_id(number), bytes_of(handover),
                 sleeps)) {
    ++counters_.ring_full;
    return fail(c, Why::no_room, sink);
  }
  ++counters_.handed_over;
  if (sleeps) ring_bell(bell_);
}

Diverter::Fate Diverter::to_decrypt(std::span<const std::uint8_t> packet, bool checksum_is_good,
                                    std::uint64_t flow) noexcept {
  bool sleeps = false;
  const auto flags = checksum_is_good ? kChecksumIsGood : std::uint16_t{0};
  if (!out_.send(MessageKind::packet, flags, flow, packet, sleeps)) ++counters_.ring_full;
  if (sleeps) ring_bell(bell_);
  return Fate::consumed;
}

/// It is left alone: what was held goes its way in the order in which it came.
void Diverter::release(Connection& c, DiversionSink& sink) noexcept {
  c.state = State::over;
  const auto taken = take_hold(c);
  for (const Held& held : taken.frames()) sink.forward(held.handle);
}

/// It should be opened and cannot be.
void Diverter::fail(Connection& c, DiversionNews::Why why, DiversionSink& sink) noexcept {
  if (const auto found = table_.find(c.ends); found == number_of(c)) table_.remove(c.ends);
  SharedCount counted_already;
  (void)give_up(c, counted_already, why, c.terms.block_on_failure, sink);
}

/// The decrypting process is to forget it.
void Diverter::abandon(Number number) noexcept {
  bool sleeps = false;
  (void)out_.send(MessageKind::abandon, 0, flow_id(number), {}, sleeps);
  if (sleeps) ring_bell(bell_);
}

void Diverter::cut(Number number, DiversionSink& sink) noexcept {
  Connection& c = connections_[number];
  if (c.state == State::free || c.state == State::dead) return;
  if (c.state == State::asked || c.state == State::diverted) {
    abandon(number);
    table_.remove(c.ends);
  }
  ++counters_.reset_by_policy;
  const auto taken = take_hold(c);
  for (const Held& held : taken.frames()) sink.discard(held.handle);
  reset_ends(c, sink);
}

void Diverter::end(Number number, DiversionSink& sink) noexcept {
  Connection& c = connections_[number];
  if (c.state == State::free) return;
  if (c.state == State::asked || c.state == State::diverted) {
    abandon(number);
    table_.remove(c.ends);
  }
  const auto taken = take_hold(c);
  for (const Held& held : taken.frames()) sink.discard(held.handle);
  let_go(number);
}

void Diverter::let_go(Number number) noexcept {
  connections_[number].state = State::free;
  ++connections_[number].age;
  free_.push_back(number);
}

}  // namespace sekisho::decrypt
