// The decrypting process's side of a diverter: its messages, its silence, its death.
#include <algorithm>
#include <array>

#include "dataplane/decrypt/diversion/diverter.h"
#include "dataplane/decrypt/takeover/bare_segment.h"

namespace sekisho::decrypt {
namespace {

constexpr std::size_t kLookedAtAPoll = 16;  // connections whose time may be over

}  // namespace

void Diverter::attach(RingWriter to_decrypt, RingReader from_decrypt, int bell) noexcept {
  out_ = to_decrypt;
  in_ = from_decrypt;
  bell_ = bell;
  is_attached_ = true;
}

void Diverter::poll(DiversionSink& sink, std::uint32_t now_ms, unsigned budget) noexcept {
  if (is_attached_) {
    RingReader::Message message;
    auto outcome = RingReader::Outcome::empty;
    for (unsigned i = 0; i < budget; ++i) {
      outcome = in_.next(message);
      if (outcome != RingReader::Outcome::message) break;
      take_message(message, sink);
    }
    if (outcome == RingReader::Outcome::broken) return lost(sink, now_ms);
    in_.release();
  }
  look_at_due(sink, now_ms);
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
      return fail(*c, sink);
    default:
      return;  // closed: the kernel may still say good-bye, until the flow's own end
  }
}

/// Its connections are rebuilt: what was held is the first that they hear.
void Diverter::go_on(Connection& c, std::uint64_t flow, DiversionSink& sink) noexcept {
  ++counters_.opened;
  c.state = State::diverted;
  for (std::size_t i = 0; i < c.held_count; ++i) {
    (void)to_decrypt(c.held[i].packet, c.held[i].checksum_is_good, flow);
    sink.discard(c.held[i].handle);
  }
  c.held_count = 0;
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

/// Some at a time: those whose ClientHello does not come, and those that wait for an answer.
void Diverter::look_at_due(DiversionSink& sink, std::uint32_t now_ms) noexcept {
  for (std::size_t i = 0; i < std::min(kLookedAtAPoll, connections_.size()); ++i) {
    const Number number = next_due_;
    next_due_ = (next_due_ + 1) % static_cast<Number>(connections_.size());
    Connection& c = connections_[number];
    const auto waited = now_ms - c.since_ms;
    if (c.state == State::asked && waited > settings_.reply_ms) {
      ++counters_.unanswered;
      bool sleeps = false;  // should it answer yet, it is to forget it
      (void)out_.send(MessageKind::abandon, 0, flow_id(number), {}, sleeps);
      if (sleeps) ring_bell(bell_);
      fail(c, sink);
    } else if ((c.state == State::holding || c.state == State::decision) && c.held_count != 0 &&
               waited > settings_.hold_ms) {
      ++counters_.too_long;
      release(c, sink);
    }
  }
}

void Diverter::lost(DiversionSink& sink, std::uint32_t) noexcept {
  if (!is_attached_) return;
  is_attached_ = false;
  for (Connection& c : connections_) {
    if (c.state == State::asked) {
      ++counters_.unanswered;
      fail(c, sink);
    } else if (c.state == State::diverted) {
      ++counters_.reset_by_death;
      table_.remove(c.ends);
      reset_ends(c, sink);
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
