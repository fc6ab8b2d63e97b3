#include "signature_door.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "layout.h"

namespace sekisho::bundle {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// What is checked with this cannot fail for any input: the algorithms are always there, and where
// memory has run out the process is restarted by its supervisor.
void require(bool works) noexcept {
  if (!works) std::abort();
}

const unsigned char* data_of(std::string_view bytes) noexcept {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
template <class Bytes>
unsigned char* data_of(Bytes& bytes) noexcept {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

Context new_context() {
  Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  require(context != nullptr);
  return context;
}

}  // namespace

Secret::~Secret() { OPENSSL_cleanse(bytes.data(), bytes.size()); }

void SigningKey::Free::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

SigningKey SigningKey::generate() {
  EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  require(key != nullptr);
  return SigningKey(key);
}

SigningKey SigningKey::from_secret(const Secret& secret) {
  EVP_PKEY* const key = EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, data_of(std::string_view(secret.bytes.data(), kKeyBytes)),
      kKeyBytes);
  require(key != nullptr);
  return SigningKey(key);
}

Secret SigningKey::secret() const {
  Secret secret;
  std::size_t length = secret.bytes.size();
  require(EVP_PKEY_get_raw_private_key(key_.get(), data_of(secret.bytes), &length) == 1 &&
          length == kKeyBytes);
  return secret;
}

PublicKey SigningKey::public_key() const {
  std::string raw(kKeyBytes, '\0');
  std::size_t length = raw.size();
  require(EVP_PKEY_get_raw_public_key(key_.get(), data_of(raw), &length) == 1 &&
          length == kKeyBytes);
  auto key = PublicKey::from_bytes(raw);
  require(static_cast<bool>(key));  // a multiple of the base point, which is of large order
  return *std::move(key);
}

std::string SignatureDoor::sign(const SigningKey& key, std::string_view message) {
  std::string signature(kSignatureBytes, '\0');
  std::size_t length = signature.size();
  const auto context = new_context();
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.key_.get()) == 1);
  require(EVP_DigestSign(context.get(), data_of(signature), &length, data_of(message),
                         message.size()) == 1);
  require(length == kSignatureBytes);
  return signature;
}

bool SignatureDoor::verify(const PublicKey& key, std::string_view message,
                           std::string_view signature) {
  const Key public_key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data_of(key.bytes()),
                                                   key.bytes().size()),
                       EVP_PKEY_free);
  require(public_key != nullptr);
  const auto context = new_context();
  require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1);
  return EVP_DigestVerify(context.get(), data_of(signature), signature.size(), data_of(message),
                          message.size()) == 1;
}

std::array<char, 32> sha256(std::string_view bytes) noexcept {
  std::array<char, 32> digest{};
  unsigned int written = 0;
  require(EVP_Digest(bytes.data(), bytes.size(), data_of(digest), &written, EVP_sha256(),
                     nullptr) == 1 &&
          written == digest.size());
  return digest;
}

}  // namespace sekisho::bundle
