#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "config/base/address.h"
#include "config/base/result.h"

namespace sekisho::decrypt {

enum class Side : std::uint8_t { client, server };
constexpr Side other(Side side) noexcept {
  return side == Side::client ? Side::server : Side::client;
}

/// One end of a connection as its handshake left it. Numbers in host order.
struct HandoverEnd {
  static constexpr std::uint8_t kNoScale = 0xff;
  IpAddress address;
  std::uint32_t next_seq = 0;   // of the first byte behind its SYN
  std::uint32_t window = 0;     // bytes that it last offered the other end, scaled
  std::uint32_t timestamp = 0;  // the TSval it sent last (RFC 7323 §3); 0 without timestamps
  std::uint16_t port = 0;
  std::uint16_t mss = 0;          // payload bytes of a segment that it takes
  std::uint8_t scale = kNoScale;  // of the windows that it offers: 0-14; both ends' or neither's
  std::uint8_t reserved[3] = {};
};
static_assert(sizeof(HandoverEnd) == 36);

/// Everything that is needed to go on with both halves of a connection in the ends' names: its
/// handshake is over, and neither end has had a byte of the other. The bytes of this struct are the
/// message in which it is handed over.
struct Handover {
  std::uint64_t flow_id = 0;
  HandoverEnd client;
  HandoverEnd server;
  std::uint32_t age_ms = 0;  // since the ends' timestamps were seen
  std::uint8_t sack = 0;     // 0 or 1: both ends permitted it
  std::uint8_t timestamps = 0;
  std::uint8_t reserved[2] = {};

  const HandoverEnd& end(Side side) const noexcept {
    return side == Side::client ? client : server;
  }
};
static_assert(sizeof(Handover) == 88);

std::array<std::uint8_t, sizeof(Handover)> bytes_of(const Handover& handover) noexcept;

/// Checks everything that the rebuilding relies on. invalid_input says what is wrong.
Result<Handover> read_handover(std::span<const std::uint8_t> message);

}  // namespace sekisho::decrypt
