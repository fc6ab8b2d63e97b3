#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sekisho::rules {

/// Why a text is no URL that a browser would open. The name of each is its spelling in messages.
enum class UrlFault : std::uint8_t {
  none,
  too_long,            // over kMaxUrlBytes
  unsupported_scheme,  // other than http, https, ws, wss, ftp
  no_host,
  host_too_long,   // over 253 bytes as it stands in DNS
  label_too_long,  // a part between dots, over 63 bytes
  empty_label,     // two dots in a row, or one in front
  forbidden_character,
  bad_utf8,
  unmapped_character,  // needs Unicode's tables to be made canonical; write the xn-- form
  bad_punycode,
  bad_ipv4,
  bad_ipv6,
  bad_port,
};
std::string_view describe(UrlFault fault) noexcept;

inline constexpr std::size_t kMaxUrlBytes = 8192;

enum class HostKind : std::uint8_t { name, ipv4, ipv6 };

/// Points into the scratch that it was made in.
struct CanonicalUrl {
  std::string_view text;    // all of it: "http://example.com:8080/a?b"; the fragment is gone
  std::string_view scheme;  // "http"
  std::string_view host;    // lower case, A-labels, no trailing dot; IPv4 dotted, IPv6 in brackets
  std::string_view path;    // begins with '/'
  std::string_view query;   // behind '?'
  bool has_query = false;   // "a?" has an empty one
  std::uint16_t port = 0;   // 0: the scheme's own
  HostKind kind = HostKind::name;
};

/// Room of one caller, used again for each URL. Not cleared, as what is read was written before.
struct UrlScratch {
  static constexpr std::size_t kHostRoom = 512;
  std::array<char, kMaxUrlBytes> input;
  std::array<char, 3 * kMaxUrlBytes + kHostRoom> output;
};

/// The one spelling of all URLs that lead a browser to the same place (WHATWG URL Standard, as of
/// its facts on special schemes), without allocation; canonical text stays as it is. A text without
/// a scheme is taken for http's. Beyond the standard: percent-encoded unreserved characters are
/// decoded and other escapes upper-cased, a lone '%' is encoded, the trailing dot of a host is
/// dropped, ::ffff:192.0.2.1 is 192.0.2.1, and what cannot stand in DNS is refused.
UrlFault canonicalise_url(std::string_view text, UrlScratch& scratch, CanonicalUrl& out) noexcept;

/// A request's: `authority` from Host or :authority, `target` as in the request line: "/a?b",
/// "*", empty (CONNECT), or a whole URL, which then counts alone.
UrlFault canonicalise_request(std::string_view scheme, std::string_view authority,
                              std::string_view target, UrlScratch& scratch,
                              CanonicalUrl& out) noexcept;

/// A host alone, as in TLS SNI or a DNS name; no port.
UrlFault canonicalise_host(std::string_view host, UrlScratch& scratch, CanonicalUrl& out) noexcept;

}  // namespace sekisho::rules
