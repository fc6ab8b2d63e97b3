#pragma once

#include <optional>

#include "engines/conversation/inspector.h"

namespace sekisho::engines {

/// The client that a proxy's request header names; nullopt: none, or no address.
std::optional<IpAddress> forwarded_client(const ForwardedFor& config,
                                          const Transaction* transaction) noexcept;

}  // namespace sekisho::engines
