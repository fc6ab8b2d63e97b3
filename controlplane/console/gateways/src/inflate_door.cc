#include "inflate_door.h"

#include <zlib.h>

namespace sekisho::console {

std::optional<std::string> inflate_exactly(std::string_view packed, std::size_t bytes) {
  std::string text(bytes + 1, '\0');  // one more: a longer stream shows itself
  auto length = static_cast<uLongf>(text.size());
  auto taken = static_cast<uLong>(packed.size());
  const int result = uncompress2(reinterpret_cast<Bytef*>(text.data()), &length,
                                 reinterpret_cast<const Bytef*>(packed.data()), &taken);
  if (result != Z_OK || length != bytes || taken != packed.size()) return std::nullopt;
  text.resize(bytes);
  return text;
}

}  // namespace sekisho::console
