// HMAC stands on the block functions that OpenSSL 3 calls deprecated, because the new interface
// allocates for each use. Ciphers are reached through contexts made once a thread and keyed anew
// for each packet, which takes nothing from the heap.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "quic/quic_crypto_door.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace sekisho::engines::quic {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Secret = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;
constexpr std::size_t kTagBytes = 16;

/// HMAC-SHA-256 (RFC 2104); `key` is at most a block long.
Secret hmac(Bytes key, Bytes message, Bytes more = {}) noexcept {
  std::array<std::uint8_t, SHA256_CBLOCK> pad{};
  if (!key.empty()) std::memcpy(pad.data(), key.data(), std::min(key.size(), pad.size()));
  for (auto& byte : pad) byte ^= 0x36;
  Secret digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, pad.data(), pad.size());
  SHA256_Update(&context, message.data(), message.size());
  SHA256_Update(&context, more.data(), more.size());
  SHA256_Final(digest.data(), &context);
  for (auto& byte : pad) byte ^= 0x36 ^ 0x5c;
  SHA256_Init(&context);
  SHA256_Update(&context, pad.data(), pad.size());
  SHA256_Update(&context, digest.data(), digest.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

/// HKDF-Expand-Label (RFC 8446 §7.1) with an empty context, for at most one block.
void expand_label(const Secret& secret, std::string_view label,
                  std::span<std::uint8_t> out) noexcept {
  constexpr std::string_view kPrefix = "tls13 ";
  std::array<std::uint8_t, 64> info{};
  std::size_t size = 0;
  info[size++] = 0;
  info[size++] = static_cast<std::uint8_t>(out.size());
  info[size++] = static_cast<std::uint8_t>(kPrefix.size() + label.size());
  for (const auto text : {kPrefix, label})
    for (const char c : text) info[size++] = static_cast<std::uint8_t>(c);
  info[size++] = 0;  // no context
  const std::uint8_t first_block = 1;
  const auto block = hmac(secret, Bytes(info).first(size), {&first_block, 1});
  std::memcpy(out.data(), block.data(), out.size());
}

InitialKeys keys_of(const Secret& initial, std::string_view side,
                    const KeyLabels& labels) noexcept {
  Secret secret;
  expand_label(initial, side, secret);
  InitialKeys keys{};
  expand_label(secret, labels.key, keys.key);
  expand_label(secret, labels.iv, keys.iv);
  expand_label(secret, labels.header_protection, keys.header_protection);
  return keys;
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

Context make_context(const EVP_CIPHER* cipher, bool encrypts) noexcept {
  Context context(EVP_CIPHER_CTX_new());
  if (context != nullptr &&
      EVP_CipherInit_ex(context.get(), cipher, nullptr, nullptr, nullptr, encrypts ? 1 : 0) != 1)
    context.reset();
  return context;
}

/// The worker's own.
struct Ciphers {
  Context gcm = make_context(EVP_aes_128_gcm(), false);
  Context ecb = make_context(EVP_aes_128_ecb(), true);
};
Ciphers& ciphers() noexcept {
  static thread_local Ciphers own;
  return own;
}

}  // namespace

KeyPair derive_initial_keys(Bytes salt, const KeyLabels& labels, Bytes connection_id) noexcept {
  const auto initial = hmac(salt, connection_id);
  return {keys_of(initial, "client in", labels), keys_of(initial, "server in", labels)};
}

bool header_mask(const InitialKeys& keys, std::span<const std::uint8_t, 16> sample,
                 std::array<std::uint8_t, 5>& mask) noexcept {
  EVP_CIPHER_CTX* context = ciphers().ecb.get();
  std::array<std::uint8_t, 32> block;
  int written = 0;
  if (context == nullptr ||
      EVP_EncryptInit_ex(context, nullptr, nullptr, keys.header_protection.data(), nullptr) != 1 ||
      EVP_EncryptUpdate(context, block.data(), &written, sample.data(), 16) != 1 || written != 16)
    return false;
  std::copy_n(block.begin(), mask.size(), mask.begin());
  return true;
}

bool open_packet(const InitialKeys& keys, std::uint64_t packet_number, Bytes header, Bytes sealed,
                 std::span<std::uint8_t> out) noexcept {
  EVP_CIPHER_CTX* context = ciphers().gcm.get();
  if (context == nullptr || sealed.size() < kTagBytes || out.size() < sealed.size() - kTagBytes)
    return false;
  auto nonce = keys.iv;
  for (unsigned i = 0; i < 8; ++i)
    nonce[11 - i] ^= static_cast<std::uint8_t>(packet_number >> (8 * i));
  const auto text = sealed.first(sealed.size() - kTagBytes);
  std::array<std::uint8_t, kTagBytes> tag;
  std::copy(sealed.end() - kTagBytes, sealed.end(), tag.begin());
  int written = 0;
  return EVP_DecryptInit_ex(context, nullptr, nullptr, keys.key.data(), nonce.data()) == 1 &&
         EVP_DecryptUpdate(context, nullptr, &written, header.data(),
                           static_cast<int>(header.size())) == 1 &&
         EVP_DecryptUpdate(context, out.data(), &written, text.data(),
                           static_cast<int>(text.size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
         EVP_DecryptFinal_ex(context, out.data() + written, &written) == 1;
}

}  // namespace sekisho::engines::quic
