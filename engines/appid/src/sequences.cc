#include "sequences.h"

#include <algorithm>

#include "randomness.h"
#include "rules/applications/catalogue.h"

namespace sekisho::engines::appid {
namespace {

namespace id = rules::application_id;

constexpr std::uint8_t kTcpProtocol = 6;
constexpr std::size_t kLengthPrefix = 2;  // of a message of OpenVPN over TCP, in clear

std::uint64_t digest_of(const Facts& facts) noexcept {
  constexpr std::uint64_t kPrime = 1099511628211;
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const auto byte : facts.source.bytes) hash = (hash ^ byte) * kPrime;
  for (const auto byte : facts.destination.bytes) hash = (hash ^ byte) * kPrime;
  hash = (hash ^ facts.source_port) * kPrime;
  hash = (hash ^ facts.destination_port) * kPrime;
  return (hash ^ facts.protocol) * kPrime;
}

/// A number near the front that is the payload's length, or what follows it: messages have headers.
bool has_length(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::size_t kLast = 6, kMostAround = 16;
  for (std::size_t at = 0; at <= kLast && at + 2 <= bytes.size(); ++at) {
    const auto big = static_cast<std::size_t>(bytes[at] << 8 | bytes[at + 1]);
    const auto little = static_cast<std::size_t>(bytes[at + 1] << 8 | bytes[at]);
    for (const auto value : {big, little})
      if (value >= kMostAround && value <= bytes.size() && bytes.size() - value <= kMostAround)
        return true;
  }
  return false;
}

bool has_prefix(std::span<const std::uint8_t> bytes) noexcept {
  return bytes.size() > kLengthPrefix &&
         static_cast<std::size_t>(bytes[0] << 8 | bytes[1]) == bytes.size() - kLengthPrefix;
}

/// Two zeros among the first bytes: numbers of a header.
bool has_small_numbers(std::span<const std::uint8_t> bytes) noexcept {
  const auto head = bytes.first(std::min(bytes.size(), Sequence::kHeadBytes));
  return std::count(head.begin(), head.end(), 0) >= 2;
}

/// Compares with what each end began with: what stands at the same place is a header's.
void note_head(Sequence& sequence, const Payload& payload) noexcept {
  const auto bytes = payload.bytes.first(std::min(payload.bytes.size(), Sequence::kHeadBytes));
  const std::size_t direction = payload.to_server ? 0 : 1;
  auto& own = sequence.heads[direction];
  const bool is_first = sequence.head_bytes[direction] == 0;
  const auto& other = is_first ? sequence.heads[1 - direction] : own;
  const std::size_t known = sequence.head_bytes[is_first ? 1 - direction : direction];
  for (std::size_t i = 0; i < std::min(known, bytes.size()); ++i)
    if (bytes[i] == other[i]) ++sequence.repeats;
  if (!is_first) return;
  std::copy(bytes.begin(), bytes.end(), own.begin());
  sequence.head_bytes[direction] = static_cast<std::uint8_t>(bytes.size());
}

void note_randomness(Sequence& sequence, const Payload& payload) noexcept {
  if (!sequence.is_random) return;
  if (sequence.count == 0)
    sequence.begins_random = payload.to_server && is_fully_encrypted_by_wu(payload.bytes);
  sequence.is_random = !has_small_numbers(payload.bytes) && !has_length(payload.bytes) &&
                       looks_random(payload.bytes);
  sequence.tested_bytes +=
      static_cast<std::uint32_t>(std::min(payload.bytes.size(), kMostTestedBytes));
}

// WireGuard (whitepaper §5.4): the initiation of a handshake and the response, by their lengths.
// Both end with a cookie's MAC, which is zero as long as the peer has not asked for one.
constexpr std::size_t kInitiationBytes = 148, kResponseBytes = 92, kMac = 16;

/// The last `size` bytes, ending with that zero MAC and otherwise random; empty: they are none.
std::span<const std::uint8_t> wireguard_message(std::span<const std::uint8_t> bytes,
                                                std::size_t size) noexcept {
  constexpr std::size_t kHeader = 4;  // is what obfuscation changes, with junk before it
  if (bytes.size() < size) return {};
  const auto message = bytes.last(size);
  const auto mac = message.last(kMac);
  if (std::any_of(mac.begin(), mac.end(), [](auto byte) { return byte != 0; })) return {};
  return looks_random(message.subspan(kHeader, size - kHeader - kMac))
             ? message
             : std::span<const std::uint8_t>{};
}

std::uint32_t index_at(std::span<const std::uint8_t> message, std::size_t at) noexcept {
  return std::uint32_t{message[at]} << 24 | std::uint32_t{message[at + 1]} << 16 |
         std::uint32_t{message[at + 2]} << 8 | message[at + 3];
}

/// What an answer must name.
void note_index(Sequence& sequence, const Payload& payload) noexcept {
  if (!payload.to_server) return;
  const auto message = wireguard_message(payload.bytes, kInitiationBytes);
  sequence.offered_index = message.empty() ? 0 : index_at(message, 4);
}

/// AmneziaWG and the like: other message types, junk before them; the answer still names the
/// initiator's index, which 1 of 4 billion does by chance.
bool is_obfuscated_wireguard(const Sequence& sequence, const Payload& payload) noexcept {
  if (payload.to_server || sequence.offered_index == 0) return false;
  const auto message = wireguard_message(payload.bytes, kResponseBytes);
  return !message.empty() && index_at(message, 8) == sequence.offered_index;
}

// Opcodes and key id 0, as the first byte has them (OpenVPN's ssl_pkt.h).
constexpr std::uint8_t kClientReset = 0x38, kServerReset = 0x40, kControl = 0x20, kAck = 0x28;
// Without an HMAC: opcode, session, number of acknowledged packets, packet; an answer also
// acknowledges one and names the other session; an acknowledgement has no packet of its own.
constexpr std::size_t kResetBytes = 14, kAnswerBytes = 26, kAckBytes = 22;
/// What tls-auth adds: nothing, or an HMAC of MD5, SHA-1, SHA-256 or SHA-512 and a packet's number.
constexpr std::array<std::size_t, 5> kAuthBytes{0, 24, 28, 40, 72};

/// One byte is the same XORed with all first bytes (the patch "openvpn_xorpatch": masks, positions
/// and reversal leave the first byte where it is), so their differences are those of opcodes.
bool is_scrambled_openvpn(const Sequence& sequence, std::size_t prefix) noexcept {
  const auto seen = sequence.seen();
  if (seen.size() != 4 || !seen[0].to_server || seen[1].to_server || !seen[2].to_server)
    return false;
  const auto added = std::size_t{seen[0].bytes} - kResetBytes - prefix;
  if (std::find(kAuthBytes.begin(), kAuthBytes.end(), added) == kAuthBytes.end()) return false;
  const auto opcode = [&](std::size_t i) {
    return static_cast<std::uint8_t>(seen[i].first ^ seen[0].first ^ kClientReset);
  };
  const auto goes_on = [&](std::size_t i) {
    const std::size_t bytes = seen[i].bytes, least = added + prefix;
    return (opcode(i) == kAck && bytes == kAckBytes + least) ||
           (opcode(i) == kControl && bytes > kResetBytes + least);
  };
  return seen[1].bytes == kAnswerBytes + added + prefix && opcode(1) == kServerReset &&
         goes_on(2) && goes_on(3);
}

// Where peers listen unless told otherwise (BEP 3).
constexpr std::uint16_t kFirstPeerPort = 6881, kLastPeerPort = 6889;

/// BitTorrent's message stream encryption: keys with up to 512 bytes of padding from either end,
/// then the initiator's hashes (40 bytes), and 16 bytes and more of what they agree upon.
bool is_message_stream_encryption(const Sequence& sequence) noexcept {
  constexpr std::size_t kLeastKey = 96, kMostKey = 96 + 512, kLeastOffer = 40 + 16, kLeastPick = 14;
  const auto seen = sequence.seen();
  if (seen.size() != 4 || !seen[0].to_server || seen[1].to_server || !seen[2].to_server)
    return false;
  const auto is_key = [](const SeenPayload& one) {
    return one.bytes >= kLeastKey && one.bytes <= kMostKey;
  };
  return is_key(seen[0]) && is_key(seen[1]) && seen[2].bytes >= kLeastOffer &&
         seen[3].bytes >= kLeastPick;
}

/// Nothing but a cipher's output from the first byte on, in both directions.
bool is_all_random(const Sequence& sequence) noexcept {
  constexpr std::size_t kLeastFirst = 48;  // a salt, and what is encrypted with a MAC
  constexpr std::uint32_t kLeastTested = 256;
  constexpr unsigned kMostRepeats = 1;  // by chance: one of ten flows has one
  if (!sequence.is_random || !sequence.begins_random || sequence.midstream ||
      sequence.repeats > kMostRepeats || sequence.tested_bytes < kLeastTested)
    return false;
  const auto seen = sequence.seen();
  const auto answer =
      std::find_if(seen.begin(), seen.end(), [](const SeenPayload& one) { return !one.to_server; });
  return answer != seen.end() && answer->bytes >= kLeastFirst && seen[0].bytes >= kLeastFirst;
}

}  // namespace

