#include "base64.h"

#include <array>

namespace sekisho::engines::ips {
namespace {

constexpr std::uint8_t kNoDigit = 0xff;

constexpr auto kDigits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNoDigit);
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::uint8_t i = 0; i < 64; ++i) table[static_cast<unsigned char>(kAlphabet[i])] = i;
  return table;
}();

struct Output {
  std::span<std::uint8_t> bytes;
  std::size_t size = 0;
  std::uint32_t bits = 0;
  unsigned held = 0;

  bool add(std::uint8_t digit) noexcept {
    bits = bits << 6 | digit;
    held += 6;
    if (held < 8) return true;
    held -= 8;
    if (size == bytes.size()) return false;
    bytes[size++] = static_cast<std::uint8_t>(bits >> held);
    return true;
  }
};

}  // namespace

std::size_t decode_base64(std::span<const std::uint8_t> text, Base64Mode mode,
                          std::span<std::uint8_t> out) noexcept {
  Output output{out};
  std::size_t digits = 0, padding = 0;
  for (const auto byte : text) {
    const auto digit = kDigits[byte];
    if (digit != kNoDigit && padding == 0) {
      ++digits;
      if (!output.add(digit)) break;
      continue;
    }
    if (byte == '=') {
      ++padding;
      continue;
    }
    if (mode == Base64Mode::strict) return 0;
    if (mode == Base64Mode::rfc4648 || padding != 0) break;
  }
  if (mode == Base64Mode::strict && (digits + padding) % 4 != 0) return 0;
  return output.size;
}

}  // namespace sekisho::engines::ips
