#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/base/byte_reader.h"

namespace sekisho::engines::tls {

using Bytes = std::span<const std::uint8_t>;

inline constexpr std::uint16_t kSsl2 = 0x0002;
inline constexpr std::uint16_t kTls12 = 0x0303;
inline constexpr std::uint16_t kTls13 = 0x0304;

/// Extension numbers (IANA) that mean something here.
enum class ExtensionType : std::uint16_t {
  server_name = 0,
  supported_groups = 10,
  ec_point_formats = 11,
  signature_algorithms = 13,
  alpn = 16,
  session_ticket = 35,
  pre_shared_key = 41,
  supported_versions = 43,
  encrypted_client_hello = 0xfe0d,
};

/// Values that clients throw in to keep servers tolerant (RFC 8701).
constexpr bool is_grease(std::uint16_t value) noexcept {
  return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/// A ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2), as views into the message.
struct ClientHello {
  std::uint16_t legacy_version = 0;
  Bytes random;
  Bytes session_id;
  Bytes ciphers;     // 2 bytes each
  Bytes extensions;  // the whole block
  Bytes server_name;
  Bytes protocols;             // ALPN: length-prefixed names
  Bytes versions;              // supported_versions, 2 bytes each
  Bytes groups;                // 2 bytes each
  Bytes point_formats;         // 1 byte each
  Bytes signature_algorithms;  // 2 bytes each
  bool has_server_name = false;
  bool several_server_names = false;
  bool encrypted_hello = false;  // ECH offered, or its GREASE
  bool has_ticket = false;       // not empty
};

/// A ServerHello or HelloRetryRequest.
struct ServerHello {
  std::uint16_t legacy_version = 0;
  std::uint16_t version = 0;  // selected; the legacy one where there is no supported_versions
  std::uint16_t cipher = 0;
  Bytes random;
  Bytes session_id;
  Bytes extensions;
  Bytes protocols;
};

/// `body`: the handshake message without its 4-byte header. False: malformed up to its extensions;
/// an extension that is malformed by itself is left out.
bool parse_client_hello(Bytes body, ClientHello& hello) noexcept;
bool parse_server_hello(Bytes body, ServerHello& hello) noexcept;

/// The version a client asks for: its most wanted one (RFC 8446 §4.2.1).
std::uint16_t wanted_version(const ClientHello& hello) noexcept;

/// Name `index` of a list of length-prefixed names.
std::optional<Bytes> protocol_name(Bytes protocols, std::uint32_t index) noexcept;

/// "TLS 1.2"; "" for what has no name.
std::string_view version_name(std::uint16_t version) noexcept;

/// Calls visit(type, body) for each extension up to the first malformed one.
template <class Visit>
void for_each_extension(Bytes extensions, Visit&& visit) noexcept {
  ByteReader reader(extensions);
  std::uint16_t type = 0;
  std::uint16_t length = 0;
  Bytes body;
  while (reader.be16(type) && reader.be16(length) && reader.take(length, body)) visit(type, body);
}

/// Calls visit(value) for each 2-byte value.
template <class Visit>
void for_each_be16(Bytes values, Visit&& visit) noexcept {
  ByteReader reader(values);
  std::uint16_t value = 0;
  while (reader.be16(value)) visit(value);
}

}  // namespace sekisho::engines::tls
