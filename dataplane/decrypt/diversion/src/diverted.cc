// The decrypting process's side of a diverter: its messages, its silence, its death.
#include <algorithm>
#include <array>

#include "dataplane/decrypt/diversion/diverter.h"
#include "dataplane/decrypt/takeover/bare_segment.h"

namespace sekisho::decrypt {
namespace {

constexpr std::size_t kLookedAtAMillisecond = 16;  // connections whose time may be over

}  // namespace

void Diverter::attach(RingWriter to_decrypt, RingReader from_decrypt, int bell) noexcept {
  out_ = to_decrypt;
  in_ = from_decrypt;
  bell_ = bell;
  is_attached_ = true;
}

unsigned Diverter::poll(DiversionSink& sink, std::uint32_t now_ms, unsigned budget) noexcept {
  unsigned taken = 0;
  if (is_attached_) {
    RingReader::Message message;
    auto outcome = RingReader::Outcome::empty;
    for (; taken < budget; ++taken) {
      outcome = in_.next(message);
      if (outcome != RingReader::Outcome::message) break;
      take_message(message, sink);
    }
    if (outcome == RingReader::Outcome::broken)
      lost(sink, now_ms);
    else if (taken != 0)
      in_.release();
  }
  if (now_ms != looked_ms_ && free_holds_.size() != holds_.size()) look_at_due(sink, now_ms);
  return taken;
}

void Diverter::take_message(const RingReader::Message& message, DiversionSink& sink) noexcept {
  if (message.header.kind == MessageKind::emitted) return emitted(message.body, sink);
  Connection* const c = by_flow_id(message.header.flow_id);
  if (c == nullptr) return;
  switch (message.header.kind) {
    case MessageKind::ready:
      if (c->state == State::asked) go_on(*c, message.header.flow_id, sink);
      return;
    case MessageKind::refused:
      if (c->state != State::asked) return;
      ++counters_.refused;
      return fail(*c, DiversionNews::Why::refused, sink);
    default:
      if (c->state == State::diverted) tell(*c, message, sink);
  }
}

/// What a session says of itself. After closed the kernel may still say good-bye, until the flow's
/// own end.
void Diverter::tell(const Connection& c, const RingReader::Message& message,
                    DiversionSink& sink) noexcept {
  using Kind = DiversionNews::Kind;
  const Number number = number_of(c);
  if (message.header.kind == MessageKind::closed) return sink.tell(number, {.kind = Kind::closed});
  if (message.header.kind == MessageKind::opened) {
    if (const auto session = read_opened(message.body))
      sink.tell(number, {.kind = Kind::opened, .session = *session});
  } else if (message.header.kind == MessageKind::failed) {
    if (const auto failure = read_failure(message.body))
      sink.tell(number, {.kind = Kind::failed, .failure = *failure});
  } else if (message.header.flags <= 1) {
    const auto from = static_cast<Side>(message.header.flags);
    if (message.header.kind == MessageKind::plaintext)
      sink.plaintext(number, from, message.body, false);
    if (message.header.kind == MessageKind::plaintext_end) sink.plaintext(number, from, {}, true);
  }
}

Diverter::Path Diverter::path(Number number) const noexcept {
  const auto& c = connections_[number];
  const auto towards = [&](Side side) {
    const auto& direction = c.towards[static_cast<std::size_t>(side)];
    return Towards{.link = direction.link, .port = direction.port};
  };
  return {.ends = c.ends, .towards = {towards(Side::client), towards(Side::server)}};
}

bool Diverter::say(Number number, MessageKind kind, std::uint16_t flags,
                   std::span<const std::uint8_t> body) noexcept {
  if (connections_[number].state != State::diverted) return true;  // nobody is there to hear it
  bool sleeps = false;
  if (!out_.send(kind, flags, flow_id(number), body, sleeps)) return false;
  if (sleeps) ring_bell(bell_);
  return true;
}

bool Diverter::clear(Number number, Side from, std::uint32_t bytes) noexcept {
  return say(number, MessageKind::cleared, static_cast<std::uint16_t>(from), cleared_bytes(bytes));
}

bool Diverter::answer(Number number, std::span<const std::uint8_t> bytes) noexcept {
  return say(number, MessageKind::answer, 0, bytes);
}

bool Diverter::condemn(Number number) noexcept { return say(number, MessageKind::condemn, 0, {}); }

/// Its connections are rebuilt: what was held is the first that they hear.
void Diverter::go_on(Connection& c, std::uint64_t flow, DiversionSink& sink) noexcept {
  ++counters_.opened;
  c.state = State::diverted;
  sink.tell(number_of(c), {.kind = DiversionNews::Kind::taken_over});
  const auto taken = take_hold(c);
  for (const Held& held : taken.frames()) {
    (void)to_decrypt(held.packet, held.checksum_is_good, flow);
    sink.discard(held.handle);
  }
}

/// The packet is looked at in place and copied once, by the sink; it names its connection itself,
/// and none but those that were handed over.
void Diverter::emitted(std::span<const std::uint8_t> packet, DiversionSink& sink) noexcept {
  TcpPacket at;
  if (read_tcp_packet(packet, at) == PacketProblem::none) {
    const auto ends = ends_of(packet, at);
    for (const Side side : {Side::server, Side::client}) {
      const auto found = table_.find(side == Side::server ? ends : turned_round(ends));
      if (!found || connections_[*found].state != State::diverted) continue;
      Direction& onwards = connections_[*found].towards[static_cast<std::size_t>(side)];
      return sink.emit(onwards.port, onwards.link.for_packet(packet.size()), packet);
    }
  }
  ++counters_.unknown_emitted;
}

/// Some at a time: those whose ClientHello does not come, and those that wait for an answer. Either
/// holds something.
void Diverter::look_at_due(DiversionSink& sink, std::uint32_t now_ms) noexcept {
  using Why = DiversionNews::Why;
  looked_ms_ = now_ms;
  for (std::size_t i = 0; i < std::min(kLookedAtAMillisecond, holds_.size()); ++i) {
    next_due_ = (next_due_ + 1) % holds_.size();
    const Number number = holds_[next_due_].owner;
    if (number == kNone) continue;
    Connection& c = connections_[number];
    const auto waited = now_ms - c.since_ms;
    if (c.state == State::asked && waited > settings_.reply_ms) {
      ++counters_.unanswered;
      abandon(number);  // should it answer yet, it is to forget it
      fail(c, Why::absent, sink);
    } else if (c.state != State::asked && waited > settings_.hold_ms) {
      (void)give_up(c, counters_.too_long, Why::too_long, c.terms.block_on_failure, sink);
    }
  }
}

void Diverter::lost(DiversionSink& sink, std::uint32_t) noexcept {
  if (!is_attached_) return;
  is_attached_ = false;
  for (Connection& c : connections_) {
    if (c.state == State::asked) {
      ++counters_.unanswered;
      fail(c, DiversionNews::Why::absent, sink);
    } else if (c.state == State::diverted) {
      ++counters_.reset_by_death;
      table_.remove(c.ends);
      reset_ends(c, sink);
      sink.tell(number_of(c),
                {.kind = DiversionNews::Kind::blocked, .why = DiversionNews::Why::absent});
    }
  }
}

/// Both ends hear of it now; whoever goes on all the same hears it again.
void Diverter::reset_ends(Connection& c, DiversionSink& sink) noexcept {
  c.state = State::dead;
  for (const Side side : {Side::client, Side::server}) reset_towards(c, side, sink);
}

/// With the number that the end itself acknowledged last, which no other would do for (RFC 5961).
void Diverter::reset_towards(Connection& c, Side side, DiversionSink& sink) noexcept {
  Direction& way = c.towards[static_cast<std::size_t>(side)];
  if (!way.link.is_known()) return;  // nothing was seen that goes there
  const bool to_client = side == Side::client;
  std::array<std::uint8_t, kBareSegmentBytes> packet;
  const auto bytes =
      write_bare_segment({.source = to_client ? c.ends.server : c.ends.client,
                          .destination = to_client ? c.ends.client : c.ends.server,
                          .source_port = to_client ? c.ends.server_port : c.ends.client_port,
                          .destination_port = to_client ? c.ends.client_port : c.ends.server_port,
                          .seq = way.next_seq,
                          .ack = way.next_ack,
                          .flags = kRst | kAck,
                          .window = 0,
                          .has_timestamps = false,
                          .timestamp = 0,
                          .echoed = 0},
                         packet);
  sink.emit(way.port, way.link.for_packet(bytes), std::span(packet).first(bytes));
}

}  // namespace sekisho::decrypt
