#pragma once

#include "http1/text.h"

namespace sekisho::engines::http1 {

/// "GET /path HTTP/1.1" taken apart; all are pieces of the line.
struct RequestLine {
  Bytes method, uri, protocol;
  bool leading_white = false;
  bool odd_delimiters = false;
};
RequestLine parse_request_line(Bytes line) noexcept;

/// "HTTP/1.1 200 OK" taken apart.
struct StatusLine {
  Bytes protocol, code, message;
  std::uint16_t status = 0;  // 0: no number
  bool invalid_protocol = false, invalid_status = false;
};
StatusLine parse_status_line(Bytes line) noexcept;

/// The line begins an answer ("HTTP/..." in any case, after white space and controls).
bool looks_like_status_line(Bytes line) noexcept;
/// It does, as far as its bytes are here.
bool may_become_status_line(Bytes line) noexcept;
/// The line begins with a method that is in use.
bool begins_with_method(Bytes line) noexcept;
/// More bytes may make begins_with_method() true.
bool may_become_method(Bytes line) noexcept;

}  // namespace sekisho::engines::http1
