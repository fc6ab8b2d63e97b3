#pragma once

#include <cstdint>
#include <string_view>

namespace sekisho::engines::dnp3 {

/// How a point of a group and variation is built (IEEE 1815 annex A), a letter a part:
/// B D O C A flags of binary inputs, double-bit inputs, binary outputs, counters, analog values;
/// u v count of 4, 2 bytes; i s f d value: 32-bit, 16-bit, float, double; T t time of 6, 2 bytes;
/// S state in a byte; X control relay output block; K status and commanded state; c control status;
/// q w e dead band of 2, 4 bytes, float; y z delay in seconds, milliseconds; n interval;
/// 1 2 packed bits a point. Empty: not known.
struct Layout {
  std::uint8_t group, variation;
  std::string_view parts;
};

inline constexpr Layout kLayouts[] = {
    {1, 1, "1"},    {1, 2, "B"},    {2, 1, "S"},    {2, 2, "BT"},   {2, 3, "Bt"},   {3, 1, "2"},
    {3, 2, "D"},    {4, 1, "D"},    {4, 2, "DT"},   {4, 3, "Dt"},   {10, 1, "1"},   {10, 2, "O"},
    {11, 1, "O"},   {11, 2, "OT"},  {12, 1, "X"},   {12, 2, "X"},   {12, 3, "1"},   {13, 1, "K"},
    {13, 2, "KT"},  {20, 1, "Cu"},  {20, 2, "Cv"},  {20, 5, "u"},   {20, 6, "v"},   {21, 1, "Cu"},
    {21, 2, "Cv"},  {21, 5, "CuT"}, {21, 6, "CvT"}, {21, 9, "u"},   {21, 10, "v"},  {22, 1, "Cu"},
    {22, 2, "Cv"},  {22, 5, "CuT"}, {22, 6, "CvT"}, {23, 1, "Cu"},  {23, 2, "Cv"},  {23, 5, "CuT"},
    {23, 6, "CvT"}, {30, 1, "Ai"},  {30, 2, "As"},  {30, 3, "i"},   {30, 4, "s"},   {30, 5, "Af"},
    {30, 6, "Ad"},  {31, 1, "Ai"},  {31, 2, "As"},  {31, 3, "AiT"}, {31, 4, "AsT"}, {31, 5, "i"},
    {31, 6, "s"},   {31, 7, "Af"},  {31, 8, "Ad"},  {32, 1, "Ai"},  {32, 2, "As"},  {32, 3, "AiT"},
    {32, 4, "AsT"}, {32, 5, "Af"},  {32, 6, "Ad"},  {32, 7, "AfT"}, {32, 8, "AdT"}, {33, 1, "Ai"},
    {33, 2, "As"},  {33, 3, "AiT"}, {33, 4, "AsT"}, {33, 5, "Af"},  {33, 6, "Ad"},  {33, 7, "AfT"},
    {33, 8, "AdT"}, {34, 1, "q"},   {34, 2, "w"},   {34, 3, "e"},   {40, 1, "Ai"},  {40, 2, "As"},
    {40, 3, "Af"},  {40, 4, "Ad"},  {41, 1, "ic"},  {41, 2, "sc"},  {41, 3, "fc"},  {41, 4, "dc"},
    {42, 1, "Ai"},  {42, 2, "As"},  {42, 3, "AiT"}, {42, 4, "AsT"}, {42, 5, "Af"},  {42, 6, "Ad"},
    {42, 7, "AfT"}, {42, 8, "AdT"}, {43, 1, "ci"},  {43, 2, "cs"},  {43, 3, "ciT"}, {43, 4, "csT"},
    {43, 5, "cf"},  {43, 6, "cd"},  {43, 7, "cfT"}, {43, 8, "cdT"}, {50, 1, "T"},   {50, 2, "Tn"},
    {50, 3, "T"},   {51, 1, "T"},   {51, 2, "T"},   {52, 1, "y"},   {52, 2, "z"},   {80, 1, "1"},
};

constexpr std::string_view layout_of(std::uint8_t group, std::uint8_t variation) noexcept {
  for (const auto& layout : kLayouts)
    if (layout.group == group && layout.variation == variation) return layout.parts;
  return {};
}

constexpr std::uint32_t part_bytes(char part) noexcept {
  switch (part) {
    case 'u':
    case 'i':
    case 'f':
    case 'w':
    case 'e':
    case 'n':
      return 4;
    case 'v':
    case 's':
    case 't':
    case 'q':
    case 'y':
    case 'z':
      return 2;
    case 'd':
      return 8;
    case 'T':
      return 6;
    case 'X':
      return 11;
    default:
      return 1;
  }
}

}  // namespace sekisho::engines::dnp3
