// Transports and tunnels of programs' own.
#include <algorithm>

#include "payload.h"
#include "text_match.h"

namespace sekisho::engines::appid {
namespace {

std::uint32_t le32(std::span<const std::uint8_t> bytes) noexcept {
  return std::uint32_t{bytes[3]} << 24 | std::uint32_t{bytes[2]} << 16 |
         std::uint32_t{bytes[1]} << 8 | bytes[0];
}

}  // namespace

bool is_kcp(Payload& payload) noexcept {
  // Segments to the datagram's end, all of one conversation: 24 bytes of header (all in
  // little-endian), and as much data as it says. Commands 81 to 84: push, acknowledge, ask for the
  // window, tell it; only a push has data.
  constexpr std::size_t kHeader = 24;
  constexpr std::uint8_t kPush = 81, kLast = 84;
  ByteReader reader(payload.bytes);
  std::span<const std::uint8_t> head;
  if (payload.bytes.size() < kHeader) return false;
  const auto conversation = le32(payload.bytes);
  while (!reader.rest().empty()) {
    if (!reader.take(kHeader, head) || le32(head) != conversation) return false;
    const auto command = head[4];
    const auto length = le32(head.subspan(20));
    const bool has_data = length != 0;
    const bool has_window = head[6] != 0 || head[7] != 0;
    if (command < kPush || command > kLast || !has_window || has_data != (command == kPush) ||
        !reader.skip(length))
      return false;
  }
  return true;
}

bool is_tinc(Payload& payload) noexcept {
  // The ID request of either end: "0 name 17\n", from 1.1 on "0 name 17.7\n".
  const FirstLine line(payload.text());
  if (!payload.is_first || !line.is_complete || !line.text.starts_with("0 ")) return false;
  const auto rest = line.text.substr(2);
  const auto space = rest.find(' ');
  if (space == rest.npos || space == 0) return false;
  const auto name = rest.substr(0, space), version = rest.substr(space + 1);
  const bool named = std::all_of(name.begin(), name.end(), [](char c) {
    return is_digit(c) || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_';
  });
  return named && (version == "17" || version.starts_with("17."));
}

bool is_weave(Payload& payload) noexcept {
  // OpenWeave over TCP: the message's length (little-endian), then its header: version 1 or 2, both
  // node ids present, encryption of type 0 or 1; one message ends with the payload.
  const auto bytes = payload.bytes;
  if (bytes.size() < 24) return false;
  const auto length = static_cast<std::size_t>(bytes[0] | bytes[1] << 8);
  const auto header = static_cast<unsigned>(bytes[2] | bytes[3] << 8);
  const auto version = header >> 12;
  constexpr unsigned kBothNodes = 0x0300;
  return length + 2 == bytes.size() && (version == 1 || version == 2) &&
         (header & kBothNodes) == kBothNodes && (header & 0x00ef) == 0;
}

bool is_ethereum(Payload& payload) noexcept {
  // Node discovery v4 (devp2p discv4): hash, signature, type, then one list in RLP.
  constexpr std::size_t kTypeAt = 97;
  if (!payload.is_on(kEthereumPort)) return false;  // two bytes of structure alone are too few
  ByteReader reader(payload.bytes);
  std::uint8_t type = 0, list = 0;
  std::uint16_t length = 0;
  if (!reader.skip(kTypeAt) || !reader.u8(type) || type < 1 || type > 6 || !reader.u8(list))
    return false;
  if (list == 0xf9) return reader.be16(length) && length == reader.rest().size();
  if (list == 0xf8) {
    std::uint8_t short_length = 0;
    return reader.u8(short_length) && short_length == reader.rest().size();
  }
  return list >= 0xc0 && list < 0xf8 && list - 0xc0U == reader.rest().size();
}

bool is_whatsapp(Payload& payload) noexcept {
  // Before the noise handshake's "WA" and version comes, from phones, where to route it: "ED", 0,
  // 1, 24 bits of length, routing.
  constexpr std::size_t kMostRouting = 256;
  auto bytes = payload.bytes;
  if (!payload.to_server || !payload.is_first || bytes.size() < 11 ||
      !as_text(bytes).starts_with(std::string_view("ED\0\1\0", 5)))
    return false;
  const auto length = static_cast<std::size_t>(bytes[5] << 8 | bytes[6]);
  constexpr std::size_t kHeader = 7;
  return length <= kMostRouting && bytes.size() >= kHeader + length + 4 &&
         as_text(bytes.subspan(kHeader + length)).starts_with("WA");
}

}  // namespace sekisho::engines::appid
