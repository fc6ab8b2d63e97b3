#include "dcerpc/pdu.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "digest_door.h"
#include "little_endian.h"
#include "message_assembler.h"

namespace sekisho::engines::dcerpc {
namespace {

constexpr std::uint8_t kLittleEndian = 0x10;  // data representation, first byte's upper half

}  // namespace

std::string_view name_of(std::uint8_t type) noexcept {
  static constexpr std::array<std::string_view, kHighestType + 1> kNames{
      "REQUEST",   "PING",     "RESPONSE",      "FAULT",
      "WORKING",   "NOCALL",   "REJECT",        "ACK",
      "CL_CANCEL", "FACK",     "CANCEL_ACK",    "BIND",
      "BINDACK",   "BINDNAK",  "ALTER_CONTEXT", "ALTER_CONTEXT_RESP",
      "AUTH3",     "SHUTDOWN", "CO_CANCEL",     "ORPHANED",
      "RTS"};
  return type < kNames.size() ? kNames[type] : "UNKNOWN";
}

std::uint64_t pdu_bytes(Bytes head) noexcept {
  constexpr std::size_t kDecides = 10;  // up to the fragment's length
  if (head[0] != 5 || (head.size() > 1 && head[1] > 1)) return 0;
  if (head.size() > 2 && head[2] > kHighestType) return 0;
  if (head.size() < kDecides) return MessageAssembler::kUndecided;
  const auto length = integer_at(head, 8, 2, (head[4] & kLittleEndian) != 0);
  return length < kHeaderBytes ? 0 : length;
}

std::optional<Pdu> read_pdu(Bytes bytes) noexcept {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  const auto length = pdu_bytes(bytes);
  if (length == 0 || length == MessageAssembler::kUndecided) return std::nullopt;
  Pdu pdu;
  pdu.minor = bytes[1];
  pdu.type = bytes[2];
  pdu.flags = bytes[3];
  pdu.little = (bytes[4] & kLittleEndian) != 0;
  pdu.call_id = static_cast<std::uint32_t>(integer_at(bytes, 12, 4, pdu.little));
  pdu.body = slice(bytes, kHeaderBytes, static_cast<std::size_t>(length) - kHeaderBytes);
  return pdu;
}

std::optional<Datagram> read_datagram(Bytes bytes) noexcept {
  if (bytes.size() < kDatagramHeaderBytes || bytes[0] != 4) return std::nullopt;
  Datagram datagram;
  datagram.type = bytes[1];
  datagram.flags = bytes[2];
  datagram.little = (bytes[4] & kLittleEndian) != 0;
  read_uuid(bytes.subspan(24, kUuidBytes), datagram.little, datagram.interface);
  read_uuid(bytes.subspan(40, kUuidBytes), datagram.little, datagram.activity);
  const auto integer = [&](std::size_t offset, std::size_t count) {
    return integer_at(bytes, offset, count, datagram.little);
  };
  datagram.interface_version = static_cast<std::uint32_t>(integer(60, 4));
  datagram.sequence = static_cast<std::uint32_t>(integer(64, 4));
  datagram.operation = static_cast<std::uint16_t>(integer(68, 2));
  datagram.fragment = static_cast<std::uint16_t>(integer(76, 2));
  const auto length = static_cast<std::size_t>(integer(74, 2));
  datagram.body = slice(bytes, kDatagramHeaderBytes, length);
  return datagram;
}

void read_uuid(Bytes wire, bool little, std::uint8_t* out) noexcept {
  std::copy_n(wire.begin(), kUuidBytes, out);
  if (!little) return;
  std::reverse(out, out + 4);
  std::reverse(out + 4, out + 6);
  std::reverse(out + 6, out + 8);
}

std::string_view uuid_text(const std::uint8_t* uuid, char (&room)[36]) noexcept {
  constexpr std::size_t kGroups[] = {4, 2, 2, 2, 6};
  char* out = room;
  for (const auto bytes : kGroups) {
    if (out != room) *out++ = '-';
    write_hex({uuid, bytes}, out);
    uuid += bytes;
    out += 2 * bytes;
  }
  return {room, sizeof(room)};
}

}  // namespace sekisho::engines::dcerpc
