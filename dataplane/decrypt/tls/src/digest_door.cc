#include "dataplane/decrypt/tls/digest.h"

#include <openssl/evp.h>

#include <memory>

namespace sekisho::decrypt {

Digest digest_of(std::span<const std::string_view> pieces) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  Digest digest{};
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (const auto piece : pieces) {
    const std::uint64_t size = piece.size();
    EVP_DigestUpdate(context.get(), &size, sizeof size);
    EVP_DigestUpdate(context.get(), piece.data(), piece.size());
  }
  EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
  return digest;
}

}  // namespace sekisho::decrypt
