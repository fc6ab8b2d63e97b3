#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engines/memory/memory_pool.h"
#include "smb/smb_wire.h"

namespace sekisho::engines::smb {

/// Replaces `out` by UTF-16, little-endian, as UTF-8, up to a zero; what does not fit is cut.
void assign_utf16(Bytes text, PooledBytes& out) noexcept;
/// Of either encoding, up to its zero; takes it off the front. `offset` is the text's from the
/// message's beginning: UTF-16 is aligned to it.
Bytes take_text(Bytes& bytes, bool unicode, std::size_t offset) noexcept;
void assign_text(Bytes text, bool unicode, PooledBytes& out) noexcept;

/// NTLMSSP's third message (MS-NLMP §2.2.1.3), found in a security blob; empty parts: none.
struct Authentication {
  Bytes domain, user, host;  // UTF-16 or characters
  bool unicode = false;
  bool found = false;
  bool malformed = false;  // a part lies outside of the message
  Bytes version;           // 8 bytes; empty: not told
};
Authentication find_authentication(Bytes blob) noexcept;
/// Kerberos' AP-REQ (RFC 4121 §4.1) in it, as far as that is readable; empty: none.
Bytes find_ticket_request(Bytes blob) noexcept;

/// MS-ERREF §2.3; empty: not known.
std::string_view status_name(std::uint32_t status) noexcept;
std::string_view command_name(std::uint8_t version, std::uint16_t command) noexcept;
/// MS-FSCC §2.3; empty: not known.
std::string_view control_name(std::uint32_t code) noexcept;
std::string_view dialect_name(std::uint16_t dialect) noexcept;
/// Seconds since 1970 of 100 ns since 1601; 0: none.
std::uint64_t unix_seconds(std::uint64_t file_time) noexcept;

}  // namespace sekisho::engines::smb
