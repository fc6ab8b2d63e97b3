// HTTP/1 conversations: the first byte selects how much is wanted.
#include "protocol_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sekisho;
  if (size == 0) return 0;
  engines::ParserOptions options;
  options.record_headers = (data[0] & 2) != 0;
  if ((data[0] & 4) != 0) options.body_depth = 100;
  if ((data[0] & 8) != 0) options.body_depth = 0;
  fuzz::drive(fuzz::spec_of(engines::Protocol::http1, true), {data + 1, size - 1}, options);
  return 0;
}
