// The first byte chooses the direction and the address family, the rest is a control-channel
// payload. Whatever it says, an announced endpoint belongs to the one who announced it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "dataplane/flow/expectations.h"

using sekisho::IpAddress;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool to_server = (data[0] & 1) != 0;
  IpAddress client = IpAddress::from_v4(0xc0a80105);  // 192.168.1.5
  IpAddress server = IpAddress::from_v4(0xcb007107);  // 203.0.113.7
  if ((data[0] & 2) != 0) {
    client.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};
    server.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7};
  }
  const auto endpoint =
      sekisho::dataplane::parse_ftp_endpoint({data + 1, size - 1}, to_server, client, server);
  if (endpoint && (endpoint->address != (to_server ? client : server) || endpoint->port < 1024))
    std::abort();
  return 0;
}
