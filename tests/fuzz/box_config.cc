#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/box/box_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto box = sekisho::box::parse_box_config({reinterpret_cast<const char*>(data), size});
  if (box && box->ports.size() % 2 != 0) std::abort();  // segments are pairs
  if (!box && box.error().message.find(':') == std::string::npos) std::abort();  // no place told
  return 0;
}
