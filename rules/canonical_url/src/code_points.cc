#include "code_points.h"

#include <algorithm>
#include <iterator>

namespace sekisho::rules {
namespace {

struct Range {
  char32_t first, last;
  bool contains(char32_t c) const noexcept { return first <= c && c <= last; }
};

// Upper case that is a fixed distance from lower case.
struct Shift {
  Range range;
  char32_t distance;
};
constexpr Shift kShifts[] = {
    {{0xc0, 0xd6}, 32},   {{0xd8, 0xde}, 32},   {{0x386, 0x386}, 38}, {{0x388, 0x38a}, 37},
    {{0x38c, 0x38c}, 64}, {{0x38e, 0x38f}, 63}, {{0x391, 0x3a1}, 32}, {{0x3a3, 0x3ab}, 32},
    {{0x400, 0x40f}, 80}, {{0x410, 0x42f}, 32}, {{0x531, 0x556}, 48},
};

// Pairs of neighbours; upper case has the parity of the first.
constexpr Range kPairs[] = {
    {0x100, 0x12f}, {0x134, 0x137}, {0x139, 0x13e},   {0x141, 0x148},
    {0x14a, 0x177}, {0x179, 0x17e}, {0x460, 0x481},   {0x48a, 0x4bf},
    {0x4c1, 0x4ce}, {0x4d0, 0x52f}, {0x1e00, 0x1e95}, {0x1ea0, 0x1eff},
};

constexpr Range kDropped[] = {
    {0xad, 0xad},     {0x34f, 0x34f},   {0x200b, 0x200b},
    {0x2060, 0x2060}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
};

// Compatibility forms, marks that compose with what stands before them, what names may not have.
constexpr Range kUnmapped[] = {
    {0x80, 0xac},       {0xae, 0xbf},       {0xd7, 0xd7},       {0xf7, 0xf7},
    {0x130, 0x133},     {0x13f, 0x140},     {0x149, 0x149},     {0x178, 0x178},
    {0x17f, 0x24f},     {0x2b0, 0x345},     {0x346, 0x34e},     {0x350, 0x385},
    {0x387, 0x387},     {0x3cf, 0x3ff},     {0x4c0, 0x4c0},     {0x587, 0x587},
    {0x61c, 0x61c},     {0x653, 0x655},     {0x675, 0x678},     {0x958, 0x95f},
    {0xe33, 0xe33},     {0xeb3, 0xeb3},     {0x10a0, 0x10cf},   {0x1100, 0x11ff},
    {0x13f8, 0x13fd},   {0x180b, 0x180f},   {0x1c80, 0x1dff},   {0x1e96, 0x1e9f},
    {0x1f00, 0x200a},   {0x200c, 0x205f},   {0x2061, 0x218f},   {0x2460, 0x24ff},
    {0x2a0c, 0x2a0c},   {0x2a74, 0x2a76},   {0x2adc, 0x2adc},   {0x2c00, 0x2c2f},
    {0x2c60, 0x2cff},   {0x2e9f, 0x2e9f},   {0x2ef3, 0x3004},   {0x3036, 0x303a},
    {0x3099, 0x309c},   {0x309f, 0x309f},   {0x30ff, 0x30ff},   {0x3131, 0x318f},
    {0x3192, 0x319f},   {0x3200, 0x33ff},   {0xa640, 0xa69f},   {0xa720, 0xa7ff},
    {0xab30, 0xabbf},   {0xd7a4, 0xfdff},   {0xfe10, 0xfefe},   {0xff00, 0xff00},
    {0xff5f, 0xffff},   {0x10400, 0x10427}, {0x1d100, 0x1d7ff}, {0x1e900, 0x1e921},
    {0x1f100, 0x1f1e5}, {0x1f200, 0x1f2ff}, {0x2f800, 0x2fa1f}, {0xe0000, 0x10ffff},
};

template <std::size_t kSize>
bool any_contains(const Range (&ranges)[kSize], char32_t c) noexcept {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [c](const Range& range) { return range.contains(c); });
}

char32_t lower(char32_t c) noexcept {
  for (const auto& shift : kShifts)
    if (shift.range.contains(c)) return c + shift.distance;
  for (const auto& pairs : kPairs)
    if (pairs.contains(c)) return (c - pairs.first) % 2 == 0 ? c + 1 : c;
  return c;
}

}  // namespace

bool next_code_point(std::string_view text, std::size_t& at, char32_t& out) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(at);
  if (lead < 0x80) {
    out = lead;
    ++at;
    return true;
  }
  const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at <= more) return false;
  char32_t value = lead & (0x3fU >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return false;
    value = value << 6 | (byte(at + i) & 0x3fU);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (value < kLeast[more] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    return false;
  out = value;
  at += more + 1;
  return true;
}

MappedCodePoint map_code_point(char32_t c) noexcept {
  using Kind = MappedCodePoint::Kind;
  if (c == 0x3002 || c == 0xff0e || c == 0xff61) return {Kind::as, U'.'};
  if (c >= 0xff01 && c <= 0xff5e) c -= 0xfee0;
  if (c < 0x80) return {Kind::as, c >= U'A' && c <= U'Z' ? c + 32 : c};
  if (any_contains(kDropped, c)) return {Kind::dropped, 0};
  if (any_contains(kUnmapped, c)) return {Kind::unmapped, 0};
  return {Kind::as, lower(c)};
}

}  // namespace sekisho::rules
