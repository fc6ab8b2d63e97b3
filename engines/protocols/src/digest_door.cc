// The EVP interface makes a context on the heap for each digest; the block functions that OpenSSL 3
// calls deprecated do not, and are the same code.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "digest_door.h"

#include <openssl/md5.h>
#include <openssl/sha.h>

#include <cstring>

#include "engines/protocols/file_digests.h"

namespace sekisho::engines {

Md5 md5(std::span<const std::uint8_t> bytes) noexcept {
  Md5 digest{};
  MD5_CTX context;
  MD5_Init(&context);
  MD5_Update(&context, bytes.data(), bytes.size());
  MD5_Final(digest.data(), &context);
  return digest;
}

Md5Stream::Md5Stream() noexcept : context_() {
  static_assert(sizeof(MD5_CTX) <= kContextBytes && alignof(MD5_CTX) <= 8);
  MD5_CTX context;
  MD5_Init(&context);
  std::memcpy(context_.data(), &context, sizeof context);
}

void Md5Stream::update(std::span<const std::uint8_t> bytes) noexcept {
  MD5_CTX context;
  std::memcpy(&context, context_.data(), sizeof context);
  MD5_Update(&context, bytes.data(), bytes.size());
  std::memcpy(context_.data(), &context, sizeof context);
}

Md5 Md5Stream::digest() const noexcept {
  MD5_CTX context;
  std::memcpy(&context, context_.data(), sizeof context);
  Md5 digest{};
  MD5_Final(digest.data(), &context);
  return digest;
}

Sha1 sha1(std::span<const std::uint8_t> bytes) noexcept {
  Sha1 digest{};
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, bytes.data(), bytes.size());
  SHA1_Final(digest.data(), &context);
  return digest;
}

Sha256 sha256(std::span<const std::uint8_t> bytes) noexcept {
  Sha256 digest{};
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

void write_hex(std::span<const std::uint8_t> bytes, char* out) noexcept {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const auto byte : bytes) {
    *out++ = kDigits[byte >> 4];
    *out++ = kDigits[byte & 15];
  }
}

Md5Hex md5_hex(std::span<const std::uint8_t> bytes) noexcept {
  Md5Hex text{};
  write_hex(md5(bytes), text.data());
  return text;
}

namespace {

struct DigestStates {
  MD5_CTX md5;
  SHA_CTX sha1;
  SHA256_CTX sha256;
};

}  // namespace

FileDigests::FileDigests(Kinds kinds) noexcept : kinds_(kinds), state_() {
  static_assert(sizeof(DigestStates) <= kStateBytes);
  DigestStates states;
  MD5_Init(&states.md5);
  SHA1_Init(&states.sha1);
  SHA256_Init(&states.sha256);
  std::memcpy(state_.data(), &states, sizeof(states));
}

void FileDigests::add(std::span<const std::uint8_t> bytes) noexcept {
  DigestStates states;
  std::memcpy(&states, state_.data(), sizeof(states));
  if (kinds_.md5) MD5_Update(&states.md5, bytes.data(), bytes.size());
  if (kinds_.sha1) SHA1_Update(&states.sha1, bytes.data(), bytes.size());
  if (kinds_.sha256) SHA256_Update(&states.sha256, bytes.data(), bytes.size());
  std::memcpy(state_.data(), &states, sizeof(states));
}

FileDigests::Values FileDigests::values() const noexcept {
  DigestStates states;
  std::memcpy(&states, state_.data(), sizeof(states));
  Values values;
  values.known = kinds_;
  if (kinds_.md5) MD5_Final(values.md5.data(), &states.md5);
  if (kinds_.sha1) SHA1_Final(values.sha1.data(), &states.sha1);
  if (kinds_.sha256) SHA256_Final(values.sha256.data(), &states.sha256);
  return values;
}

}  // namespace sekisho::engines
