// FTP's control connection, or (by the first byte) its data connection.
#include "protocol_driver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sekisho::engines::Protocol;
  if (size == 0) return 0;
  const auto protocol = (data[0] & 1) == 0 ? Protocol::ftp : Protocol::ftp_data;
  sekisho::fuzz::drive(sekisho::fuzz::spec_of(protocol, true), {data + 1, size - 1});
  return 0;
}
