#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

#include "config/activation/activation_code.h"

namespace sekisho::activation {

Fingerprint fingerprint_of(std::span<const std::uint8_t> certificate_der) noexcept {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(certificate_der.data(), certificate_der.size(), digest.data(), &length,
                 EVP_sha256(), nullptr) != 1)
    std::abort();  // the library has no SHA-256
  Fingerprint first;
  std::copy_n(digest.begin(), first.size(), first.begin());
  return first;
}

}  // namespace sekisho::activation
