#pragma once

#include <array>
#include <string>
#include <string_view>

#include "config/bundle/keys.h"

namespace sekisho::bundle {

/// The one place that knows OpenSSL. Each function aborts when the library itself is broken.
struct SignatureDoor {
  /// 64 bytes, Ed25519 (RFC 8032): deterministic.
  static std::string sign(const SigningKey& key, std::string_view message);
  static bool verify(const PublicKey& key, std::string_view message, std::string_view signature);
};

std::array<char, 32> sha256(std::string_view bytes) noexcept;

}  // namespace sekisho::bundle
