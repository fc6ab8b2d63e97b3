#include "http2/dns_over_http.h"

namespace sekisho::engines::http2 {
namespace {

/// Value of a base64url digit (RFC 4648 §5), -1: none.
constexpr int digit_value(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

}  // namespace

bool announces_dns(const HeaderList& headers) noexcept {
  const auto type = headers.find("content-type");
  return type && as_text(*type).starts_with(kDnsMediaType);
}

Bytes dns_in_path(Bytes path, std::span<std::uint8_t, kMaxDnsPathBytes> room) noexcept {
  constexpr std::string_view kParameter = "dns=";
  auto text = as_text(path);
  const auto query = text.find('?');
  if (query == text.npos) return {};
  text.remove_prefix(query + 1);
  while (!text.starts_with(kParameter)) {
    const auto next = text.find('&');
    if (next == text.npos) return {};
    text.remove_prefix(next + 1);
  }
  text = text.substr(kParameter.size());
  text = text.substr(0, text.find_first_of("&=#"));
  std::uint32_t bits = 0;
  unsigned num_bits = 0;
  std::size_t size = 0;
  for (const char c : text) {
    const int value = digit_value(c);
    if (value < 0) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    num_bits += 6;
    if (num_bits < 8) continue;
    num_bits -= 8;
    if (size == room.size()) return {};
    room[size++] = static_cast<std::uint8_t>(bits >> num_bits);
  }
  return room.first(size);
}

}  // namespace sekisho::engines::http2
