#include "http1/uri.h"

namespace sekisho::engines::http1 {
namespace {

/// One character at `at`, decoded; how many bytes it took.
std::size_t decode_one(Bytes in, std::size_t at, std::uint8_t& out) noexcept {
  out = in[at];
  if (in[at] != '%') return 1;
  const auto left = in.size() - at;
  if (left >= 6 && lower(in[at + 1]) == 'u') {
    unsigned value = 0;
    bool valid = true;
    for (std::size_t i = 2; i < 6; ++i) {
      const auto digit = hex_value(in[at + i]);
      valid &= digit >= 0;
      value = value << 4 | static_cast<unsigned>(digit & 0xf);
    }
    if (valid) {
      // the full-width forms of ASCII, which servers take for it
      if (value >= 0xff01 && value <= 0xff5e) value -= 0xfee0;
      out = value <= 0xff ? static_cast<std::uint8_t>(value) : std::uint8_t{'?'};
      return 6;
    }
  }
  if (left < 3) return 1;
  const auto high = hex_value(in[at + 1]), low = hex_value(in[at + 2]);
  if (high < 0 || low < 0) return 1;
  out = static_cast<std::uint8_t>(high << 4 | low);
  return 3;
}

/// Removes the last segment of what was written since `begin`.
void drop_segment(ScratchWriter& out, std::size_t begin) noexcept {
  const auto written = out.written();
  auto at = written.size();
  while (at > begin && written[at - 1] != '/') --at;
  out.truncate(at > begin ? at - 1 : begin);
}

/// Dot segments of what was written since `begin` (RFC 3986 §5.2.4), in place.
void remove_dot_segments(ScratchWriter& out, std::size_t begin) noexcept {
  const auto bytes = out.written();
  ScratchWriter clean(bytes);
  clean.truncate(0);
  // what lies before `begin` is already in place
  for (std::size_t i = 0; i < begin; ++i) clean.add_byte(bytes[i]);
  std::size_t at = begin;
  const auto size = bytes.size();
  while (at < size) {
    auto end = at + 1;
    while (end < size && bytes[end] != '/') ++end;
    const auto segment = as_text(bytes.subspan(at, end - at));
    const bool last = end == size;
    if (segment == "/." || segment == "/..") {
      if (segment == "/..") drop_segment(clean, begin);
      if (last) clean.add_byte('/');
    } else {
      for (std::size_t i = at; i < end; ++i) clean.add_byte(bytes[i]);
    }
    at = end;
  }
  out.truncate(clean.size());
}

void add_decoded(Bytes in, ScratchWriter& out) noexcept {
  std::size_t at = 0;
  while (at < in.size()) {
    const auto percent = std::min(find_byte(in.subspan(at), '%'), in.size() - at);
    out.add(in.subspan(at, percent));
    at += percent;
    if (at == in.size()) return;
    std::uint8_t c = 0;
    at += decode_one(in, at, c);
    out.add_byte(c);
  }
}

}  // namespace

Target parse_target(Bytes uri, bool connect) noexcept {
  Target target;
  auto rest = uri;
  Bytes authority;
  const auto scheme_end = find_byte(rest.first(std::min<std::size_t>(rest.size(), 16)), ':');
  if (connect) {
    authority = rest;
    rest = {};
    if (!authority.empty() && authority[0] == '/') std::swap(authority, rest);
  } else if (scheme_end != std::string_view::npos && rest.size() >= scheme_end + 3 &&
             rest[scheme_end + 1] == '/' && rest[scheme_end + 2] == '/' && scheme_end != 0 &&
             is_letter(rest[0])) {
    rest = rest.subspan(scheme_end + 3);
    std::size_t end = 0;
    while (end < rest.size() && rest[end] != '/' && rest[end] != '?' && rest[end] != '#') ++end;
    authority = rest.first(end);
    rest = rest.subspan(end);
  }
  if (const auto at = find_byte(authority, '@'); at != std::string_view::npos) {
    target.user_info = authority.first(at);
    authority = authority.subspan(at + 1);
  }
  const auto host = split_host(authority);
  target.host = host.host;
  target.port = host.port;
  if (const auto at = find_byte(rest, '#'); at != std::string_view::npos) {
    target.fragment = rest.subspan(at + 1);
    target.has_fragment = true;
    rest = rest.first(at);
  }
  if (const auto at = find_byte(rest, '?'); at != std::string_view::npos) {
    target.query = rest.subspan(at + 1);
    target.has_query = true;
    rest = rest.first(at);
  }
  target.path = rest;
  return target;
}

void add_normalised_path(Bytes path, ScratchWriter& out) noexcept {
  const auto begin = out.size();
  bool slash = false, dots = false;
  for (std::size_t at = 0; at < path.size();) {
    std::uint8_t c = 0;
    at += decode_one(path, at, c);
    if (c == '\\') c = '/';
    if (c == '/' && slash) continue;
    dots |= c == '.' && slash;
    slash = c == '/';
    out.add_byte(c);
  }
  if (dots) remove_dot_segments(out, begin);
}

void add_normalised_uri(const Target& target, ScratchWriter& out) noexcept {
  add_normalised_path(target.path, out);
  if (target.has_query) {
    out.add_byte('?');
    add_decoded(target.query, out);
  }
  if (target.has_fragment) {
    out.add_byte('#');
    add_decoded(target.fragment, out);
  }
}

bool is_double_encoded(Bytes uri) noexcept {
  for (std::size_t i = 0; i + 4 < uri.size(); ++i)
    if (uri[i] == '%' && uri[i + 1] == '2' && uri[i + 2] == '5' && hex_value(uri[i + 3]) >= 0 &&
        hex_value(uri[i + 4]) >= 0)
      return true;
  return false;
}

HostPort split_host(Bytes text) noexcept {
  HostPort result;
  text = trimmed(text);
  auto port_at = std::string_view::npos;
  if (!text.empty() && text[0] == '[') {
    const auto end = find_byte(text, ']');
    if (end == std::string_view::npos) {
      result.invalid = true;
    } else if (end + 1 < text.size()) {
      result.invalid = text[end + 1] != ':';
      port_at = end + 1;
    }
  } else {
    port_at = find_byte(text, ':');
  }
  result.host = text.first(std::min(port_at, text.size()));
  if (port_at != std::string_view::npos && !result.invalid) {
    result.port = text.subspan(port_at + 1);
    result.invalid = !std::all_of(result.port.begin(), result.port.end(), is_digit);
  }
  for (const auto c : result.host) result.invalid |= is_skippable(c) || c == '/' || c == '\\';
  return result;
}

void add_normalised_host(Bytes host, ScratchWriter& out) noexcept {
  while (!host.empty() && host.back() == '.') host = host.first(host.size() - 1);
  for (const auto c : host) out.add_byte(lower(c));
}

}  // namespace sekisho::engines::http1
