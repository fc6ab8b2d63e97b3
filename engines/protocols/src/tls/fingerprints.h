#pragma once

#include <array>

#include "config/events/json_writer.h"
#include "digest_door.h"
#include "tls/hello.h"

namespace sekisho::engines::tls {

/// Longest JA3 string that is made; a hello that needs more has none.
inline constexpr std::size_t kMaxJa3Bytes = 8192;

/// "version,ciphers,extensions,groups,point formats", decimal, GREASE left out.
void write_ja3(const ClientHello& hello, events::BoundedText& out) noexcept;
/// "version,cipher,extensions".
void write_ja3s(const ServerHello& hello, events::BoundedText& out) noexcept;

inline constexpr std::size_t kJa4Bytes = 36;  // "t13d1516h2_8daaf6152771_e5627efa2ab1"
using Ja4 = std::array<char, kJa4Bytes>;
/// Of ciphers and extensions beyond the first 512 nothing is said. `transport`: 't' TCP, 'q' QUIC.
Ja4 make_ja4(const ClientHello& hello, char transport) noexcept;

}  // namespace sekisho::engines::tls
