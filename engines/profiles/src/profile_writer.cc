#include "engines/profiles/rule_profiles.h"

namespace sekisho::engines {

void ProfileWriter::address(const IpAddress& address) {
  for (const auto byte : address.bytes) u8(byte);
}

void ProfileWriter::raw(std::string_view bytes) {
  for (const char c : bytes) out_.push_back(static_cast<std::byte>(c));
}

void ProfileWriter::put(std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out_.push_back(static_cast<std::byte>(value >> shift & 0xff));
}

}  // namespace sekisho::engines
