#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sekisho::controlplane {

/// A whole request must fit; longer ones are answered with 431.
inline constexpr std::size_t kMaxHttpRequestBytes = 8192;

/// What to answer. incomplete: more bytes are needed.
enum class HttpAnswer : std::uint16_t {
  incomplete = 0,
  ok = 200,
  bad_request = 400,
  not_found = 404,
  method_not_allowed = 405,
  header_fields_too_large = 431,
  version_not_supported = 505,
};

/// Judges the bytes received so far as one HTTP/1 request (RFC 9112). Strict: CRLF line ends, no
/// folded lines, no body, exactly one Host in HTTP/1.1. The one resource is GET /metrics.
HttpAnswer judge_http_request(std::string_view received) noexcept;

/// A complete response that closes the connection.
std::string http_response(HttpAnswer answer, std::string_view body);

}  // namespace sekisho::controlplane