const Sequence* Sequences::add(const Facts& facts, const Payload& payload, unsigned payloads_before,
                               bool midstream) noexcept {
  const auto digest = digest_of(facts);
  auto& sequence = sequences_[(digest ^ digest >> 32) % kMax];
  if (payloads_before == 0) sequence = {.flow = digest, .midstream = midstream};
  if (sequence.flow != digest || sequence.count != payloads_before ||
      sequence.count == Sequence::kMaxPayloads)
    return nullptr;
  const auto size = payload.bytes.size();
  const bool is_tcp = facts.protocol == kTcpProtocol;
  if (is_tcp) {
    note_head(sequence, payload);
    note_randomness(sequence, payload);
    sequence.is_framed &= has_prefix(payload.bytes);
  } else {
    note_index(sequence, payload);
  }
  sequence.payloads[sequence.count++] = {
      .bytes = static_cast<std::uint16_t>(std::min<std::size_t>(size, 0xffff)),
      .first = payload.bytes[is_tcp && size > kLengthPrefix ? kLengthPrefix : 0],
      .to_server = payload.to_server};
  return &sequence;
}

ApplicationId application_of(const Sequence& sequence, const Facts& facts,
                             const Payload& payload) noexcept {
  const bool is_tcp = facts.protocol == kTcpProtocol;
  if (is_tcp && !sequence.is_framed) return 0;
  if (is_scrambled_openvpn(sequence, is_tcp ? kLengthPrefix : 0)) return id::kOpenvpnScrambled;
  return !is_tcp && is_obfuscated_wireguard(sequence, payload) ? id::kWireguardObfuscated
                                                               : id::kNone;
}

ApplicationId last_word_of(const Sequence& sequence, const Facts& facts,
                           bool beside_bittorrent) noexcept {
  if (facts.protocol != kTcpProtocol || !is_all_random(sequence)) return 0;
  const bool is_peer = beside_bittorrent || (facts.destination_port >= kFirstPeerPort &&
                                             facts.destination_port <= kLastPeerPort);
  return is_peer && is_message_stream_encryption(sequence) ? id::kBittorrentEncrypted
                                                           : id::kFullyEncrypted;
}

}  // namespace sekisho::engines::appid
