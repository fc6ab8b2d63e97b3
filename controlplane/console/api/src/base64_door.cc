#include "base64_door.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace sekisho::console {

std::string from_base64(const std::string& text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) throw std::runtime_error("a stored capture is no base64");
  bytes.resize(static_cast<std::size_t>(length));
  return bytes;
}

}  // namespace sekisho::console
