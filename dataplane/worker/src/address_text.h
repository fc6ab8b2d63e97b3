#pragma once

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "config/base/address.h"

namespace sekisho::dataplane {

/// Whether the text is `address`, IPv4 with dots or IPv6 without brackets. Does not allocate.
inline bool is_text_of(std::string_view text, const IpAddress& address) noexcept {
  std::array<char, INET6_ADDRSTRLEN> room{};
  if (text.size() >= room.size()) return false;
  std::copy(text.begin(), text.end(), room.begin());
  const bool v4 = text.find(':') == text.npos;
  IpAddress read = IpAddress::from_v4(0);
  auto* const bytes = read.bytes.data() + (v4 ? 12 : 0);
  return inet_pton(v4 ? AF_INET : AF_INET6, room.data(), bytes) == 1 && read == address;
}

}  // namespace sekisho::dataplane
