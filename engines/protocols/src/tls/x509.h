#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "config/events/json_writer.h"
#include "tls/hello.h"

namespace sekisho::engines::tls {

/// What is shown of a certificate (RFC 5280), as views into it. Nothing is verified.
struct Certificate {
  Bytes serial;
  Bytes issuer;                 // contents of the Name
  Bytes subject;                // likewise
  std::int64_t not_before = 0;  // Unix time, seconds
  std::int64_t not_after = 0;
  Bytes alternative_names;  // contents of the GeneralNames
};

/// How a certificate is broken; `none` is fine.
enum class CertificateFault : std::uint8_t {
  none,
  cut,       // ends too early
  too_long,  // a part says that it is longer than the whole
  der,
  serial,
  issuer,
  date,
  subject,
  extensions
};

CertificateFault parse_certificate(Bytes der, Certificate& certificate) noexcept;

/// "C=US, O=Example, CN=www.example.com": in the order of the certificate, values as they are.
void write_name(Bytes name, events::BoundedText& out) noexcept;

/// "0A:1B:2C" or, lower case, "0a:1b:2c".
void write_colon_hex(Bytes bytes, bool upper, events::BoundedText& out) noexcept;

/// "2017-03-23T00:00:00".
void write_time(std::int64_t unix_seconds, events::BoundedText& out) noexcept;

/// DNS names, mail addresses and URIs as they are, IP addresses as text; other kinds are not shown.
inline constexpr std::uint32_t kMaxAlternativeNames = 256;
/// Name `index` of those that are shown; an address is written into `scratch`.
std::optional<Bytes> alternative_name(Bytes names, std::uint32_t index,
                                      std::span<std::uint8_t> scratch) noexcept;

}  // namespace sekisho::engines::tls
