#include "tls/fingerprints.h"
#include "config/base/text_bytes.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sekisho::engines::tls {
namespace {

constexpr std::size_t kMaxValues = 512;
constexpr std::size_t kHashDigits = 12;

void append_number(events::BoundedText& out, unsigned value) noexcept {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append({digits, static_cast<std::size_t>(end - digits)});
}

/// Numbers joined by '-'.
class DashedList {
 public:
  explicit DashedList(events::BoundedText& out) noexcept : out_(out) {}
  void add(unsigned value) noexcept {
    if (!first_) out_ += '-';
    first_ = false;
    append_number(out_, value);
  }

 private:
  events::BoundedText& out_;
  bool first_ = true;
};

struct Values {
  std::array<std::uint16_t, kMaxValues> value;
  std::size_t count = 0;
  void add(std::uint16_t v) noexcept {
    if (count < kMaxValues) value[count++] = v;
  }
  void sort() noexcept { std::sort(value.begin(), value.begin() + count); }
};

/// Four hexadecimal digits each, joined by commas.
void append_hex_list(events::BoundedText& out, const Values& values) noexcept {
  for (std::size_t i = 0; i < values.count; ++i) {
    if (i != 0) out += ',';
    const std::uint8_t bytes[2] = {static_cast<std::uint8_t>(values.value[i] >> 8),
                                   static_cast<std::uint8_t>(values.value[i])};
    char digits[4];
    write_hex(bytes, digits);
    out.append({digits, sizeof digits});
  }
}

void write_short_hash(std::string_view text, bool empty, char* out) noexcept {
  if (empty) {
    std::memset(out, '0', kHashDigits);
    return;
  }
  const auto digest = sha256(bytes_of(text));
  write_hex(std::span(digest).first(kHashDigits / 2), out);
}

void write_count(std::size_t count, char* out) noexcept {
  count = std::min<std::size_t>(count, 99);
  out[0] = static_cast<char>('0' + count / 10);
  out[1] = static_cast<char>('0' + count % 10);
}

std::string_view ja4_version(const ClientHello& hello) noexcept {
  std::uint16_t highest = 0;
  for_each_be16(hello.versions, [&](std::uint16_t v) {
    if (!is_grease(v)) highest = std::max(highest, v);
  });
  switch (highest != 0 ? highest : hello.legacy_version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    default:
      return "00";
  }
}

constexpr bool is_alphanumeric(std::uint8_t c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// First and last character of the first ALPN name, of its hexadecimal form where they are no text.
void write_alpn(const ClientHello& hello, char* out) noexcept {
  out[0] = out[1] = '0';
  const auto name = protocol_name(hello.protocols, 0);
  if (!name || name->empty()) return;
  const auto first = name->front();
  const auto last = name->back();
  if (is_alphanumeric(first) && is_alphanumeric(last)) {
    out[0] = static_cast<char>(first);
    out[1] = static_cast<char>(last);
    return;
  }
  char digits[4];
  const std::uint8_t ends[2] = {first, last};
  write_hex(ends, digits);
  out[0] = digits[0];
  out[1] = digits[3];
}

}  // namespace

void write_ja3(const ClientHello& hello, events::BoundedText& out) noexcept {
  append_number(out, hello.legacy_version);
  const auto add_values = [&](Bytes values) {
    out += ',';
    DashedList list(out);
    for_each_be16(values, [&](std::uint16_t value) {
      if (!is_grease(value)) list.add(value);
    });
  };
  add_values(hello.ciphers);
  out += ',';
  DashedList extensions(out);
  for_each_extension(hello.extensions, [&](std::uint16_t type, Bytes) {
    if (!is_grease(type)) extensions.add(type);
  });
  add_values(hello.groups);
  out += ',';
  DashedList formats(out);
  for (const auto format : hello.point_formats) formats.add(format);
}

void write_ja3s(const ServerHello& hello, events::BoundedText& out) noexcept {
  append_number(out, hello.legacy_version);
  out += ',';
  append_number(out, hello.cipher);
  out += ',';
  DashedList extensions(out);
  for_each_extension(hello.extensions, [&](std::uint16_t type, Bytes) { extensions.add(type); });
}

Ja4 make_ja4(const ClientHello& hello, char transport) noexcept {
  Values ciphers;
  Values extensions;
  Values algorithms;
  std::size_t num_extensions = 0;
  for_each_be16(hello.ciphers, [&](std::uint16_t value) {
    if (!is_grease(value)) ciphers.add(value);
  });
  for_each_extension(hello.extensions, [&](std::uint16_t type, Bytes) {
    if (is_grease(type)) return;
    ++num_extensions;
    if (type != static_cast<std::uint16_t>(ExtensionType::server_name) &&
        type != static_cast<std::uint16_t>(ExtensionType::alpn))
      extensions.add(type);
  });
  for_each_be16(hello.signature_algorithms, [&](std::uint16_t value) {
    if (!is_grease(value)) algorithms.add(value);
  });
  ciphers.sort();
  extensions.sort();

  Ja4 out{};
  out[0] = transport;
  std::memcpy(&out[1], ja4_version(hello).data(), 2);
  out[3] = hello.has_server_name ? 'd' : 'i';
  write_count(ciphers.count, &out[4]);
  write_count(num_extensions, &out[6]);
  write_alpn(hello, &out[8]);
  out[10] = out[23] = '_';

  std::array<char, 2 * kMaxValues * 5 + 1> room;
  events::BoundedText text(room);
  append_hex_list(text, ciphers);
  write_short_hash(text.view(), ciphers.count == 0, &out[11]);
  text.clear();
  append_hex_list(text, extensions);
  if (algorithms.count != 0) text += '_';
  append_hex_list(text, algorithms);
  write_short_hash(text.view(), extensions.count == 0 && algorithms.count == 0, &out[24]);
  return out;
}

}  // namespace sekisho::engines::tls
