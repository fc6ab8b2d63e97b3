#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "config/base/result.h"

struct evp_pkey_st;

namespace sekisho::bundle {

inline constexpr std::size_t kKeyBytes = 32;  // of either half of an Ed25519 key (RFC 8032)

/// An Ed25519 public key that a signature can be trusted to: never one of the few points of small
/// order, for which anybody can make signatures.
class PublicKey {
 public:
  /// `raw`: exactly 32 bytes.
  static Result<PublicKey> from_bytes(std::string_view raw);
  /// `text`: exactly 64 hex digits, either case.
  static Result<PublicKey> from_hex(std::string_view text);

  std::string_view bytes() const noexcept { return {bytes_.data(), bytes_.size()}; }
  std::string to_hex() const;  // lower case
  /// The first 8 bytes of the key's SHA-256 (raw; names the key in a bundle, proves nothing).
  std::string id() const;
  /// The same as 16 hex digits, as messages show it.
  std::string id_hex() const;

  bool operator==(const PublicKey&) const = default;

 private:
  PublicKey() = default;
  std::array<char, kKeyBytes> bytes_{};
};

/// The 32 bytes that a signing key is made from; wiped from memory when the value goes.
struct Secret {
  std::array<char, kKeyBytes> bytes{};

  Secret() = default;
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret();
};

/// A tenant's Ed25519 private key. It signs bundles and rotations only: see build() and
/// sign_rotation(). Const members may be used by several threads at once.
class SigningKey {
 public:
  /// A new key from the operating system's random numbers; aborts when there are none.
  static SigningKey generate();
  /// Any 32 bytes make a key; only random ones make a good one.
  static SigningKey from_secret(const Secret& secret);

  /// For sealed storage only.
  Secret secret() const;
  PublicKey public_key() const;

 private:
  friend struct SignatureDoor;
  struct Free {
    void operator()(evp_pkey_st* key) const noexcept;
  };
  explicit SigningKey(evp_pkey_st* key) noexcept : key_(key) {}
  std::unique_ptr<evp_pkey_st, Free> key_;  // never null, but for a moved-from value
};

}  // namespace sekisho::bundle
