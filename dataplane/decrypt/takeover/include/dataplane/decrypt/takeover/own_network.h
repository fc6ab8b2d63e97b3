#pragma once

#include <cstdint>
#include <string>

#include "config/base/result.h"

namespace sekisho::decrypt {

/// Puts this thread, and those that it starts from now on, into a new network namespace with
/// nothing in it, where rebuilt connections of any two ends may live. It ends with its last thread
/// and socket. Needs CAP_SYS_ADMIN.
Status enter_own_network();

/// Everything that comes in through the interface `link` is for this namespace, whoever it is
/// addressed to; everything that it sends goes out through it. IPv4 and IPv6. Brings the interface
/// up with that MTU in bytes. Needs CAP_NET_ADMIN.
Status route_all_through(const std::string& link, std::uint32_t mtu);

}  // namespace sekisho::decrypt
