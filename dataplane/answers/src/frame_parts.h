#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/parse/packet_info.h"

/// What the builders of this folder share. Offsets and headers are those of the frame that is
/// answered; none of these reads or writes outside the bytes that its caller has checked.
namespace sekisho::dataplane {

inline constexpr std::size_t kTcpHeader = 20;
inline constexpr std::size_t kUdpHeader = 8;
inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv6Header = 40;
inline constexpr std::uint8_t kTtl = 64;

void put16(std::uint8_t* at, std::uint32_t value) noexcept;  // the lower 16 bits
void put32(std::uint8_t* at, std::uint32_t value) noexcept;

/// RFC 1071: `sum` and what it is continued with; fold() makes the checksum of it.
std::uint32_t sum16(std::span<const std::uint8_t> bytes, std::uint32_t sum) noexcept;
std::uint16_t fold(std::uint32_t sum) noexcept;

/// Not in a tunnel, no IP options or extension headers, whole.
bool is_plain_packet(const PacketInfo& info) noexcept;

/// MAC addresses of the Ethernet header and addresses of the IP header change places.
void turn_round(std::uint8_t* frame, const PacketInfo& info) noexcept;

/// After the transport header and its payload were written: lengths and checksums of the IP and
/// the transport header, and PPPoE's length. `message` is the bytes from the transport header on,
/// whose checksum, at `checksum_offset` in it, is replaced.
void finish_packet(std::uint8_t* frame, const PacketInfo& info, std::uint8_t protocol,
                   std::size_t message, std::size_t checksum_offset) noexcept;

/// PPPoE says its own length in the two bytes before the PPP protocol (RFC 2516 §4).
void mend_pppoe_length(const PacketInfo& info, std::uint8_t* out, std::size_t total) noexcept;

}  // namespace sekisho::dataplane
