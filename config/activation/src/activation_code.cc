#include "config/activation/activation_code.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace sekisho::activation {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kBitsPerCharacter = 5;
constexpr std::size_t kDataCharacters = kCodeCharacters - 1;
constexpr std::size_t kGroup = 4;
static_assert(kDataCharacters * kBitsPerCharacter == (kSecretBytes + kFingerprintBytes) * 8);

using Values = std::array<std::uint8_t, kDataCharacters>;

/// Times x in GF(32) = GF(2)[x] / (x^5 + x^2 + 1), where x has order 31.
constexpr std::uint8_t times_x(std::uint8_t value) {
  constexpr std::uint8_t kPolynomial = 0b100101, kOverflow = 0b100000;
  const auto doubled = static_cast<std::uint8_t>(value << 1);
  return (doubled & kOverflow) != 0 ? doubled ^ kPolynomial : doubled;
}

/// The sum of x^i * value_i: one changed value changes it, as no power of x is zero; so do two
/// neighbours exchanged, as their powers differ.
std::uint8_t check_of(const Values& values) {
  std::uint8_t sum = 0;
  for (const std::uint8_t value : values) sum = times_x(sum) ^ value;
  return times_x(sum);
}

Values values_of(const ActivationCode& code) {
  std::array<std::uint8_t, kSecretBytes + kFingerprintBytes> bytes{};
  std::copy(code.authority.begin(), code.authority.end(),
            std::copy(code.secret.begin(), code.secret.end(), bytes.begin()));
  Values values{};
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const unsigned set = bytes[bit / 8] >> (7 - bit % 8) & 1U;
    auto& value = values[bit / kBitsPerCharacter];
    value = static_cast<std::uint8_t>(unsigned{value} << 1 | set);
  }
  return values;
}

ActivationCode code_of(const Values& values) {
  std::array<std::uint8_t, kSecretBytes + kFingerprintBytes> bytes{};
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const unsigned set =
        values[bit / kBitsPerCharacter] >> (kBitsPerCharacter - 1 - bit % kBitsPerCharacter) & 1U;
    bytes[bit / 8] = static_cast<std::uint8_t>(unsigned{bytes[bit / 8]} << 1 | set);
  }
  ActivationCode code;
  std::copy_n(bytes.begin(), kSecretBytes, code.secret.begin());
  std::copy_n(bytes.begin() + kSecretBytes, kFingerprintBytes, code.authority.begin());
  return code;
}

std::optional<std::uint8_t> value_of(char typed) {
  const char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(typed)));
  const char meant = upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
  const auto at = kAlphabet.find(meant);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(at);
}

Error wrong(const std::string& why) {
  return {Error::Code::invalid_input, "activation code: " + why};
}

std::string shown(char c) {
  if (c > ' ' && c <= '~') return std::string("'") + c + "'";
  return "byte " + std::to_string(static_cast<unsigned char>(c));
}

}  // namespace

std::string to_text(const ActivationCode& code) {
  const Values values = values_of(code);
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    text += kAlphabet[values[i]];
    if (i % kGroup == kGroup - 1) text += '-';
  }
  return text + kAlphabet[check_of(values)];
}

Result<ActivationCode> parse_activation_code(std::string_view text) {
  std::array<std::uint8_t, kCodeCharacters> typed{};
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '-' || std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    const auto value = value_of(c);
    if (!value)
      return wrong("character " + std::to_string(count + 1) + ", " + shown(c) +
                   ", does not occur in codes");
    if (count < typed.size()) typed[count] = *value;
    ++count;
  }
  if (count != kCodeCharacters)
    return wrong("it has " + std::to_string(count) + " characters and should have " +
                 std::to_string(kCodeCharacters));
  Values values{};
  std::copy_n(typed.begin(), values.size(), values.begin());
  if (check_of(values) != typed.back())
    return wrong("it is mistyped: the last character does not fit the others");
  return code_of(values);
}

}  // namespace sekisho::activation
