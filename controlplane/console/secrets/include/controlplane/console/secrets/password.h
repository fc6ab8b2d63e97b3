#pragma once

#include <string>
#include <string_view>

namespace sekisho::console {

/// scrypt (RFC 7914) with N=2^15, r=8, p=1: 32 MiB and about 0.1 s for each guess. The text says so
/// itself, "$scrypt$ln=15,r=8,p=1$SALT$HASH" (hexadecimal), so that the numbers can grow.
std::string hash_password(std::string_view password);

struct PasswordCheck {
  bool matches = false;
  bool rehash = false;  // matches, but was hashed with less than is asked for today
};

/// Takes as long as hashing does. A `stored` that is no such text, as "" of a user who does not
/// exist, never matches and takes as long.
PasswordCheck check_password(std::string_view password, std::string_view stored);

}  // namespace sekisho::console
