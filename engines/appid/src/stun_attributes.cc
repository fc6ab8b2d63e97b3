#include <algorithm>

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

struct Attribute {
  std::uint16_t type = 0;  // 0: there is none
  std::span<const std::uint8_t> value;
};

/// The first attribute whose type `wanted(type)` takes.
template <class Wanted>
Attribute find_attribute(std::span<const std::uint8_t> message, Wanted wanted) noexcept {
  constexpr std::size_t kHeader = 20;
  ByteReader reader(message);
  if (!reader.skip(kHeader)) return {};
  std::uint16_t type = 0, length = 0;
  while (reader.be16(type) && reader.be16(length)) {
    const auto rest = reader.rest();
    if (wanted(type)) return {type, rest.first(std::min<std::size_t>(length, rest.size()))};
    if (!reader.skip(static_cast<std::size_t>(length) + (4 - length % 4) % 4)) break;
  }
  return {};
}

bool has_attribute(std::span<const std::uint8_t> message, std::uint16_t type) noexcept {
  return find_attribute(message, [&](std::uint16_t one) { return one == type; }).type != 0;
}

constexpr std::uint16_t kUsername = 0x0006, kIntegrity = 0x0008, kRealm = 0x0014,
                        kPriority = 0x0024;

}  // namespace

std::span<const std::uint8_t> stun_message(std::span<const std::uint8_t> payload) noexcept {
  ByteReader reader(payload);
  std::uint16_t length = 0;
  return reader.be16(length) && length != 0 && length == reader.rest().size() ? reader.rest()
                                                                              : payload;
}

StunMaker maker_of_stun(std::span<const std::uint8_t> message) noexcept {
  const auto type = find_attribute(message, [](std::uint16_t one) {
                      return is_of_microsoft(one) || is_of_whatsapp(one);
                    }).type;
  if (type == 0) return StunMaker::unknown;
  return is_of_microsoft(type) ? StunMaker::microsoft : StunMaker::whatsapp;
}

bool is_anonymous_question(std::span<const std::uint8_t> message) noexcept {
  constexpr std::uint8_t kBinding = 0x01, kAllocate = 0x03;
  return message.size() >= 2 && message[0] == 0 &&
         (message[1] == kBinding || message[1] == kAllocate) &&
         !has_attribute(message, kUsername) && !has_attribute(message, kIntegrity);
}

std::string_view realm_of_stun(std::span<const std::uint8_t> message) noexcept {
  return as_text(find_attribute(message, [](std::uint16_t one) { return one == kRealm; }).value);
}

bool is_ice_check(std::span<const std::uint8_t> message) noexcept {
  return has_attribute(message, kPriority);
}

}  // namespace sekisho::engines::appid
