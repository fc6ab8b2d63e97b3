#include "tls/x509.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "config/base/text_bytes.h"
#include "tls/der.h"

namespace sekisho::engines::tls {
namespace {

constexpr std::uint8_t kContext0 = 0xa0;  // [0] constructed: version
constexpr std::uint8_t kContext3 = 0xa3;  // [3] constructed: extensions
constexpr std::array<std::uint8_t, 3> kSubjectAltName{0x55, 0x1d, 0x11};

constexpr std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) noexcept {
  year -= month <= 2;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

bool two_digits(ByteReader& reader, unsigned& out) noexcept {
  Bytes digits;
  if (!reader.take(2, digits)) return false;
  if (digits[0] < '0' || digits[0] > '9' || digits[1] < '0' || digits[1] > '9') return false;
  out = static_cast<unsigned>((digits[0] - '0') * 10 + (digits[1] - '0'));
  return true;
}

bool parse_time(const DerValue& value, std::int64_t& unix_seconds) noexcept {
  ByteReader reader(value.body);
  unsigned century = 0, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (value.tag == kDerGeneralizedTime) {
    if (!two_digits(reader, century)) return false;
  } else if (value.tag != kDerUtcTime) {
    return false;
  }
  if (!two_digits(reader, year) || !two_digits(reader, month) || !two_digits(reader, day) ||
      !two_digits(reader, hour) || !two_digits(reader, minute))
    return false;
  (void)two_digits(reader, second);  // old UTCTime may leave them out
  if (value.tag == kDerUtcTime) century = year < 50 ? 20 : 19;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
    return false;
  const std::int64_t seconds = (std::int64_t{hour} * 60 + minute) * 60 + second;
  unix_seconds = days_from_civil(century * 100 + year, month, day) * 86400 + seconds;
  return true;
}

bool parse_validity(Bytes validity, Certificate& certificate) noexcept {
  DerReader times(validity);
  DerValue before, after;
  return times.next(before) && times.next(after) && parse_time(before, certificate.not_before) &&
         parse_time(after, certificate.not_after);
}

/// Keeps what is known of the extensions block, the contents of [3].
bool parse_extensions(Bytes block, Certificate& certificate) noexcept {
  Bytes list, extension, oid, value;
  DerReader outer(block);
  if (!outer.next(kDerSequence, list)) return false;
  DerReader extensions(list);
  while (!extensions.empty()) {
    if (!extensions.next(kDerSequence, extension)) return false;
    DerReader parts(extension);
    DerValue part;
    if (!parts.next(kDerOid, oid) || !parts.next(part)) return false;
    if (part.tag != kDerOctetString && !parts.next(part)) return false;  // behind `critical`
    if (part.tag != kDerOctetString) return false;
    if (!std::equal(oid.begin(), oid.end(), kSubjectAltName.begin(), kSubjectAltName.end()))
      continue;
    DerReader names(part.body);
    if (!names.next(kDerSequence, value)) return false;
    certificate.alternative_names = value;
  }
  return true;
}

struct AttributeName {
  std::string_view oid;  // DER contents
  std::string_view name;
};
using namespace std::string_view_literals;
constexpr AttributeName kAttributes[] = {
    {"\x55\x04\x03"sv, "CN"},
    {"\x55\x04\x04"sv, "surname"},
    {"\x55\x04\x05"sv, "serialNumber"},
    {"\x55\x04\x06"sv, "C"},
    {"\x55\x04\x07"sv, "L"},
    {"\x55\x04\x08"sv, "ST"},
    {"\x55\x04\x09"sv, "streetAddress"},
    {"\x55\x04\x0a"sv, "O"},
    {"\x55\x04\x0b"sv, "OU"},
    {"\x55\x04\x0c"sv, "title"},
    {"\x55\x04\x0d"sv, "description"},
    {"\x55\x04\x0f"sv, "businessCategory"},
    {"\x55\x04\x11"sv, "postalCode"},
    {"\x55\x04\x29"sv, "name"},
    {"\x55\x04\x2a"sv, "givenName"},
    {"\x55\x04\x2b"sv, "initials"},
    {"\x55\x04\x2e"sv, "dnQualifier"},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"sv, "Email"},
    {"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"sv, "DC"},
};

void append_number(events::BoundedText& out, std::uint64_t value, int width = 0) noexcept {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  for (auto length = end - digits; length < width; ++length) out += '0';
  out.append({digits, static_cast<std::size_t>(end - digits)});
}

/// "1.3.6.1.4.1.311.60.2.1.3"; arcs above 2^56 are cut.
void append_oid(Bytes oid, events::BoundedText& out) noexcept {
  std::uint64_t arc = 0;
  bool first = true;
  for (const auto byte : oid) {
    arc = (arc & 0x1ffffffffffffff) << 7 | (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (first) {
      const auto top = std::min<std::uint64_t>(arc / 40, 2);
      append_number(out, top);
      arc -= top * 40;
      first = false;
    }
    out += '.';
    append_number(out, arc);
    arc = 0;
  }
}

void append_attribute_name(Bytes oid, events::BoundedText& out) noexcept {
  const auto text = as_text(oid);
  for (const auto& [known, name] : kAttributes)
    if (known == text) {
      out += name;
      return;
    }
  append_oid(oid, out);
}

void append_code_point(events::BoundedText& out, std::uint32_t c) noexcept {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

constexpr bool is_text(std::uint8_t tag) noexcept {
  // UTF8, Numeric, Printable, T61, Videotex, IA5, Graphic, Visible, General
  return tag == 0x0c || (tag >= 0x12 && tag <= 0x16) || (tag >= 0x19 && tag <= 0x1b);
}

void append_attribute_value(const DerValue& value, events::BoundedText& out) noexcept {
  constexpr std::uint8_t kBmpString = 0x1e;
  if (is_text(value.tag)) {
    out += as_text(value.body);
  } else if (value.tag == kBmpString) {
    for_each_be16(value.body, [&](std::uint16_t c) { append_code_point(out, c); });
  } else {
    for (const auto byte : value.body) {
      constexpr char kDigits[] = "0123456789ABCDEF";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

/// Why no sequence could be read from the front.
CertificateFault fault_of(Bytes der) noexcept {
  constexpr std::uint8_t kMaxLengthBytes = 4;
  if (!der.empty() && der[0] != kDerSequence) return CertificateFault::der;
  if (der.size() < 2) return CertificateFault::cut;
  const std::size_t count = der[1] < 0x80 ? 0 : der[1] & 0x7f;
  if (der[1] == 0x80 || count > kMaxLengthBytes) return CertificateFault::der;
  return der.size() < 2 + count ? CertificateFault::cut : CertificateFault::too_long;
}

}  // namespace

CertificateFault parse_certificate(Bytes der, Certificate& certificate) noexcept {
  Bytes whole, tbs, validity, ignored;
  DerReader outer(der);
  if (!outer.next(kDerSequence, whole))
    return fault_of(der) == CertificateFault::der ? CertificateFault::der : CertificateFault::cut;
  DerReader signed_parts(whole);
  if (!signed_parts.next(kDerSequence, tbs)) return fault_of(whole);
  DerReader parts(tbs);
  if (parts.next_if(kContext0, ignored) && ignored.empty()) return CertificateFault::der;
  if (!parts.next(kDerInteger, certificate.serial)) return CertificateFault::serial;
  if (!parts.next(kDerSequence, ignored)) return CertificateFault::der;  // algorithm
  if (!parts.next(kDerSequence, certificate.issuer)) return CertificateFault::issuer;
  if (!parts.next(kDerSequence, validity) || !parse_validity(validity, certificate))
    return CertificateFault::date;
  if (!parts.next(kDerSequence, certificate.subject)) return CertificateFault::subject;
  DerValue part;
  while (!parts.empty()) {
    if (!parts.next(part)) return CertificateFault::der;
    if (part.tag == kContext3 && !parse_extensions(part.body, certificate))
      return CertificateFault::extensions;
  }
  return CertificateFault::none;
}

void write_name(Bytes name, events::BoundedText& out) noexcept {
  DerReader sets(name);
  Bytes set, pair, oid;
  DerValue value;
  bool first_set = true;
  while (sets.next(kDerSet, set)) {
    if (!first_set) out += ", ";
    first_set = false;
    DerReader pairs(set);
    bool first_pair = true;
    while (pairs.next(kDerSequence, pair)) {
      DerReader parts(pair);
      if (!parts.next(kDerOid, oid) || !parts.next(value)) return;
      if (!first_pair) out += " + ";
      first_pair = false;
      append_attribute_name(oid, out);
      out += '=';
      append_attribute_value(value, out);
    }
  }
}

void write_colon_hex(Bytes bytes, bool upper, events::BoundedText& out) noexcept {
  const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char text[3] = {':', digits[bytes[i] >> 4], digits[bytes[i] & 15]};
    out += i == 0 ? std::string_view(text + 1, 2) : std::string_view(text, 3);
  }
}

void write_time(std::int64_t unix_seconds, events::BoundedText& out) noexcept {
  std::int64_t days = unix_seconds / 86400;
  std::int64_t rest = unix_seconds % 86400;
  if (rest < 0) {
    rest += 86400;
    --days;
  }
  days += 719468;  // from 0000-03-01
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const auto year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
  append_number(out, static_cast<std::uint64_t>(std::max<std::int64_t>(year, 0)), 4);
  const std::pair<char, unsigned> parts[] = {{'-', month},
                                             {'-', day},
                                             {'T', static_cast<unsigned>(rest / 3600)},
                                             {':', static_cast<unsigned>(rest / 60 % 60)},
                                             {':', static_cast<unsigned>(rest % 60)}};
  for (const auto& [separator, value] : parts) {
    out += separator;
    append_number(out, value, 2);
  }
}

std::optional<Bytes> alternative_name(Bytes names, std::uint32_t index,
                                      std::span<std::uint8_t> scratch) noexcept {
  constexpr std::uint8_t kMail = 0x81, kDns = 0x82, kUri = 0x86, kAddress = 0x87;
  DerReader reader(names);
  DerValue name;
  for (std::uint32_t looked_at = 0; looked_at < kMaxAlternativeNames && reader.next(name);
       ++looked_at) {
    const bool address = name.tag == kAddress && (name.body.size() == 4 || name.body.size() == 16);
    if (!address && name.tag != kMail && name.tag != kDns && name.tag != kUri) continue;
    if (index-- != 0) continue;
    if (!address) return name.body;
    const int family = name.body.size() == 4 ? AF_INET : AF_INET6;
    auto* text = chars_of(scratch).data();
    if (inet_ntop(family, name.body.data(), text, static_cast<socklen_t>(scratch.size())) ==
        nullptr)
      return std::nullopt;
    return scratch.first(std::strlen(text));
  }
  return std::nullopt;
}

}  // namespace sekisho::engines::tls
