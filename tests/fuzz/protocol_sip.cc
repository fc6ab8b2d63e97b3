// SIP over UDP or (by the first byte) TCP.
#include "protocol_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  sekisho::fuzz::drive(sekisho::fuzz::spec_of(sekisho::engines::Protocol::sip, (data[0] & 1) != 0),
                       {data + 1, size - 1});
  return 0;
}
