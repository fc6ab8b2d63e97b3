// The beginning of a file: it has a type, whose text lies in the room that was given or is static.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engines/protocols/file_magic.h"

using namespace sekisho::engines;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::array<char, kFileMagicText> room;
  const auto magic = file_magic({data, size}, room);
  if (magic.empty() || magic.size() > kFileMagicText) std::abort();
  return 0;
}
