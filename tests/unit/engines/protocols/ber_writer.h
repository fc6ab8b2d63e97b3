#pragma once

#include "wire.h"

namespace sekisho::tests {

/// A value of BER with a definite length.
inline std::string ber(unsigned tag, const std::string& body) {
  const auto length =
      body.size() < 0x80 ? be(body.size(), 1) : std::string("\x82") + be(body.size(), 2);
  return be(tag, 1) + length + body;
}
inline std::string ber_integer(unsigned value, unsigned tag = 0x02) {
  return ber(tag, value < 0x80 ? be(value, 1) : be(value, 5));
}
inline std::string ber_text(const std::string& text, unsigned tag = 0x04) { return ber(tag, text); }

}  // namespace sekisho::tests
