#include "controlplane/agent/http_request.h"

#include <algorithm>

namespace sekisho::controlplane {
namespace {

/// RFC 9110 §5.6.2
bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alnum || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) noexcept {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

/// Takes the next line off `rest`; false when it ends in anything but CRLF.
bool take_line(std::string_view& rest, std::string_view& line) noexcept {
  const auto end = rest.find("\r\n");
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return std::none_of(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

HttpAnswer judge_request_line(std::string_view line, bool& needs_host) noexcept {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return HttpAnswer::bad_request;
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || target.empty() || target.find_first_of(" \t") != target.npos ||
      !version.starts_with("HTTP/") || version.size() != 8)
    return HttpAnswer::bad_request;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return HttpAnswer::version_not_supported;
  needs_host = version == "HTTP/1.1";
  if (target != "/metrics" && !target.starts_with("/metrics?")) return HttpAnswer::not_found;
  return method == "GET" ? HttpAnswer::ok : HttpAnswer::method_not_allowed;
}

}  // namespace

HttpAnswer judge_http_request(std::string_view received) noexcept {
  const auto end = received.find("\r\n\r\n");
  if (end == std::string_view::npos)
    return received.size() > kMaxHttpRequestBytes ? HttpAnswer::header_fields_too_large
                                                  : HttpAnswer::incomplete;
  if (end > kMaxHttpRequestBytes) return HttpAnswer::header_fields_too_large;
  std::string_view rest = received.substr(0, end + 2);
  std::string_view line;
  if (!take_line(rest, line)) return HttpAnswer::bad_request;
  bool needs_host = false;
  const HttpAnswer answer = judge_request_line(line, needs_host);
  if (answer == HttpAnswer::bad_request) return answer;

  std::size_t hosts = 0;
  while (!rest.empty()) {
    if (!take_line(rest, line)) return HttpAnswer::bad_request;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return HttpAnswer::bad_request;
    const std::string_view name = line.substr(0, colon);
    if (equals_ignoring_case(name, "host")) ++hosts;
    // A body would be read as the next request by someone: there is none to have here.
    if (equals_ignoring_case(name, "content-length") ||
        equals_ignoring_case(name, "transfer-encoding"))
      return HttpAnswer::bad_request;
  }
  if (hosts > 1 || (needs_host && hosts != 1)) return HttpAnswer::bad_request;
  return answer;
}

std::string http_response(HttpAnswer answer, std::string_view body) {
  std::string_view reason;
  switch (answer) {
    case HttpAnswer::ok:
      reason = "OK";
      break;
    case HttpAnswer::not_found:
      reason = "Not Found";
      break;
    case HttpAnswer::method_not_allowed:
      reason = "Method Not Allowed";
      break;
    case HttpAnswer::header_fields_too_large:
      reason = "Request Header Fields Too Large";
      break;
    case HttpAnswer::version_not_supported:
      reason = "HTTP Version Not Supported";
      break;
    case HttpAnswer::incomplete:
    case HttpAnswer::bad_request:
      answer = HttpAnswer::bad_request;
      reason = "Bad Request";
  }
  const std::string error_body = std::string(reason) + "\n";
  const std::string_view sent = answer == HttpAnswer::ok ? body : std::string_view(error_body);
  std::string response = "HTTP/1.1 " + std::to_string(static_cast<unsigned>(answer)) + " ";
  response.append(reason).append("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
  if (answer == HttpAnswer::method_not_allowed) response += "Allow: GET\r\n";
  response += "Content-Length: " + std::to_string(sent.size()) + "\r\nConnection: close\r\n\r\n";
  return response.append(sent);
}

}  // namespace sekisho::controlplane
