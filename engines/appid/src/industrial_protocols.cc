// What machines, buildings and railways speak.
#include <algorithm>
#include <array>

#include "payload.h"

namespace sekisho::engines::appid {
namespace {

constexpr std::uint8_t kUmasFunction = 0x5a, kException = 0x80;

/// A Modbus/TCP message (MODBUS Messaging on TCP/IP 1.0b §3.1.3): transaction, protocol 0, length,
/// unit, function. Its function, or 0.
std::uint8_t modbus_function(std::span<const std::uint8_t> message) noexcept {
  constexpr std::uint16_t kMostBytes = 254, kMostUmasBytes = 1024;
  ByteReader reader(message);
  std::uint16_t protocol = 0, length = 0;
  std::uint8_t function = 0;
  if (!reader.skip(2) || !reader.be16(protocol) || protocol != 0 || !reader.be16(length) ||
      length != reader.rest().size() || length < 3 || !reader.skip(1) || !reader.u8(function))
    return 0;
  const auto plain = static_cast<std::uint8_t>(function & ~kException);
  const bool standard = (plain >= 1 && plain <= 8) || (plain >= 11 && plain <= 12) ||
                        (plain >= 15 && plain <= 17) || (plain >= 20 && plain <= 24) || plain == 43;
  if (standard) return length <= kMostBytes ? plain : std::uint8_t{0};
  return plain == kUmasFunction && length <= kMostUmasBytes ? plain : std::uint8_t{0};
}

/// CRC-16 of CCITT as S-Bus has it: polynomial 0x1021, beginning with 0.
std::uint16_t sbus_crc(std::span<const std::uint8_t> bytes) noexcept {
  std::uint16_t crc = 0;
  for (const auto byte : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ byte << 8);
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
  }
  return crc;
}

/// "DEA0000x-6C97-11D1-8271-00A02442DF7D" behind its first field, in either byte order.
constexpr std::array<std::uint8_t, 12> kProfinetBig{0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71,
                                                    0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d};
constexpr std::array<std::uint8_t, 12> kProfinetLittle{0x97, 0x6c, 0xd1, 0x11, 0x82, 0x71,
                                                       0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d};

}  // namespace

bool is_modbus(Payload& payload) noexcept {
  const auto function = modbus_function(payload.bytes);
  return function != 0 && function != kUmasFunction;
}

bool is_umas(Payload& payload) noexcept { return modbus_function(payload.bytes) == kUmasFunction; }

bool is_mms(Payload& payload) noexcept {
  // TPKT, COTP data, session CONNECT or ACCEPT; within the presentation context of MMS
  // (1.0.9506.2).
  constexpr std::string_view kContext("\x28\xca\x22\x02", 4);
  ByteReader reader(payload.bytes);
  std::uint32_t tpkt = 0, cotp = 0;
  if (!reader.be32(tpkt) || tpkt >> 16 != 0x0300 || (tpkt & 0xffff) != payload.bytes.size() ||
      !reader.be32(cotp) || cotp >> 8 != 0x02f080)
    return false;
  const auto spdu = cotp & 0xff;
  return (spdu == 0x0d || spdu == 0x0e) &&
         as_text(reader.rest()).find(kContext) != std::string_view::npos;
}

bool is_sbus(Payload& payload) noexcept {
  // Length, version 1, type 0, sequence, attribute (request, response, acknowledgement), ..., CRC.
  ByteReader reader(payload.bytes);
  std::uint32_t length = 0;
  std::uint16_t kind = 0;
  std::uint8_t attribute = 0;
  if (!reader.be32(length) || length != payload.bytes.size() || !reader.be16(kind) ||
      kind >> 8 > 1 || !reader.skip(2) || !reader.u8(attribute) || attribute > 2 ||
      reader.rest().size() < 2)
    return false;
  const auto body = payload.bytes.first(payload.bytes.size() - 2);
  const auto tail = payload.bytes.last(2);
  return sbus_crc(body) == (tail[0] << 8 | tail[1]);
}

bool is_profinet_io(Payload& payload) noexcept {
  // Connectionless DCE RPC (C706 §12.4): version 4, object and interface are PROFINET's.
  constexpr std::size_t kInterfaceAt = 24;
  ByteReader reader(payload.bytes);
  std::span<const std::uint8_t> id;
  std::uint8_t version = 0, kind = 0;
  if (!reader.u8(version) || version != 4 || !reader.u8(kind) || kind > 10 ||
      !reader.skip(kInterfaceAt + 2) || !reader.take(12, id))
    return false;
  return std::ranges::equal(id, kProfinetBig) || std::ranges::equal(id, kProfinetLittle);
}

}  // namespace sekisho::engines::appid
