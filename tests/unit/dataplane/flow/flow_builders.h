#pragma once

#include <cstdint>
#include <cstring>

#include "dataplane/flow/flow.h"

namespace sekisho::dataplane::test {

inline constexpr std::uint64_t kSecond = 1'000'000'000;

/// Key number `n`: distinct for distinct n, half of them IPv6.
inline FlowKey key_number(std::uint32_t n, std::uint8_t protocol = 17) {
  FlowKey key;
  key.a = IpAddress::from_v4(0x0a000000 | (n >> 12));
  key.b = IpAddress::from_v4(0xc0a80001);
  if (n % 2 != 0) {
    key.a.bytes[0] = key.b.bytes[0] = 0x20;
    key.a.bytes[10] = key.b.bytes[10] = 0;
  }
  key.port_a = static_cast<std::uint16_t>(1024 + (n & 0xfff));
  key.port_b = 443;
  key.protocol = protocol;
  return key;
}

}  // namespace sekisho::dataplane::test
