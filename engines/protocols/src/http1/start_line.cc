#include "http1/start_line.h"

#include <array>

namespace sekisho::engines::http1 {
namespace {

/// Methods of HTTP, WebDAV and common extensions.
constexpr std::array<std::string_view, 48> kMethods = {"GET",
                                                       "POST",
                                                       "HEAD",
                                                       "PUT",
                                                       "OPTIONS",
                                                       "CONNECT",
                                                       "DELETE",
                                                       "TRACE",
                                                       "PATCH",
                                                       "PROPFIND",
                                                       "PROPPATCH",
                                                       "MKCOL",
                                                       "COPY",
                                                       "MOVE",
                                                       "LOCK",
                                                       "UNLOCK",
                                                       "VERSION-CONTROL",
                                                       "CHECKOUT",
                                                       "UNCHECKOUT",
                                                       "CHECKIN",
                                                       "UPDATE",
                                                       "LABEL",
                                                       "REPORT",
                                                       "MKWORKSPACE",
                                                       "MKACTIVITY",
                                                       "BASELINE-CONTROL",
                                                       "MERGE",
                                                       "INVALID",
                                                       "SEARCH",
                                                       "SUBSCRIBE",
                                                       "UNSUBSCRIBE",
                                                       "NOTIFY",
                                                       "POLL",
                                                       "BMOVE",
                                                       "BCOPY",
                                                       "BDELETE",
                                                       "BPROPFIND",
                                                       "BPROPPATCH",
                                                       "RPC_IN_DATA",
                                                       "RPC_OUT_DATA",
                                                       "ACL",
                                                       "BIND",
                                                       "UNBIND",
                                                       "REBIND",
                                                       "LINK",
                                                       "UNLINK",
                                                       "PURGE",
                                                       "DEBUG"};

/// The next word, cut from `rest` with the delimiters after it; `odd` when these are not one space.
Bytes take_word(Bytes& rest, bool& odd) noexcept {
  std::size_t end = 0;
  while (end < rest.size() && !is_skippable(rest[end])) ++end;
  const auto word = rest.first(end);
  rest = rest.subspan(end);
  std::size_t white = 0;
  while (white < rest.size() && is_skippable(rest[white])) ++white;
  odd |= white > 1 || (white == 1 && rest[0] != ' ');
  rest = rest.subspan(white);
  return word;
}

Bytes without_leading_white(Bytes line) noexcept {
  while (!line.empty() && is_skippable(line[0])) line = line.subspan(1);
  return line;
}

}  // namespace

RequestLine parse_request_line(Bytes line) noexcept {
  RequestLine parsed;
  auto rest = without_leading_white(line);
  parsed.leading_white = rest.size() != line.size();
  rest = trimmed(rest);
  parsed.method = take_word(rest, parsed.odd_delimiters);
  // the URI may have spaces inside: the protocol is what follows the last one, if it is one
  auto at = rest.size();
  while (at > 0 && !is_skippable(rest[at - 1])) --at;
  const auto last = rest.subspan(at);
  if (at != 0 && starts_nocase(last, "HTTP/")) {
    parsed.protocol = last;
    const auto uri = trimmed(rest.first(at));
    parsed.odd_delimiters |= rest.size() - last.size() - uri.size() > 1;
    parsed.uri = uri;
  } else {
    parsed.uri = rest;
  }
  return parsed;
}

StatusLine parse_status_line(Bytes line) noexcept {
  StatusLine parsed;
  auto rest = trimmed(line);
  bool odd = false;
  parsed.protocol = take_word(rest, odd);
  parsed.code = take_word(rest, odd);
  parsed.message = rest;
  parsed.invalid_protocol =
      !(equals_nocase(parsed.protocol, "HTTP/1.1") || equals_nocase(parsed.protocol, "HTTP/1.0"));
  constexpr std::size_t kMostDigits = 8;
  unsigned value = 0;
  for (const auto c : parsed.code.first(std::min(parsed.code.size(), kMostDigits))) {
    if (!is_digit(c)) {
      parsed.invalid_status = true;
      return parsed;
    }
    value = value * 10 + (c - unsigned{'0'});
  }
  parsed.invalid_status = parsed.code.size() != 3 || value < 100 || value > 999;
  if (value <= 999) parsed.status = static_cast<std::uint16_t>(value);
  return parsed;
}

bool looks_like_status_line(Bytes line) noexcept {
  return starts_nocase(without_leading_white(line), "HTTP/");
}

bool may_become_status_line(Bytes line) noexcept {
  constexpr std::string_view kBegin = "HTTP/";
  line = line.subspan(leading_white_space(line));
  const auto compared = std::min(line.size(), kBegin.size());
  return equals_nocase(line.first(compared), kBegin.substr(0, compared));
}

bool begins_with_method(Bytes line) noexcept {
  line = line.subspan(leading_white_space(line));
  if (line.empty()) return false;
  const auto first = static_cast<char>(line[0] & 0xdf);
  for (const auto method : kMethods)
    if (method[0] == first && line.size() > method.size() && is_blank(line[method.size()]) &&
        starts_nocase(line, method))
      return true;
  return false;
}

bool may_become_method(Bytes line) noexcept {
  line = line.subspan(leading_white_space(line));
  constexpr std::size_t kLongest = 16;
  if (line.size() > kLongest) return false;
  for (const auto method : kMethods)
    if (line.size() <= method.size() && equals_nocase(line, method.substr(0, line.size())))
      return true;
  return false;
}

}  // namespace sekisho::engines::http1
