#include "dataplane/decrypt/takeover/handshake.h"

#include <algorithm>

#include "dataplane/decrypt/segment/wire_number.h"

namespace sekisho::decrypt {
namespace {

// RFC 9293 §3.7.1, of an end whose SYN says nothing.
constexpr std::uint16_t kDefaultMssV4 = 536, kDefaultMssV6 = 1220;

std::span<const std::uint8_t> options_in(std::span<const std::uint8_t> packet,
                                         const TcpPacket& at) noexcept {
  const auto begin = at.tcp_offset + kTcpHeaderBytes;
  return packet.subspan(begin, at.payload_offset - begin);
}

IpAddress address_in(std::span<const std::uint8_t> packet, const TcpPacket& at,
                     bool source) noexcept {
  const auto both = addresses_of(packet, at);
  const auto one = source ? both.first(both.size() / 2) : both.last(both.size() / 2);
  if (at.is_ipv4) return IpAddress::from_v4(load32(one.data()));
  IpAddress address;
  std::copy(one.begin(), one.end(), address.bytes.begin());
  return address;
}

}  // namespace

Handshake::Outcome Handshake::note(std::span<const std::uint8_t> packet, const TcpPacket& at,
                                   Side from, std::uint32_t now_ms) noexcept {
  if ((at.flags & kSyn) != 0) {
    outcome_ = note_syn(packet, at, from);
  } else if (outcome_ == Outcome::going_on) {
    note_ack(packet, at, from);
  }
  noted_ms_ = now_ms;
  return outcome_;
}

Handshake::Outcome Handshake::note_syn(std::span<const std::uint8_t> packet, const TcpPacket& at,
                                       Side from) noexcept {
  const bool answers = (at.flags & kAck) != 0;
  if (answers != (from == Side::server)) return Outcome::impossible;  // simultaneous open
  if (at.payload_bytes != 0) return Outcome::impossible;              // TCP Fast Open
  if (answers && (!client_.seen || at.ack != client_.next_seq)) return Outcome::impossible;
  TcpOptions options;
  if (!read_tcp_options(options_in(packet, at), options)) return Outcome::impossible;
  if (from == Side::client) *this = {};
  const auto default_mss = at.is_ipv4 ? kDefaultMssV4 : kDefaultMssV6;
  of(from) = {.next_seq = at.seq + 1,
              .timestamp = options.timestamp,
              .window = at.window,
              .mss = options.mss == 0 ? default_mss : options.mss,
              .scale = options.window_scale,
              .seen = true,
              .sack = options.sack_permitted,
              .timestamps = options.has_timestamps};
  return Outcome::going_on;
}

/// The client's answer to the SYN-ACK, or its first data, which says the same.
void Handshake::note_ack(std::span<const std::uint8_t> packet, const TcpPacket& at,
                         Side from) noexcept {
  if ((at.flags & kRst) != 0 || !client_.seen || !server_.seen) return;
  if (from == Side::server) {
    // An end that speaks first has sent what the rebuilt connection would not know of.
    if (at.payload_bytes != 0 || at.seq != server_.next_seq) outcome_ = Outcome::impossible;
    return;
  }
  if (at.ack != server_.next_seq || at.seq != client_.next_seq) return;
  TcpOptions options;
  if (!read_tcp_options(options_in(packet, at), options)) return;
  if (options.has_timestamps) client_.timestamp = options.timestamp;
  client_.window = at.window;
  client_window_is_scaled_ = true;
  outcome_ = Outcome::complete;
}

bool Handshake::scales() const noexcept {
  return client_.scale != TcpOptions::kNone && server_.scale != TcpOptions::kNone;
}

HandoverEnd Handshake::end_of(const End& end) const noexcept {
  HandoverEnd told;
  told.next_seq = end.next_seq;
  told.window = end.window;  // a window in a SYN is never scaled (RFC 7323 §2.2)
  told.timestamp = end.timestamp;
  told.mss = end.mss;
  told.scale = scales() ? end.scale : HandoverEnd::kNoScale;
  return told;
}

Handover Handshake::handover(std::span<const std::uint8_t> packet, const TcpPacket& at,
                             std::uint64_t flow_id, std::uint32_t now_ms) const noexcept {
  Handover told;
  told.flow_id = flow_id;
  told.client = end_of(client_);
  told.server = end_of(server_);
  told.client.address = address_in(packet, at, true);
  told.server.address = address_in(packet, at, false);
  told.client.port = load16(packet.data() + at.tcp_offset);
  told.server.port = load16(packet.data() + at.tcp_offset + 2);
  if (client_window_is_scaled_ && scales()) told.client.window <<= client_.scale;
  told.age_ms = now_ms - noted_ms_;
  told.sack = client_.sack && server_.sack;
  told.timestamps = client_.timestamps && server_.timestamps;
  return told;
}

}  // namespace sekisho::decrypt
