#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sekisho::engines::dcerpc {

using Bytes = std::span<const std::uint8_t>;

// C706 §12.6.3.1: types of both flavours.
enum Type : std::uint8_t {
  kRequest = 0,
  kResponse = 2,
  kFault = 3,
  kBind = 11,
  kBindAck = 12,
  kBindNak = 13,
  kAlterContext = 14,
  kAlterContextResponse = 15,
  kAuth3 = 16,
  kHighestType = 20,  // RTS, MS-RPCH
};

inline constexpr std::uint8_t kFirstFragment = 0x01;
inline constexpr std::uint8_t kLastFragment = 0x02;
inline constexpr std::size_t kHeaderBytes = 16;
inline constexpr std::size_t kUuidBytes = 16;

/// "REQUEST", "BINDACK", ...: as EVE writes them.
std::string_view name_of(std::uint8_t type) noexcept;

/// A PDU of the connection-oriented flavour (C706 §12.6).
struct Pdu {
  std::uint8_t minor = 0, type = 0, flags = 0;
  bool little = false;  // its integers
  std::uint32_t call_id = 0;
  Bytes body;  // behind the header, with what is of the authentication
};
/// Bytes of the PDU that begins with `head`; MessageAssembler's LengthOf.
std::uint64_t pdu_bytes(Bytes head) noexcept;
/// `bytes` begins with at least a header; a cut one has less body.
std::optional<Pdu> read_pdu(Bytes bytes) noexcept;

/// A PDU of the connectionless flavour (C706 §12.5).
struct Datagram {
  std::uint8_t type = 0, flags = 0;
  bool little = false;
  std::uint8_t interface[kUuidBytes] = {};  // in the order of its text
  std::uint8_t activity[kUuidBytes] = {};
  std::uint32_t interface_version = 0, sequence = 0;
  std::uint16_t operation = 0, fragment = 0;
  Bytes body;
};
inline constexpr std::size_t kDatagramHeaderBytes = 80;
std::optional<Datagram> read_datagram(Bytes bytes) noexcept;

/// The first three parts are integers on the wire, in its order; as text they are big-endian.
void read_uuid(Bytes wire, bool little, std::uint8_t* out) noexcept;
/// "12345678-1234-abcd-ef00-0123456789ab" into 36 characters.
std::string_view uuid_text(const std::uint8_t* uuid, char (&room)[36]) noexcept;

}  // namespace sekisho::engines::dcerpc
