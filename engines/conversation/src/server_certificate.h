#pragma once

#include <string_view>

#include "engines/protocols/transaction.h"

namespace sekisho::engines {

/// "C=US, O=Example, CN=www.example.com": the last part; empty without one.
std::string_view common_name(std::string_view subject) noexcept;

/// Whether the certificate that the server showed is for other names than the one that the client
/// asked for: it reached a server by naming another, which no browser would take. False of one that
/// its owner issued himself (he could have written any name, and devices in offices do), and
/// where not all names can be looked at.
bool contradicts_server_name(const Transaction& transaction, Direction direction,
                             std::string_view server_name) noexcept;

}  // namespace sekisho::engines
