#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sekisho::reputation {

/// Made with the exchange file: who does not know it cannot make URLs that share a key.
using UrlKeySecret = std::array<std::uint64_t, 2>;

/// Names a URL on this box: SipHash-1-3 of its text. Equal keys are taken for the same URL.
std::uint64_t url_key(const UrlKeySecret& secret, std::string_view text) noexcept;

}  // namespace sekisho::reputation
