#pragma once

#include <chrono>
#include <string>

#include "config/base/result.h"
#include "controlplane/fetch/documents.h"

namespace sekisho::controlplane {

/// All of it, from the name's look-up to the last byte, but that the resolver has its own patience.
inline constexpr std::chrono::milliseconds kFetchPatience{5000};
inline constexpr std::chrono::milliseconds kConnectPatience{2000};

/// Fetches `wanted` by HTTP/1.1, and waits for it; follows no redirection. not_found: the name has
/// no address, or nobody answers there; invalid_input: the URL, or an address that may_be_reached()
/// refuses or that is this machine's own; io: what came is not the document.
Result<std::string> fetch_by_http(const Wanted& wanted);

}  // namespace sekisho::controlplane
