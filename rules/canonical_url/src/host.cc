#include "host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "code_points.h"
#include "config/base/address.h"
#include "punycode.h"

namespace sekisho::rules {
namespace {

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxHostCodePoints = 512;

/// WHATWG URL, "forbidden domain code point".
bool is_forbidden(char32_t c) noexcept {
  return c <= U' ' || c == 0x7f ||
         (c < 0x80 &&
          std::string_view("#%/:<>?@[\\]^|").find(static_cast<char>(c)) != std::string_view::npos);
}

void write_ipv4(std::uint32_t address, ByteSink& out) noexcept {
  for (int shift = 24; shift >= 0; shift -= 8) {
    const std::uint32_t part = address >> shift & 0xff;
    if (part >= 100) out.put(static_cast<char>('0' + part / 100));
    if (part >= 10) out.put(static_cast<char>('0' + part / 10 % 10));
    out.put(static_cast<char>('0' + part % 10));
    if (shift != 0) out.put('.');
  }
}

UrlFault write_ipv6(std::string_view inside, ByteSink& out, HostKind& kind) noexcept {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inside.empty() || inside.size() >= text.size() || inside.find('\0') != inside.npos)
    return UrlFault::bad_ipv6;
  inside.copy(text.data(), inside.size());
  IpAddress address;
  if (inet_pton(AF_INET6, text.data(), address.bytes.data()) != 1) return UrlFault::bad_ipv6;
  kind = HostKind::ipv6;
  if (address.is_v4()) {  // a browser connects over IPv4
    kind = HostKind::ipv4;
    write_ipv4(address.v4(), out);
    return UrlFault::none;
  }
  if (inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size()) == nullptr)
    return UrlFault::bad_ipv6;
  out.put('[');
  out.put(std::string_view(text.data()));
  out.put(']');
  return UrlFault::none;
}

/// WHATWG URL, "IPv4 number parser"; none when it is no number. Large ones stay large.
std::optional<std::uint64_t> ipv4_number(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  unsigned radix = 10;
  if (text.size() >= 2 && text[0] == '0') {
    radix = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(radix == 16 ? 2 : 1);
  }
  constexpr std::uint64_t kMost = std::uint64_t{1} << 32;
  std::uint64_t value = 0;
  for (const char c : text) {
    const int digit = hex_value(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= radix) return std::nullopt;
    value = std::min<std::uint64_t>(value * radix + static_cast<unsigned>(digit), kMost);
  }
  return value;
}

/// WHATWG URL, "ends in a number checker".
bool ends_in_number(std::string_view host) noexcept {
  const auto last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
  return last.find_first_not_of("0123456789") == last.npos || ipv4_number(last).has_value();
}

/// WHATWG URL, "IPv4 parser": one to four parts, each decimal, octal or hexadecimal.
UrlFault read_ipv4(std::string_view host, std::uint32_t& address) noexcept {
  std::uint64_t value = 0;
  for (unsigned part = 0;; ++part) {
    const auto dot = host.find('.');
    const auto number = ipv4_number(host.substr(0, dot));
    if (!number || part == 4) return UrlFault::bad_ipv4;
    if (dot == host.npos) {
      const unsigned rest_bits = 32 - 8 * part;
      if (part == 4 || *number >= std::uint64_t{1} << rest_bits) return UrlFault::bad_ipv4;
      address = static_cast<std::uint32_t>(value << rest_bits | *number);
      return UrlFault::none;
    }
    if (*number > 255) return UrlFault::bad_ipv4;
    value = value << 8 | *number;
    host.remove_prefix(dot + 1);
  }
}

/// Controls, private use, and signs that no name has had in any version of IDNA.
bool is_never_in_names(char32_t c) noexcept {
  return (c >= 0x80 && c < 0xc0 && c != 0xb7) || (c >= 0x2000 && c < 0x2070) ||
         (c >= 0xe000 && c < 0xf900) || c >= 0xe0000;
}

