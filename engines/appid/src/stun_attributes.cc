#include "payload.h"

namespace sekisho::engines::appid {
namespace {

/// MS-TURN §2.2.2, MS-ICE2 §2.2: MS-VERSION, MS-SEQUENCE-NUMBER, CANDIDATE-IDENTIFIER,
/// MS-SERVICE-QUALITY, IMPLEMENTATION-VERSION.
bool is_of_microsoft(std::uint16_t type) noexcept {
  return type == 0x8008 || type == 0x8050 || type == 0x8054 || type == 0x8055 || type == 0x8070;
}

/// Its calls begin with attributes of its own, in the range that nobody was assigned.
bool is_of_whatsapp(std::uint16_t type) noexcept { return type >= 0x4000 && type <= 0x4007; }

}  // namespace

StunMaker maker_of_stun(std::span<const std::uint8_t> message) noexcept {
  constexpr std::size_t kHeader = 20;
  ByteReader reader(message);
  if (!reader.skip(kHeader)) return StunMaker::unknown;
  std::uint16_t type = 0, length = 0;
  while (reader.be16(type) && reader.be16(length)) {
    if (is_of_microsoft(type)) return StunMaker::microsoft;
    if (is_of_whatsapp(type)) return StunMaker::whatsapp;
    if (!reader.skip(static_cast<std::size_t>(length) + (4 - length % 4) % 4)) break;
  }
  return StunMaker::unknown;
}

}  // namespace sekisho::engines::appid
