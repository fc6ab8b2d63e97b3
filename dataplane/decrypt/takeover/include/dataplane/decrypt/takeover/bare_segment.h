#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/decrypt/takeover/handover.h"

namespace sekisho::decrypt {

/// A TCP segment without data. Numbers in host order.
struct BareSegment {
  const IpAddress& source;
  const IpAddress& destination;
  std::uint16_t source_port;
  std::uint16_t destination_port;
  std::uint32_t seq;
  std::uint32_t ack;
  std::uint8_t flags;
  std::uint16_t window;  // not scaled
  bool has_timestamps;
  std::uint32_t timestamp;
  std::uint32_t echoed;
};

inline constexpr std::size_t kBareSegmentBytes = 40 + 20 + 12;

/// Writes it as an IP packet with all checksums, and returns its size. RFC 9293 §3.1, RFC 7323 §3.
std::size_t write_bare_segment(const BareSegment& segment,
                               std::span<std::uint8_t, kBareSegmentBytes> out) noexcept;

/// A segment in the name of `from`, which its other end's rebuilt half has to receive first: what
/// that sends before it hears from `from` would otherwise echo timestamp 0 (RFC 7323 §3.2).
std::size_t write_introduction(const Handover& handover, Side from,
                               std::span<std::uint8_t, kBareSegmentBytes> out) noexcept;

}  // namespace sekisho::decrypt
