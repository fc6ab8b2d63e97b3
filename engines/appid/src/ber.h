#pragma once

#include <cstdint>
#include <span>

#include "config/base/byte_reader.h"

namespace sekisho::engines::appid {

/// One BER element (X.690) with tag `tag`: moves into its content. The content may run past the
/// packet; only lengths of up to 4 bytes are real.
inline bool enter_ber(ByteReader& reader, std::uint8_t tag, std::uint32_t& length) noexcept {
  std::uint8_t found = 0, first = 0;
  if (!reader.u8(found) || found != tag || !reader.u8(first)) return false;
  length = first;
  if (first < 0x80) return true;
  const unsigned octets = first & 0x7fU;
  if (octets == 0 || octets > 4) return false;
  length = 0;
  for (unsigned i = 0; i < octets; ++i) {
    std::uint8_t octet = 0;
    if (!reader.u8(octet)) return false;
    length = length << 8 | octet;
  }
  return true;
}

/// A whole INTEGER of at most four bytes.
inline bool read_ber_integer(ByteReader& reader, std::uint32_t& value) noexcept {
  std::uint32_t length = 0;
  if (!enter_ber(reader, 0x02, length) || length == 0 || length > 4) return false;
  value = 0;
  for (; length > 0; --length) {
    std::uint8_t octet = 0;
    if (!reader.u8(octet)) return false;
    value = value << 8 | octet;
  }
  return true;
}

}  // namespace sekisho::engines::appid
