#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::activation {

/// The first bytes of the SHA-256 of the DER form of the console's CA certificate: a box that has
/// never met its console recognises it by them.
inline constexpr std::size_t kFingerprintBytes = 10;
using Fingerprint = std::array<std::uint8_t, kFingerprintBytes>;
Fingerprint fingerprint_of(std::span<const std::uint8_t> certificate_der) noexcept;

inline constexpr std::size_t kSecretBytes = 10;
using Secret = std::array<std::uint8_t, kSecretBytes>;

/// What a person types on a new box: proves to the console who asks, and to the box which console
/// answers. As text 33 characters of Crockford's base 32, the last one a check, in groups of four.
struct ActivationCode {
  Secret secret{};  // random, used once
  Fingerprint authority{};
  bool operator==(const ActivationCode&) const = default;
};

inline constexpr std::size_t kCodeCharacters = 33;  // without the dashes

/// "XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-X", upper case.
std::string to_text(const ActivationCode& code);

/// Takes lower case, white space or dashes anywhere or nowhere, the letter O for 0, I and L for 1.
/// invalid_input says whether the length, a character or the check is wrong. One wrong character,
/// and two neighbours in the wrong order, are always noticed.
Result<ActivationCode> parse_activation_code(std::string_view text);

}  // namespace sekisho::activation
