#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sekisho::console {

/// From the kernel's generator; aborts where there is none.
std::string random_bytes(std::size_t count);

/// A random UUID (version 4, RFC 9562), lower case.
std::string new_uuid();

/// 256 random bits as 64 hexadecimal digits: what a session or a CSRF header carries.
std::string new_token();

/// SHA-256 as 64 hexadecimal digits: what is stored in place of a token or a code. Good for random
/// values only; passwords go through password.h.
std::string hash_of(std::string_view secret);

/// Whether they are the same; how long it takes depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace sekisho::console
