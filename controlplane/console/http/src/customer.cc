#include "controlplane/console/http/customer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "config/base/address.h"

namespace sekisho::console::http {

std::string customer_of(const std::string& client) {
  constexpr std::ptrdiff_t kNetworkBytes = 8;
  auto address = parse_ip_address(client.substr(0, client.find('%')));  // without a zone
  if (!address || address->is_v4()) return client;
  std::fill(address->bytes.begin() + kNetworkBytes, address->bytes.end(), std::uint8_t{0});
  return to_string(*address) + "/64";
}

}  // namespace sekisho::console::http
