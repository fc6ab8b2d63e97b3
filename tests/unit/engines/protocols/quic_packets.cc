#include "quic_packets.h"

#include <openssl/evp.h>

#include <memory>

#include "hello_builder.h"
#include "recorder.h"

namespace sekisho::tests {
namespace {

using engines::quic::InitialKeys;
struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

std::uint8_t* raw(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

std::string gcm(const InitialKeys& keys, std::uint32_t number, const std::string& header,
                const std::string& plain) {
  auto nonce = keys.iv;
  for (unsigned i = 0; i < 4; ++i) nonce[11 - i] ^= static_cast<std::uint8_t>(number >> (8 * i));
  const Context context(EVP_CIPHER_CTX_new());
  std::string sealed(plain.size() + 16, '\0');
  int size = 0;
  EVP_EncryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, keys.key.data(), nonce.data());
  EVP_EncryptUpdate(context.get(), nullptr, &size, as_bytes(header).data(),
                    static_cast<int>(header.size()));
  EVP_EncryptUpdate(context.get(), raw(sealed), &size, as_bytes(plain).data(),
                    static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context.get(), raw(sealed) + size, &size);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, 16, raw(sealed) + plain.size());
  return sealed;
}

std::string ecb(const InitialKeys& keys, const std::string& block) {
  const Context context(EVP_CIPHER_CTX_new());
  std::string mask(32, '\0');
  int size = 0;
  EVP_EncryptInit_ex(context.get(), EVP_aes_128_ecb(), nullptr, keys.header_protection.data(),
                     nullptr);
  EVP_EncryptUpdate(context.get(), raw(mask), &size, as_bytes(block).data(), 16);
  return mask;
}

std::string with_length(const std::string& text) {
  return bytes_of({static_cast<int>(text.size())}) + text;
}

}  // namespace

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string varint(std::uint64_t value) { return be16(0x4000 | static_cast<std::size_t>(value)); }

std::string crypto_frame(std::uint64_t offset, const std::string& data) {
  return bytes_of({6}) + varint(offset) + varint(data.size()) + data;
}

std::string seal(const InitialPacket& packet, std::size_t at_least) {
  const auto* secrets = engines::quic::secrets_of(packet.version);
  const auto pair =
      engines::quic::derive_initial_keys(secrets->salt, secrets->labels, as_bytes(packet.key_id));
  const auto& keys = packet.from_server ? pair.server : pair.client;
  std::string plain = packet.frames;
  plain.resize(std::max(plain.size(), at_least), '\0');
  const int type = packet.version == engines::quic::kVersion2 ? 0xd0 : 0xc0;
  std::string header = bytes_of({type | 3}) + be16(packet.version >> 16) + be16(packet.version) +
                       with_length(packet.destination) + with_length(packet.source) +
                       varint(packet.token.size()) + packet.token + varint(4 + plain.size() + 16);
  const auto number_at = header.size();
  header += be16(packet.number >> 16) + be16(packet.number);
  std::string sealed = header + gcm(keys, packet.number, header, plain);
  const auto mask = ecb(keys, sealed.substr(number_at + 4, 16));
  sealed[0] = static_cast<char>(sealed[0] ^ (mask[0] & 0x0f));
  for (std::size_t i = 0; i < 4; ++i)
    sealed[number_at + i] = static_cast<char>(sealed[number_at + i] ^ mask[1 + i]);
  return sealed;
}

}  // namespace sekisho::tests
