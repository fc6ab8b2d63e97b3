#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sekisho::dataplane {

/// What the page for a blocked request says of it. Bytes of the request, in place: whatever its
/// sender wrote. Empty where the segment at hand does not have it.
struct RequestHead {
  bool begins_here = false;    // the request line of an HTTP/1 request (RFC 9112 §3)
  bool wants_no_body = false;  // HEAD
  std::string_view host;       // without a port
  std::string_view target;     // as in the request line
  std::string_view accept_language;
};

/// Of a segment's payload: a whole head, its beginning, or a later part of it. Never reads past it.
RequestHead read_request_head(std::span<const std::uint8_t> payload) noexcept;

enum class Language : std::uint8_t { japanese, english };

/// By the weights of an Accept-Language field (RFC 9110 §12.5.4); of equal ones the first. Japanese
/// when the field is empty or takes anything; English when it names only other languages.
Language preferred_language(std::string_view accept_language) noexcept;

}  // namespace sekisho::dataplane
