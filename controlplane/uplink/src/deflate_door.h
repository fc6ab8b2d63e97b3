#pragma once

#include <string>
#include <string_view>

namespace sekisho::controlplane {

/// A zlib stream (RFC 1950), level 1: a slow uplink gains most of what there is to gain, the box
/// spends little.
std::string deflate_fast(std::string_view bytes);

}  // namespace sekisho::controlplane