/// "xn--…" must be what its own meaning is encoded as, and have something to encode.
bool is_sound_a_label(std::string_view label) noexcept {
  std::array<char32_t, kMaxLabelBytes> points{};
  const auto count = decode_punycode(label.substr(4), points);
  bool has_non_ascii = false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto mapped = map_code_point(points[i]);
    if (mapped.kind == MappedCodePoint::Kind::dropped || is_never_in_names(points[i])) return false;
    if (mapped.kind == MappedCodePoint::Kind::as && mapped.to != points[i]) return false;
    has_non_ascii = has_non_ascii || points[i] >= 0x80;
  }
  std::array<char, kMaxLabelBytes + 64> room{};
  ByteSink again(room);
  return has_non_ascii && encode_punycode(std::span(points).first(count), again) &&
         again.text() == label.substr(4);
}

UrlFault write_label(std::span<const char32_t> label, ByteSink& out) noexcept {
  if (label.empty()) return UrlFault::empty_label;
  const auto begin = out.size();
  bool is_ascii = true;
  for (const char32_t c : label) {
    if (is_forbidden(c)) return UrlFault::forbidden_character;
    is_ascii = is_ascii && c < 0x80;
  }
  const bool claims = label.size() >= 4 && label[0] == U'x' && label[1] == U'n' &&
                      label[2] == U'-' && label[3] == U'-';
  if (!is_ascii) {
    if (claims) return UrlFault::bad_punycode;
    out.put("xn--");
    if (!encode_punycode(label, out)) return UrlFault::label_too_long;
  } else {
    for (const char32_t c : label) out.put(static_cast<char>(c));
  }
  const auto text = out.text(begin);
  if (text.size() > kMaxLabelBytes) return UrlFault::label_too_long;
  return claims && !is_sound_a_label(text) ? UrlFault::bad_punycode : UrlFault::none;
}

/// Code points of a host with escapes decoded and characters mapped.
struct HostPoints {
  std::array<char32_t, kMaxHostCodePoints> points;  // the first `count` are written
  std::size_t count = 0;
};

UrlFault read_points(std::string_view host, HostPoints& out) noexcept {
  std::array<char, 4 * kMaxHostCodePoints> room;  // NOLINT: what is read was written
  ByteSink decoded(room);
  for (std::size_t i = 0; i < host.size(); ++i) {
    const int byte = escaped_byte(host, i);
    decoded.put(byte < 0 ? host[i] : static_cast<char>(byte));
    if (byte >= 0) i += 2;
  }
  if (decoded.overflowed()) return UrlFault::host_too_long;
  const auto text = decoded.text();
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = 0;
    if (!next_code_point(text, at, c)) return UrlFault::bad_utf8;
    const auto mapped = map_code_point(c);
    if (mapped.kind == MappedCodePoint::Kind::unmapped) return UrlFault::unmapped_character;
    if (mapped.kind == MappedCodePoint::Kind::dropped) continue;
    if (out.count == out.points.size()) return UrlFault::host_too_long;
    out.points[out.count++] = mapped.to;
  }
  if (out.count > 0 && out.points[out.count - 1] == U'.') --out.count;  // the root's dot
  return out.count == 0 ? UrlFault::no_host : UrlFault::none;
}

}  // namespace

UrlFault write_host(std::string_view host, ByteSink& out, HostKind& kind) noexcept {
  if (host.empty()) return UrlFault::no_host;
  if (host.front() == '[') {
    if (host.back() != ']') return UrlFault::bad_ipv6;
    return write_ipv6(host.substr(1, host.size() - 2), out, kind);
  }
  HostPoints points;
  if (const auto fault = read_points(host, points); fault != UrlFault::none) return fault;
  const auto begin = out.size();
  const std::span all(points.points.data(), points.count);
  for (std::size_t from = 0, to = 0; from <= all.size(); from = to + 1) {
    for (to = from; to < all.size() && all[to] != U'.';) ++to;
    if (from != 0) out.put('.');
    const auto fault = write_label(all.subspan(from, to - from), out);
    if (fault != UrlFault::none) return fault;
    if (out.size() - begin > kMaxHostBytes || out.overflowed()) return UrlFault::host_too_long;
  }
  kind = HostKind::name;
  if (!ends_in_number(out.text(begin))) return UrlFault::none;
  std::uint32_t address = 0;
  if (const auto fault = read_ipv4(out.text(begin), address); fault != UrlFault::none) return fault;
  kind = HostKind::ipv4;
  out.cut_to(begin);
  write_ipv4(address, out);
  return UrlFault::none;
}

}  // namespace sekisho::rules
