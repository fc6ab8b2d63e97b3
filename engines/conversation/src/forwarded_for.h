#pragma once

#include <span>
#include <string_view>

#include "engines/conversation/inspector.h"

namespace sekisho::engines {

inline constexpr std::size_t kForwardedForBytes = 4096;  // of one header line

/// The client's address that the request's header names: behind proxies of our own the last one,
/// with those of others in front the first. Empty: none. Lies in `scratch` or the transaction.
std::string_view forwarded_for(const ForwardedFor& settings, const Transaction& transaction,
                               std::span<std::uint8_t> scratch) noexcept;

}  // namespace sekisho::engines
