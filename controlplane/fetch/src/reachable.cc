#include "controlplane/fetch/reachable.h"

#include <algorithm>
#include <initializer_list>

namespace sekisho::controlplane {
namespace {

bool may_be_reached_v4(std::uint32_t address) noexcept {
  const auto first = address >> 24;
  const bool is_link_local = address >> 16 == 0xa9fe;  // 169.254.0.0/16, RFC 3927
  return first != 0 && first != 127 && !is_link_local && first < 224;
}

/// An IPv4 address in its last four bytes.
std::uint32_t embedded_v4(const IpAddress& address) noexcept {
  std::uint32_t v4 = 0;
  for (std::size_t i = 12; i < 16; ++i) v4 = v4 << 8 | address.bytes[i];
  return v4;
}

bool starts_with(const IpAddress& address, std::initializer_list<std::uint8_t> prefix) noexcept {
  return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

}  // namespace

bool may_be_reached(const IpAddress& address) noexcept {
  if (address.is_v4()) return may_be_reached_v4(address.v4());
  const auto& b = address.bytes;
  if (b[0] == 0xff) return false;                           // multicast
  if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) return false;  // fe80::/10, link-local
  if (starts_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}))
    return false;                                   // ::, ::1, ::a.b.c.d
  if (starts_with(address, {0, 0x64, 0xff, 0x9b}))  // NAT64, RFC 6052
    return may_be_reached_v4(embedded_v4(address));
  return true;
}

}  // namespace sekisho::controlplane
