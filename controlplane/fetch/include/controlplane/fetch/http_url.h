#pragma once

#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::controlplane {

/// Of plain HTTP, as certificates have them (RFC 5280 §4.2.1.13, §4.2.2.1).
struct HttpUrl {
  static constexpr std::size_t kMaxBytes = 2048;
  std::string host;    // a name, or an address without brackets
  std::string port;    // "80" or "8080": certificates are no way to other services
  std::string target;  // path and query, "/" at least

  std::string host_field() const;  // as the header Host has it
};

/// invalid_input: another scheme or port, a user, or characters that a request line cannot have.
Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace sekisho::controlplane
