#include "protocol_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sekisho;
  fuzz::drive(fuzz::spec_of(engines::Protocol::websocket, true), {data, size});
  return 0;
}
