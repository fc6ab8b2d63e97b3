#include "protocol_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  sekisho::engines::ParserOptions options;
  options.mail_digest = (data[0] & 1) == 0;
  options.body_depth = (data[0] & 2) == 0 ? 0 : 100;
  sekisho::fuzz::drive(sekisho::fuzz::spec_of(sekisho::engines::Protocol::smtp, true),
                       {data + 1, size - 1}, options);
  return 0;
}
