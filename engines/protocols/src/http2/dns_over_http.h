#pragma once

#include <cstdint>
#include <span>

#include "http2/header_list.h"

namespace sekisho::engines::http2 {

/// DNS over HTTP (RFC 8484): messages in bodies of this type, or in the path of a GET.
inline constexpr std::string_view kDnsMediaType = "application/dns-message";
inline constexpr std::size_t kMaxDnsBytes = 0xffff;
inline constexpr std::size_t kMaxDnsPathBytes = 4096;  // of a message in a path

/// The headers announce a body that is a DNS message.
bool announces_dns(const HeaderList& headers) noexcept;

/// The message in "?dns=", decoded into `room`; empty: there is none, or it is no base64url.
Bytes dns_in_path(Bytes path, std::span<std::uint8_t, kMaxDnsPathBytes> room) noexcept;

}  // namespace sekisho::engines::http2
