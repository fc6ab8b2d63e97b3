#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sekisho::engines::appid {

/// Bytes of a payload that are looked at: more tell hardly more.
inline constexpr std::size_t kMostTestedBytes = 1024;

/// Whether bytes could be the output of a cipher: as many bits set as by chance, no byte more
/// frequent than by chance. Few bytes hardly tell: below 16 everything could be.
bool looks_random(std::span<const std::uint8_t> bytes) noexcept;

/// Whether the first payload of a connection's client is one that the rules of Wu et al. ("How the
/// Great Firewall of China Detects and Blocks Fully Encrypted Traffic", USENIX Security 2023, §4.1)
/// do not exempt: bits set per byte within 3.4 and 4.6, not six printable bytes first, not more
/// than half of it printable, no more than 20 printable bytes in a row, no beginning of TLS or
/// HTTP.
bool is_fully_encrypted_by_wu(std::span<const std::uint8_t> payload) noexcept;

}  // namespace sekisho::engines::appid
