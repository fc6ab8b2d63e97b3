#include "digest_door.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <string_view>

#include "config/base/hex.h"
#include "config/snapshot/snapshot.h"

namespace sekisho::snapshot {

Sha256 sha256(std::span<const std::byte> bytes) noexcept {
  Sha256 digest{};
  unsigned int written = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &written, EVP_sha256(), nullptr) != 1 ||
      written != digest.size())
    std::abort();  // SHA-256 is always there; a library that cannot do it cannot be trusted
  return digest;
}

std::string sha256_hex(std::span<const std::byte> bytes) { return to_hex(sha256(bytes)); }

}  // namespace sekisho::snapshot
