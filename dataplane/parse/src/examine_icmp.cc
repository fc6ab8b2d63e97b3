// Oddities of ICMP, ICMPv6 and IGMP messages.
#include "examine_walk.h"
#include "numbers.h"
#include "wire.h"

namespace sekisho::dataplane::examination {
namespace {

constexpr std::uint8_t kAnyCode = 0xff;

/// Codes of a type go from 0 to `last_code`.
struct KnownType {
  std::uint8_t type;
  std::uint8_t last_code;
  bool carries_packet = false;  // that it is about
};

constexpr KnownType kTypes4[] = {
    {0, 0},  {3, 15, true}, {4, 0, true}, {5, 3, true}, {8, 0},  {9, 16}, {10, 0}, {11, 1, true},
    {12, 2}, {13, 0},       {14, 0},      {15, 0},      {16, 0}, {17, 0}, {18, 0},
};

// RFC 4443, 4861, 2710, 3810, 2894, 4620, 3122, 6275, 3971, 4065, 4286, 5568, 6550.
constexpr KnownType kTypes6[] = {
    {1, 7, true},    {2, 0, true},    {3, 1, true},    {4, 2, true},    {128, 0},
    {129, 0},        {130, 0},        {131, 0},        {132, 0},        {133, 0},
    {134, 0},        {135, 0},        {136, 0},        {137, 0},        {138, 1},
    {139, 2},        {140, 2},        {141, 0},        {142, 0},        {143, 0},
    {144, 0},        {145, 0},        {146, 0},        {147, 0},        {148, 0},
    {149, 0},        {150, kAnyCode}, {151, kAnyCode}, {152, kAnyCode}, {153, kAnyCode},
    {154, kAnyCode}, {155, kAnyCode}, {156, kAnyCode}, {157, kAnyCode}, {158, kAnyCode},
    {159, kAnyCode}, {160, kAnyCode}, {161, kAnyCode},
};

template <std::size_t N>
const KnownType* find_type(const KnownType (&types)[N], std::uint8_t type) noexcept {
  for (const auto& known : types)
    if (known.type == type) return &known;
  return nullptr;
}

bool is_known_code(const KnownType& known, std::uint8_t code) noexcept {
  constexpr std::uint8_t kRenumbering = 138, kRouterAdvertisement = 9;
  if (known.type == kRenumbering) return code <= 1 || code == 255;
  if (known.type == kRouterAdvertisement) return code == 0 || code == 16;
  return code <= known.last_code;
}

bool is_multicast_listening(std::uint8_t type) noexcept { return type >= 130 && type <= 132; }

}  // namespace

void icmpv4(Walk& walk, Bytes bytes) noexcept {
  if (bytes.size() < kIcmpHeader) return walk.odd("icmpv4.pkt_too_small");
  const auto* known = find_type(kTypes4, bytes[0]);
  if (known == nullptr) return walk.odd("icmpv4.unknown_type");
  if (!is_known_code(*known, bytes[1])) return walk.odd("icmpv4.unknown_code");
  if (!known->carries_packet || bytes.size() == kIcmpHeader) return;
  const auto about = bytes.subspan(kIcmpHeader);
  if (about.size() < kIpv4Header) return walk.odd("icmpv4.ipv4_trunc_pkt");
  if (about[0] >> 4 != 4) walk.odd("icmpv4.ipv4_unknown_ver");
}

void icmpv6(Walk& walk, Bytes bytes) noexcept {
  constexpr std::uint8_t kExperiments[] = {100, 101, 200, 201}, kInformational = 127, kLast = 255;
  if (bytes.size() < kIcmpHeader) return walk.odd("icmpv6.pkt_too_small");
  const auto type = bytes[0];
  const auto* known = find_type(kTypes6, type);
  if (known == nullptr) {
    for (const auto experiment : kExperiments)
      if (type == experiment) return walk.odd("icmpv6.experimentation_type");
    const bool reserved = type == 0 || type == kInformational || type == kLast;
    return walk.odd(reserved ? "icmpv6.unknown_type" : "icmpv6.unassigned_type");
  }
  if (is_multicast_listening(type) && walk.hop_limit != 1)
    walk.odd("icmpv6.mld_message_with_invalid_hl");
  if (!is_known_code(*known, bytes[1])) return walk.odd("icmpv6.unknown_code");
  if (!known->carries_packet) return;
  const auto about = bytes.subspan(kIcmpHeader);
  if (about.size() < kIpv6Header) return walk.odd("icmpv6.ipv6_trunc_pkt");
  if (about[0] >> 4 != 6) walk.odd("icmpv6.ipv6_unknown_version");
}

/// RFC 1112, 2236, 3376.
void igmp(Walk& walk, Bytes bytes) noexcept {
  constexpr std::size_t kMessage = 8, kQuery3 = 12, kRecord = 8;
  constexpr std::uint8_t kQuery = 0x11, kReport3 = 0x22;
  if (bytes.size() < kMessage) return walk.odd("igmp.pkt_too_small");
  if (bytes[0] == kQuery && bytes.size() > kMessage) {
    if (bytes.size() < kQuery3) return walk.odd("igmp.v3_pkt_too_small");
    if (bytes.size() < kQuery3 + load_be16(&bytes[10]) * std::size_t{4}) walk.odd("igmp.malformed");
  }
  if (bytes[0] != kReport3) return;
  std::size_t records = load_be16(&bytes[6]);
  for (bytes = bytes.subspan(kMessage); records != 0; --records) {
    if (bytes.size() < kRecord) return walk.odd("igmp.malformed");
    const auto length = kRecord + load_be16(&bytes[2]) * std::size_t{4} + bytes[1] * std::size_t{4};
    if (length > bytes.size()) return walk.odd("igmp.malformed");
    bytes = bytes.subspan(length);
  }
}

}  // namespace sekisho::dataplane::examination
