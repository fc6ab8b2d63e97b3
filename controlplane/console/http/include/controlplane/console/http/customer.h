#pragma once

#include <string>

namespace sekisho::console::http {

/// Whom to count a client's doings for: an IPv4 address is one customer's, of IPv6 a whole /64
/// (RFC 6177). What is no address stays as it is.
std::string customer_of(const std::string& client);

}  // namespace sekisho::console::http
