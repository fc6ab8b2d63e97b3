#include "engines/dns/encrypted.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rules/applications/catalogue.h"

namespace sekisho::engines::dns {
namespace {

constexpr std::string_view kTag = "encrypted_dns";

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

/// What their operators publish, November 2026; each also answers plain DNS there.
constexpr std::array kV4{
    v4(1, 1, 1, 1),         v4(1, 0, 0, 1),         v4(1, 1, 1, 2),         v4(1, 0, 0, 2),
    v4(1, 1, 1, 3),         v4(1, 0, 0, 3),         v4(8, 8, 8, 8),         v4(8, 8, 4, 4),
    v4(9, 9, 9, 9),         v4(149, 112, 112, 112), v4(9, 9, 9, 10),        v4(149, 112, 112, 10),
    v4(9, 9, 9, 11),        v4(149, 112, 112, 11),  v4(208, 67, 222, 222),  v4(208, 67, 220, 220),
    v4(208, 67, 222, 123),  v4(208, 67, 220, 123),  v4(94, 140, 14, 14),    v4(94, 140, 15, 15),
    v4(94, 140, 14, 140),   v4(94, 140, 14, 141),   v4(94, 140, 14, 15),    v4(94, 140, 15, 16),
    v4(185, 222, 222, 222), v4(45, 11, 45, 11),     v4(103, 2, 57, 5),      v4(103, 2, 58, 5),
    v4(76, 76, 2, 0),       v4(76, 76, 10, 0),      v4(185, 228, 168, 9),   v4(185, 228, 169, 9),
    v4(185, 228, 168, 10),  v4(185, 228, 169, 11),  v4(185, 228, 168, 168), v4(185, 228, 169, 168)};

/// Upper and lower half.
using V6 = std::pair<std::uint64_t, std::uint64_t>;
constexpr std::array kV6{
    V6{0x2606'4700'4700'0000, 0x1111},      V6{0x2606'4700'4700'0000, 0x1001},
    V6{0x2606'4700'4700'0000, 0x1112},      V6{0x2606'4700'4700'0000, 0x1002},
    V6{0x2606'4700'4700'0000, 0x1113},      V6{0x2606'4700'4700'0000, 0x1003},
    V6{0x2001'4860'4860'0000, 0x8888},      V6{0x2001'4860'4860'0000, 0x8844},
    V6{0x2620'00fe'0000'0000, 0xfe},        V6{0x2620'00fe'0000'0000, 0x9},
    V6{0x2620'00fe'0000'0000, 0x10},        V6{0x2620'00fe'0000'0000, 0xfe'0010},
    V6{0x2620'00fe'0000'0000, 0x11},        V6{0x2620'00fe'0000'0000, 0xfe'0011},
    V6{0x2620'0119'0035'0000, 0x35},        V6{0x2620'0119'0053'0000, 0x53},
    V6{0x2a10'50c0'0000'0000, 0xad1'00ff},  V6{0x2a10'50c0'0000'0000, 0xad2'00ff},
    V6{0x2a10'50c0'0000'0000, 0xbad1'00ff}, V6{0x2a10'50c0'0000'0000, 0xbad2'00ff},
    V6{0x2a09'0000'0000'0000, 0x0},         V6{0x2a11'0000'0000'0000, 0x0},
    V6{0x2001'0300'0000'0000, 0x5},         V6{0x2001'0300'0000'0000, 0x6}};

std::uint64_t be64(const std::uint8_t* bytes) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

}  // namespace

bool is_public_resolver(ApplicationId application) noexcept {
  const auto* const known = rules::application(application);
  return known != nullptr &&
         std::find(known->tags.begin(), known->tags.end(), kTag) != known->tags.end();
}

bool is_public_resolver(const IpAddress& server) noexcept {
  const auto* const bytes = server.bytes.data();
  const auto lower = be64(bytes + 8);
  if (server.is_v4())
    return std::find(kV4.begin(), kV4.end(), static_cast<std::uint32_t>(lower)) != kV4.end();
  return std::find(kV6.begin(), kV6.end(), V6{be64(bytes), lower}) != kV6.end();
}

}  // namespace sekisho::engines::dns
