// Protocols of peers and of conferences whose messages tell their own length.
#include <algorithm>
#include <array>

#include "payload.h"

namespace sekisho::engines::appid {

bool is_gnutella(Payload& payload) noexcept {
  // One message of Gnutella 0.6 is the datagram: its identifier, of which byte 8 is all ones, type,
  // hops to go and gone, and the length of what follows. The length's upper half carries flags.
  constexpr std::size_t kHeader = 23, kModernAt = 8, kTypeAt = 16, kLengthAt = 19;
  constexpr unsigned kMostHops = 15;
  constexpr std::array<std::uint8_t, 9> kTypes = {
      0x00,  // ping
      0x01,  // pong
      0x02,  // bye
      0x10,  // routing table
      0x31,  // vendor's own message
      0x32,  // vendor's own message, standardised
      0x40,  // push
      0x80,  // query
      0x81,  // hits
  };
  const auto bytes = payload.bytes;
  if (bytes.size() < kHeader || bytes[kModernAt] != 0xff) return false;
  const auto length = static_cast<std::size_t>(bytes[kLengthAt] | bytes[kLengthAt + 1] << 8);
  const unsigned to_go = bytes[kTypeAt + 1], gone = bytes[kTypeAt + 2];
  return length == bytes.size() - kHeader && to_go + gone <= kMostHops && to_go + gone != 0 &&
         std::find(kTypes.begin(), kTypes.end(), bytes[kTypeAt]) != kTypes.end();
}

bool is_ethereum_handshake(Payload& payload) noexcept {
  // RLPx as of EIP-8: either end begins with a length and, encrypted for the other's key, a message
  // that starts with a point of the curve in full: 4, then 64 bytes.
  // Any encrypted message behind a length has that 4 once in 256 times: on Ethereum's port only.
  constexpr std::size_t kLeast = 2 + 65 + 16 + 32 + 64, kMost = 1200;
  const auto bytes = payload.bytes;
  if (!payload.is_first || !payload.is_on(kEthereumPort) || bytes.size() < kLeast ||
      bytes.size() > kMost)
    return false;
  const auto length = static_cast<std::size_t>(bytes[0] << 8 | bytes[1]);
  return length + 2 == bytes.size() && bytes[2] == 4;
}

bool is_bfcp(Payload& payload) noexcept {
  // RFC 8855 §5.1: version 1 (2 over datagrams) in the upper three bits, no fragment, a primitive
  // of those defined, and the rest's length in words.
  constexpr std::size_t kHeader = 12;
  constexpr std::uint8_t kLastPrimitive = 18;
  const auto bytes = payload.bytes;
  if (bytes.size() < kHeader) return false;
  const auto version = bytes[0] >> 5;
  const bool is_plain = (bytes[0] & 0x0f) == 0;  // neither a fragment nor a reserved bit
  const auto words = static_cast<std::size_t>(bytes[2] << 8 | bytes[3]);
  return (version == 1 || version == 2) && is_plain && bytes[1] >= 1 &&
         bytes[1] <= kLastPrimitive && kHeader + words * 4 == bytes.size();
}

}  // namespace sekisho::engines::appid
