#include "protocol_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto* spec : sekisho::engines::all_protocols())
    if (spec->protocol == sekisho::rules::Protocol::ssh) sekisho::fuzz::drive(*spec, {data, size});
  return 0;
}
