#include "quic/quic_parser.h"

#include <algorithm>
#include <cstring>

namespace sekisho::engines::quic {
namespace {

constexpr std::uint8_t kLongHeader = 0x80;
constexpr std::size_t kGoogleHashBytes = 12;  // of packets before encryption

/// Versions whose long header is Google's own, not the one that RFC 8999 fixed.
constexpr bool has_google_header(std::uint32_t version) noexcept {
  return version >> 16 == 0x5130 && google_number(version) < 50;
}

bool skip_varints(Bytes& bytes, std::uint64_t count) noexcept {
  std::uint64_t ignored = 0;
  for (; count != 0; --count)
    if (!read_varint(bytes, ignored)) return false;
  return true;
}

bool skip_bytes(Bytes& bytes, std::uint64_t count) noexcept {
  if (count > bytes.size()) return false;
  bytes = bytes.subspan(static_cast<std::size_t>(count));
  return true;
}

/// RFC 9000 §19.3: largest, delay, count, first range, ranges; three counters more with ECN.
bool skip_ack(Bytes& bytes, bool ecn) noexcept {
  std::uint64_t ranges = 0;
  if (!skip_varints(bytes, 2) || !read_varint(bytes, ranges) || ranges > bytes.size()) return false;
  return skip_varints(bytes, 1 + 2 * ranges + (ecn ? 3 : 0));
}

/// §19.19: code, of the transport's also the frame's type, reason.
bool skip_close(Bytes& bytes, bool transport) noexcept {
  std::uint64_t reason = 0;
  return skip_varints(bytes, transport ? 2 : 1) && read_varint(bytes, reason) &&
         skip_bytes(bytes, reason);
}

}  // namespace

ParseStatus QuicParser::consume(Direction direction, std::span<const std::uint8_t> datagram,
                                ProtocolEvents& events) noexcept {
  if (datagram.empty()) return ParseStatus::ok;
  if ((datagram[0] & kLongHeader) != 0) {
    read_packets(direction, datagram, events);
  } else if (const bool before_q046 = (datagram[0] & 0x40) == 0; before_q046) {
    read_google_public(direction, datagram, events);
  } else {
    short_seen_[index_of(direction)] = true;
  }
  const bool settled = short_seen_[0] && short_seen_[1];
  const bool hellos = hello_done_[0] && hello_done_[1] && (short_seen_[0] || short_seen_[1]);
  return settled || hellos ? ParseStatus::enough : ParseStatus::ok;
}

void QuicParser::read_packets(Direction direction, Bytes datagram,
                              ProtocolEvents& events) noexcept {
  while (!datagram.empty() && (datagram[0] & kLongHeader) != 0) {
    std::uint32_t version = 0;
    ByteReader reader(datagram.subspan(1));
    if (!reader.be32(version)) break;
    if (has_google_header(version)) {
      read_google_long(direction, datagram, events);
      return;
    }
    const auto header = parse_long_header(datagram);
    if (!header) {
      report_fault(direction, version, "quic.error_on_header", events);
      return;
    }
    if (header->type == PacketType::initial)
      read_initial(direction, datagram.first(header->packet_bytes), *header, events);
    datagram = datagram.subspan(header->packet_bytes);
  }
  if (!datagram.empty() && (datagram[0] & 0xc0) == 0x40) short_seen_[index_of(direction)] = true;
}

/// Q044-Q046: type, version, one byte with both lengths of connection ids, ids, packet number.
void QuicParser::read_google_long(Direction direction, Bytes datagram,
                                  ProtocolEvents& events) noexcept {
  ByteReader reader(datagram);
  std::uint8_t first = 0, lengths = 0;
  std::uint32_t version = 0;
  // A length of 0 means none, others are 3 more.
  const auto id_bytes = [](unsigned code) { return code == 0 ? 0u : code + 3; };
  if (!reader.u8(first) || !reader.be32(version) || !reader.u8(lengths)) return;
  const std::size_t number_bytes = (first & 3u) + 1;
  if (!reader.skip(id_bytes(lengths >> 4) + id_bytes(lengths & 15) + number_bytes)) return;
  const Bytes frames = reader.skip(kGoogleHashBytes) ? reader.rest() : Bytes{};
  report_google(direction, frames, number_bytes, version, events);
}

/// Q043 and before, from the client: flags, connection id, version, packet number. Up to Q033 the
/// flag of what later is the server's nonce belongs to the connection id's length, and later
/// clients still set it.
void QuicParser::read_google_public(Direction direction, Bytes datagram,
                                    ProtocolEvents& events) noexcept {
  constexpr std::size_t kNumberBytes[] = {1, 2, 4, 6};
  ByteReader reader(datagram);
  std::uint8_t flags = 0;
  std::uint32_t version = 0;
  if (!reader.u8(flags)) return;
  const bool has_version = (flags & 1) != 0 && direction == Direction::to_server;
  if (!has_version) {
    short_seen_[index_of(direction)] = google_;
    return;
  }
  if ((flags & 8) != 0 && !reader.skip(8)) return;
  if (!reader.be32(version) || !is_google(version)) return;
  const auto number_bytes = kNumberBytes[flags >> 4 & 3];
  if (!reader.skip(number_bytes)) return;
  const Bytes frames = reader.skip(kGoogleHashBytes) ? reader.rest() : Bytes{};
  report_google(direction, frames, number_bytes, version, events);
}

void QuicParser::report_google(Direction direction, Bytes frames, std::size_t packet_number_bytes,
                               std::uint32_t version, ProtocolEvents& events) noexcept {
  google_ = true;
  QuicTransaction transaction(num_transactions_++, direction, version);
  const bool little_endian = google_number(version) < 39;
  if (const auto hello = find_google_hello(frames, packet_number_bytes, little_endian))
    transaction.take_google_hello(*hello, version);
  report(transaction, true, events);
}

void QuicParser::use_keys(Bytes connection_id, std::uint32_t version) noexcept {
  std::copy(connection_id.begin(), connection_id.end(), key_id_);
  key_id_bytes_ = static_cast<std::uint8_t>(connection_id.size());
  key_version_ = version;
  const auto* secrets = secrets_of(version);
  keys_ = derive_initial_keys(secrets->salt, secrets->labels, {key_id_, key_id_bytes_});
  has_keys_ = true;
}

/// Tries the keys that are known, and for a client's packet those of its own destination: it may be
/// the first, or the first after a Retry (RFC 9001 §5.2).
std::optional<Bytes> QuicParser::open(Direction direction, Bytes packet, const LongHeader& header,
                                      PlainRoom& room) noexcept {
  const bool to_server = direction == Direction::to_server;
  if (has_keys_) {
    if (header.version != key_version_) {
      std::uint8_t id[kMaxConnectionId];
      std::memcpy(id, key_id_, sizeof id);
      use_keys({id, key_id_bytes_}, header.version);
    }
    const auto plain = open_initial(packet, header, to_server ? keys_.client : keys_.server, room);
    if (plain) return plain;
  }
  if (!to_server ||
      (has_keys_ && std::ranges::equal(header.destination, Bytes(key_id_, key_id_bytes_))))
    return std::nullopt;
  const auto* secrets = secrets_of(header.version);
  const auto fresh = derive_initial_keys(secrets->salt, secrets->labels, header.destination);
  const auto plain = open_initial(packet, header, fresh.client, room);
  if (!plain) return std::nullopt;
  use_keys(header.destination, header.version);
  for (const auto side : {0, 1}) {
    streams_[side].reset();
    hello_done_[side] = false;
  }
  return plain;
}

void QuicParser::read_initial(Direction direction, Bytes packet, const LongHeader& header,
                              ProtocolEvents& events) noexcept {
  if (secrets_of(header.version) == nullptr) return;  // the server will ask for another version
  PlainRoom room;
  const auto plain = open(direction, packet, header, room);
  if (!plain) {
    if (!has_keys_ && direction == Direction::to_server)
      report_fault(direction, header.version, "quic.failed_decrypt", events);
    return;
  }
  if (is_google(header.version) && header.version >> 16 == 0x5130) {
    // Q050 keeps Google's hello, in a CRYPTO frame of its own number.
    constexpr std::string_view kClientHello = "CHLO";
    const auto at = as_text(*plain).find(kClientHello);
    if (at == std::string_view::npos || hello_done_[index_of(direction)]) return;
    QuicTransaction transaction(num_transactions_++, direction, header.version);
    if (const auto hello = parse_google_hello(plain->subspan(at)))
      transaction.take_google_hello(*hello, header.version);
    hello_done_[index_of(direction)] = true;
    report(transaction, true, events);
    return;
  }
  google_tls_ = is_google(header.version);
  if (!read_frames(direction, *plain))
    report_fault(direction, header.version, "quic.error_on_data", events);
  report_hello(direction, header.version, events);
}

/// The frames that Initial packets may hold (RFC 9000 §17.2.2). False: others, or malformed.
bool QuicParser::read_frames(Direction direction, Bytes frames) noexcept {
  CryptoStream& stream = streams_[index_of(direction)];
  while (!frames.empty()) {
    std::uint64_t type = 0, offset = 0, length = 0;
    if (frames[0] == 0) {  // padding, often a thousand bytes of it
      const auto rest = std::find_if(frames.begin(), frames.end(), [](auto b) { return b != 0; });
      frames = frames.subspan(static_cast<std::size_t>(rest - frames.begin()));
      continue;
    }
    if (!read_varint(frames, type)) return false;
    switch (type) {
      case 0x01:
        break;  // PING
      case 0x02:
      case 0x03:
        if (!skip_ack(frames, type == 0x03)) return false;
        break;
      case 0x08:  // of a stream, which cannot be here; CRYPTO of Google's T050 and T051
        if (!google_tls_) return false;
        [[fallthrough]];
      case 0x06:
        if (!read_varint(frames, offset) || !read_varint(frames, length) || length > frames.size())
          return false;
        if (!hello_done_[index_of(direction)] &&
            !stream.add(offset, frames.first(static_cast<std::size_t>(length))))
          return false;
        (void)skip_bytes(frames, length);
        break;
      case 0x1c:
      case 0x1d:
        if (!skip_close(frames, type == 0x1c)) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

void QuicParser::report_hello(Direction direction, std::uint32_t version,
                              ProtocolEvents& events) noexcept {
  const auto side = index_of(direction);
  if (hello_done_[side]) return;
  std::uint8_t type = 0;
  const auto body = streams_[side].message(type);
  if (body.empty()) return;
  hello_done_[side] = true;
  const std::uint8_t expected = direction == Direction::to_server ? 1 : 2;
  QuicTransaction transaction(num_transactions_++, direction, version);
  const bool good = type == expected && transaction.take_hello(body);
  if (!good) transaction.add_oddity("quic.error_on_data");
  report(transaction, good, events);
  streams_[side].reset();
}

/// Only the first: what cannot be read is often sent again.
void QuicParser::report_fault(Direction direction, std::uint32_t version, std::string_view oddity,
                              ProtocolEvents& events) noexcept {
  if (fault_reported_) return;
  fault_reported_ = true;
  QuicTransaction transaction(num_transactions_++, direction, version);
  transaction.add_oddity(oddity);
  report(transaction, false, events);
}

void QuicParser::report(QuicTransaction& transaction, bool with_record,
                        ProtocolEvents& events) noexcept {
  const auto direction = transaction.direction();
  for (const std::uint8_t stage : {std::uint8_t{1}, kStageEnd}) {
    transaction.set_stage(direction, stage);
    events.stage_reached(transaction, direction);
  }
  if (with_record) events.record_due(transaction, "quic", 0, direction);
  events.ended(transaction);
}

}  // namespace sekisho::engines::quic
