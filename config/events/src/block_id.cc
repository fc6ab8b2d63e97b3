#include "config/events/block_id.h"

namespace sekisho::events {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's base 32
constexpr std::size_t kDigits = 12, kDigitsOfGroup = 4;
constexpr unsigned kBitsOfDigit = 5;

/// Below 32; 32: not a digit.
std::size_t digit_of(char c) noexcept {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') c = '0';
  if (c == 'I' || c == 'L') c = '1';
  const auto at = kAlphabet.find(c);
  return at == kAlphabet.npos ? kAlphabet.size() : at;
}

}  // namespace

std::array<char, kBlockIdCharacters> block_id_text(BlockId id) noexcept {
  std::array<char, kBlockIdCharacters> text{};
  std::size_t at = text.size();
  for (std::size_t digit = 0; digit < kDigits; ++digit) {
    if (digit != 0 && digit % kDigitsOfGroup == 0) text[--at] = '-';
    text[--at] = kAlphabet[id & (kAlphabet.size() - 1)];
    id >>= kBitsOfDigit;
  }
  return text;
}

std::optional<BlockId> parse_block_id(std::string_view text) noexcept {
  BlockId id = 0;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-' || c == ' ') continue;
    const auto digit = digit_of(c);
    if (digit == kAlphabet.size() || ++digits > kDigits) return std::nullopt;
    id = id << kBitsOfDigit | digit;
  }
  if (digits != kDigits) return std::nullopt;
  return id;
}

}  // namespace sekisho::events
