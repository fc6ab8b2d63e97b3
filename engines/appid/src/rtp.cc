#include "payload.h"

namespace sekisho::engines::appid {
namespace {

/// A header alone is weak, unless a call announced it. Otherwise the next packet of the same end
/// must carry on with the same source, so that chance has one in a hundred million.
bool is_rtp_packet(Payload& payload, std::span<const std::uint8_t> packet,
                   bool may_lack_source) noexcept {
  constexpr std::uint16_t kMostLost = 3;
  ByteReader reader(packet);
  std::uint8_t first = 0, type = 0;
  std::uint16_t sequence = 0;
  std::uint32_t source = 0;
  if (!reader.u8(first) || first >> 6 != 2 || !reader.u8(type) || !reader.be16(sequence) ||
      !reader.skip(4) || !reader.be32(source) || reader.rest().empty())
    return false;
  const auto media = type & 0x7fU;
  const bool assigned = media <= 34 || media >= 96;  // RFC 3551 §6; 72-76 are RTCP's
  if (!assigned || (source == 0 && !may_lack_source)) return false;
  if (payload.is_announced) return true;
  const auto digest = static_cast<std::uint8_t>(
      (source ^ source >> 8 ^ source >> 16 ^ source >> 24) << 1 | (payload.to_server ? 1U : 0U));
  const auto& before = payload.rtp;
  const auto step = static_cast<std::uint16_t>(sequence - before.sequence);
  if (before.seen && before.source == digest && step >= 1 && step <= kMostLost) return true;
  const bool other_end = before.seen && ((before.source ^ digest) & 1U) != 0;
  if (!other_end) payload.rtp = {sequence, digest, true};
  return false;
}

}  // namespace

bool is_rtp(Payload& payload) noexcept { return is_rtp_packet(payload, payload.bytes, false); }

bool is_rtp_over_tcp(Payload& payload) noexcept {
  ByteReader reader(payload.bytes);
  std::uint16_t length = 0;
  return reader.be16(length) && length == reader.rest().size() &&
         is_rtp_packet(payload, reader.rest(), true);
}

/// A compound packet: whole reports to the datagram's end, the first a
/// sender's or receiver's report, and at least two (RFC 3550 §6.1), one where a call announced it.
bool is_rtcp(Payload& payload) noexcept {
  constexpr std::uint8_t kSenderReport = 200, kReceiverReport = 201, kLastKind = 207;
  constexpr std::size_t kWord = 4;
  ByteReader reader(payload.bytes);
  unsigned packets = 0;
  for (; !reader.rest().empty(); ++packets) {
    std::uint8_t first = 0, kind = 0;
    std::uint16_t words = 0;
    if (!reader.u8(first) || first >> 6 != 2 || !reader.u8(kind) || !reader.be16(words) ||
        !reader.skip(words * kWord))
      return false;
    if (packets == 0 && kind != kSenderReport && kind != kReceiverReport) return false;
    if (kind < kSenderReport || kind > kLastKind) return false;
  }
  return packets >= (payload.is_announced ? 1U : 2U);
}

/// Whole packets of 188 bytes, two at least, each with its synchronisation byte and content.
bool is_mpeg_ts(Payload& payload) noexcept {
  constexpr std::size_t kPacket = 188;
  constexpr std::uint8_t kSync = 0x47, kReservedControl = 0x30;
  const auto bytes = payload.bytes;
  if (bytes.size() < 2 * kPacket || bytes.size() % kPacket != 0) return false;
  for (std::size_t at = 0; at < bytes.size(); at += kPacket)
    if (bytes[at] != kSync || (bytes[at + 3] & kReservedControl) == 0) return false;
  return true;
}

}  // namespace sekisho::engines::appid
