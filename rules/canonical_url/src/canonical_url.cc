#include "rules/canonical_url/canonical_url.h"

#include <algorithm>

#include "byte_sink.h"
#include "host.h"

namespace sekisho::rules {
namespace {

struct Scheme {
  std::string_view name;
  std::uint16_t port;
};
/// The special schemes of the WHATWG URL Standard, but "file", which names no host of a network.
constexpr Scheme kSchemes[] = {
    {"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}, {"ftp", 21},
};
constexpr std::string_view kAuthorityEnds = "/\\?#";

struct Parts {
  Scheme scheme = kSchemes[0];
  std::string_view authority;
  std::string_view rest;  // path, query and fragment
};

bool equals_lower(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (lower_ascii(text[i]) != lower[i]) return false;
  return true;
}

const Scheme* find_scheme(std::string_view name) noexcept {
  for (const auto& scheme : kSchemes)
    if (equals_lower(name, scheme.name)) return &scheme;
  return nullptr;
}

/// Without C0 controls and spaces around it, and without the tabs and line ends in it.
std::string_view without_controls(std::string_view text, ByteSink& out) noexcept {
  const auto is_around = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_around(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_around(text.back())) text.remove_suffix(1);
  for (const char c : text)
    if (c != '\t' && c != '\n' && c != '\r') out.put(c);
  return out.text();
}

/// Takes "https:" off `text`. Without a scheme before ':' the text is http's.
UrlFault take_scheme(std::string_view& text, Scheme& out) noexcept {
  const auto colon = text.find_first_of(":/\\?#@[");
  if (colon == text.npos || text[colon] != ':') return UrlFault::none;
  if (const auto* scheme = find_scheme(text.substr(0, colon)); scheme != nullptr) {
    out = *scheme;
    text.remove_prefix(colon + 1);
    return UrlFault::none;
  }
  return text.substr(colon).starts_with("://") ? UrlFault::unsupported_scheme : UrlFault::none;
}

UrlFault split(std::string_view text, Parts& out) noexcept {
  if (const auto fault = take_scheme(text, out.scheme); fault != UrlFault::none) return fault;
  while (!text.empty() && (text.front() == '/' || text.front() == '\\')) text.remove_prefix(1);
  const auto end = std::min(text.find_first_of(kAuthorityEnds), text.size());
  out.authority = text.substr(0, end);
  if (const auto at = out.authority.rfind('@'); at != text.npos)
    out.authority.remove_prefix(at + 1);  // who logs in is no part of the place
  out.rest = text.substr(end);
  return UrlFault::none;
}

/// Takes ":8080" off `authority`; 0 when the port is the scheme's.
UrlFault take_port(std::string_view& authority, const Scheme& scheme,
                   std::uint16_t& port) noexcept {
  const auto bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == authority.npos) return UrlFault::bad_ipv6;
  const auto colon = authority.find(':', bracket);
  if (colon == authority.npos) return UrlFault::none;
  std::uint32_t value = 0;
  for (const char c : authority.substr(colon + 1)) {
    if (c < '0' || c > '9') return UrlFault::bad_port;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
    if (value > 0xffff) return UrlFault::bad_port;
  }
  const bool is_given = colon + 1 < authority.size() && value != scheme.port;
  if (is_given && value == 0) return UrlFault::bad_port;  // nobody can connect there
  port = is_given ? static_cast<std::uint16_t>(value) : std::uint16_t{0};
  authority = authority.substr(0, colon);
  return UrlFault::none;
}

bool is_unreserved(unsigned char c) noexcept {  // RFC 3986 §2.3
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

/// One character of a path or query at `at`, canonical; moves behind it. `encoded`: what the
/// standard's percent-encode set has besides controls, spaces and bytes over 0x7e.
void write_character(std::string_view text, std::size_t& at, std::string_view encoded,
                     ByteSink& out) noexcept {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const int escaped = escaped_byte(text, at);
  const auto byte = static_cast<unsigned char>(escaped < 0 ? text[at] : escaped);
  at += escaped < 0 ? 1 : 3;
  const bool keeps = escaped < 0 && byte > ' ' && byte < 0x7f && byte != '%' &&
                     encoded.find(static_cast<char>(byte)) == encoded.npos;
  if (keeps || is_unreserved(byte)) return out.put(static_cast<char>(byte));
  out.put('%');
  out.put(kDigits[byte >> 4]);
  out.put(kDigits[byte & 0x0f]);
}

void write_path(std::string_view path, ByteSink& out) noexcept {
  const auto begin = out.size();
  if (!path.empty()) path.remove_prefix(1);  // its first slash
  for (std::size_t at = 0;;) {
    const auto segment = out.size();
    out.put('/');
    while (at < path.size() && path[at] != '/' && path[at] != '\\')
      write_character(path, at, "\"#<>?`{}^", out);
    const bool is_last = at == path.size();
    const auto written = out.text(segment + 1);
    if (written == "." || written == "..") {
      const bool goes_up = written.size() == 2;
      out.cut_to(segment);
      if (goes_up && segment > begin) out.cut_to(begin + out.text(begin).rfind('/'));
      if (is_last) out.put('/');
    }
    if (is_last) return;
    ++at;
  }
}

void write_port(std::uint16_t port, ByteSink& out) noexcept {
  std::array<char, 5> digits{};
  std::size_t count = 0;
  for (unsigned rest = port; rest > 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  out.put(':');
  while (count > 0) out.put(digits[--count]);
}

UrlFault write_url(const Parts& parts, UrlScratch& scratch, CanonicalUrl& url) noexcept {
  ByteSink out(scratch.output);
  url = {};
  auto host = parts.authority;
  if (const auto fault = take_port(host, parts.scheme, url.port); fault != UrlFault::none)
    return fault;
  out.put(parts.scheme.name);
  out.put("://");
  const auto host_begin = out.size();
  if (const auto fault = write_host(host, out, url.kind); fault != UrlFault::none) return fault;
  const auto host_end = out.size();
  if (url.port != 0) write_port(url.port, out);

  const auto rest = parts.rest.substr(0, parts.rest.find('#'));
  const auto mark = std::min(rest.find('?'), rest.size());
  const auto path_begin = out.size();
  write_path(rest.substr(0, mark), out);
  const auto path_end = out.size();
  url.has_query = mark < rest.size();
  if (url.has_query) {
    out.put('?');
    const auto query = rest.substr(mark + 1);
    for (std::size_t at = 0; at < query.size();) write_character(query, at, "\"#<>'", out);
  }
  if (out.overflowed()) return UrlFault::too_long;
  url.text = out.text();
  url.scheme = parts.scheme.name;
  url.host = url.text.substr(host_begin, host_end - host_begin);
  url.path = url.text.substr(path_begin, path_end - path_begin);
  if (url.has_query) url.query = url.text.substr(path_end + 1);
  return UrlFault::none;
}

}  // namespace

std::string_view describe(UrlFault fault) noexcept {
  switch (fault) {
    case UrlFault::none:
      return "is a URL";
    case UrlFault::too_long:
      return "is longer than 8192 bytes";
    case UrlFault::unsupported_scheme:
      return "has a scheme other than http, https, ws, wss, ftp";
    case UrlFault::no_host:
      return "has no host";
    case UrlFault::host_too_long:
      return "has a host of more than 253 bytes";
    case UrlFault::label_too_long:
      return "has more than 63 bytes between two dots of its host";
    case UrlFault::empty_label:
      return "has nothing between two dots of its host";
    case UrlFault::forbidden_character:
      return "has a character in its host that no host can have";
    case UrlFault::bad_utf8:
      return "has a host that is no UTF-8";
    case UrlFault::unmapped_character:
      return "has a character in its host that must be written as xn--";
    case UrlFault::bad_punycode:
      return "has an xn-- label that stands for no name";
    case UrlFault::bad_ipv4:
      return "ends like an IPv4 address and is none";
    case UrlFault::bad_ipv6:
      return "has brackets around what is no IPv6 address";
    case UrlFault::bad_port:
      return "has a port that is no number from 1 to 65535";
  }
  return "";
}

UrlFault canonicalise_url(std::string_view text, UrlScratch& scratch, CanonicalUrl& out) noexcept {
  if (text.size() > kMaxUrlBytes) return UrlFault::too_long;
  ByteSink input(scratch.input);
  Parts parts;
  if (const auto fault = split(without_controls(text, input), parts); fault != UrlFault::none)
    return fault;
  return write_url(parts, scratch, out);
}

UrlFault canonicalise_request(std::string_view scheme, std::string_view authority,
                              std::string_view target, UrlScratch& scratch,
                              CanonicalUrl& out) noexcept {
  const bool is_path = target.empty() || target == "*" || target.front() == '/';
  if (!is_path) return canonicalise_url(target, scratch, out);
  if (target.size() + authority.size() > kMaxUrlBytes) return UrlFault::too_long;
  const auto* known = find_scheme(scheme);
  if (known == nullptr) return UrlFault::unsupported_scheme;
  if (authority.find_first_of("/\\?#@\t\r\n") != authority.npos)
    return UrlFault::forbidden_character;
  ByteSink input(scratch.input);
  const auto path = target == "*" ? std::string_view() : without_controls(target, input);
  return write_url({*known, authority, path}, scratch, out);
}

UrlFault canonicalise_host(std::string_view host, UrlScratch& scratch, CanonicalUrl& out) noexcept {
  if (host.size() > kMaxUrlBytes) return UrlFault::too_long;
  if (host.find(':') != host.npos && !host.starts_with('[')) return UrlFault::forbidden_character;
  return write_url({kSchemes[0], host, {}}, scratch, out);
}

}  // namespace sekisho::rules
