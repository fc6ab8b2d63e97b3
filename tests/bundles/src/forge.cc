#include "bundles/forge.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <cstdlib>
#include <memory>

namespace sekisho::tests {
namespace {

void require(bool works) {
  if (!works) std::abort();
}

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* data_of(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::string raw_secret() {
  std::string secret;
  for (char c = 0; c < 32; ++c) secret += c;
  return secret;
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
Key load_key() {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, data_of(raw_secret()), 32),
          EVP_PKEY_free);
  require(key != nullptr);
  return key;
}

std::string sign(std::string_view message) {
  const auto key = load_key();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::string signature(64, '\0');
  std::size_t length = signature.size();
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  require(EVP_DigestSign(context.get(), data_of(signature), &length, data_of(message),
                         message.size()) == 1);
  return signature;
}

std::string key_id() {
  std::string raw(32, '\0');
  std::size_t length = raw.size();
  require(EVP_PKEY_get_raw_public_key(load_key().get(), data_of(raw), &length) == 1);
  return sha256(raw).substr(0, 8);
}

/// Raw deflate of `zeros` zeros that ends on a byte boundary and not with a last block, so that it
/// can be repeated.
std::string repeatable_deflate(std::size_t zeros) {
  const std::string input(zeros, '\0');
  std::string out(zeros / 64, '\0');
  z_stream stream{};
  require(deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  stream.next_in = const_cast<unsigned char*>(data_of(input));
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = data_of(out);
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FULL_FLUSH) == Z_OK && stream.avail_in == 0);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

bundle::Secret known_secret() {
  bundle::Secret secret;
  raw_secret().copy(secret.bytes.data(), secret.bytes.size());
  return secret;
}

bundle::SigningKey known_key() { return bundle::SigningKey::from_secret(known_secret()); }

std::string forge_envelope(std::string_view from_offset_80) {
  return "SKBUNDL1" + key_id() + sign(from_offset_80) + std::string(from_offset_80);
}

std::string forge_bundle(std::string_view manifest, std::string_view stream) {
  return forge_envelope(be32(88 + manifest.size() + stream.size()) + be32(manifest.size()) +
                        std::string(manifest) + std::string(stream));
}

std::string forge_rotation(std::string_view statement) {
  return std::string(statement) + sign(statement);
}

std::string manifest_of(const bundle::Identity& identity, const std::vector<bundle::File>& files) {
  std::string list;
  std::size_t bytes = 0;
  for (const auto& file : files) {
    bytes += file.bytes.size();
    list += (list.empty() ? R"({"name":")" : R"(,{"name":")") + file.name + R"(","sha256":")" +
            to_hex(sha256(file.bytes)) + R"(","size":)" + std::to_string(file.bytes.size()) + "}";
  }
  return R"({"bytes":)" + std::to_string(bytes) + R"(,"files":[)" + list +
         R"(],"format":1,"gateway":")" + identity.gateway +
         (identity.kind == bundle::Kind::policy
              ? std::string()
              : R"(","kind":")" + std::string(bundle::name_of(identity.kind))) +
         R"(","tenant":")" + identity.tenant + R"(","version":)" +
         std::to_string(identity.version) + "}";
}

std::string zlib_stream(std::string_view content) {
  std::string out(compressBound(content.size()), '\0');
  uLongf length = out.size();
  require(compress(data_of(out), &length, data_of(content), content.size()) == Z_OK);
  out.resize(length);
  return out;
}

std::string zlib_bomb(unsigned megabytes) {
  constexpr unsigned kPiece = 16;
  require(megabytes % kPiece == 0);
  const auto piece = repeatable_deflate(std::size_t{kPiece} << 20);
  std::string bomb("\x78\x9c");
  for (unsigned done = 0; done < megabytes; done += kPiece) bomb += piece;
  bomb += std::string("\x03\0", 2);  // a last block with nothing in it
  // Adler-32 of n zeros (RFC 1950): a stays 1, b is n modulo 65521.
  const auto b = (std::size_t{megabytes} << 20) % 65521;
  return bomb + be32(b << 16 | 1);
}

std::string be32(std::size_t value) {
  std::string out;
  for (unsigned shift = 32; shift > 0; shift -= 8)
    out += static_cast<char>(value >> (shift - 8) & 0xff);
  return out;
}

std::string sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  require(EVP_Digest(bytes.data(), bytes.size(), data_of(digest), nullptr, EVP_sha256(), nullptr) ==
          1);
  return digest;
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes)
    for (const int shift : {4, 0})
      text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> shift & 0x0f];
  return text;
}

}  // namespace sekisho::tests
