#include <openssl/evp.h>

#include <limits>
#include <stdexcept>

#include "controlplane/console/store/base64.h"

namespace sekisho::console {
namespace {

constexpr std::size_t kMaxBytes = std::numeric_limits<int>::max() / 4;  // lengths are ints below

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string to_base64(std::string_view bytes) {
  if (bytes.size() > kMaxBytes) throw std::length_error("too much for base64");
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the encoder ends it with a zero
  const int length = EVP_EncodeBlock(octets(text), octets(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string from_base64(std::string_view text) {
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes(text.size() / 4 * 3, '\0');
  // The decoder itself lets space around it pass, and counts the padding as bytes.
  const bool shaped = text.size() % 4 == 0 && text.size() <= kMaxBytes &&
                      text.find_first_of(" \t\r\n") == text.npos &&
                      text.find('=') >= text.size() - padding;
  if (!shaped || EVP_DecodeBlock(octets(bytes), octets(text), static_cast<int>(text.size())) < 0)
    throw std::runtime_error("a stored text is no base64");
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace sekisho::console
