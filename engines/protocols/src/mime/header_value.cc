#include "mime/header_value.h"

#include <algorithm>

#include "lines.h"
#include "mime/transfer_decoder.h"

namespace sekisho::engines {
namespace {

std::uint8_t hex_value(std::uint8_t c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (lower(c) >= 'a' && lower(c) <= 'f') return static_cast<std::uint8_t>(lower(c) - 'a' + 10);
  return 0xff;
}

/// Takes "name=value" up to the next ';' outside quotes.
std::span<const std::uint8_t> take_parameter(std::span<const std::uint8_t>& rest) noexcept {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size(); ++at) {
    if (quoted && rest[at] == '\\') {
      ++at;
      continue;
    }
    if (rest[at] == '"') quoted = !quoted;
    if (rest[at] == ';' && !quoted) break;
  }
  at = std::min(at, rest.size());
  const auto parameter = trim(rest.first(at));
  rest = rest.subspan(std::min(at + 1, rest.size()));
  return parameter;
}

class Output {
 public:
  explicit Output(std::span<std::uint8_t> room) noexcept : room_(room) {}
  void put(std::uint8_t byte) noexcept {
    if (size_ < room_.size()) room_[size_++] = byte;
  }
  std::span<const std::uint8_t> view() const noexcept { return room_.first(size_); }

 private:
  std::span<std::uint8_t> room_;
  std::size_t size_ = 0;
};

void put_plain(std::span<const std::uint8_t> value, Output& out) noexcept {
  const bool quoted = !value.empty() && value[0] == '"';
  for (std::size_t i = quoted ? 1 : 0; i < value.size(); ++i) {
    if (quoted && value[i] == '"') break;
    if (quoted && value[i] == '\\' && i + 1 < value.size() && value[i + 1] == '"') ++i;
    out.put(value[i]);
  }
}

/// RFC 2231 §4: charset'language'text, the first two in the first part only.
void put_extended(std::span<const std::uint8_t> value, bool first, Output& out) noexcept {
  if (first) {
    auto rest = value;
    take_until(rest, '\'');
    const auto after_charset = rest;
    take_until(rest, '\'');
    if (!after_charset.empty() && find_byte(after_charset, '\'') != kNotFound) value = rest;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '"') continue;
    if (value[i] == '%' && i + 2 < value.size() && hex_value(value[i + 1]) != 0xff &&
        hex_value(value[i + 2]) != 0xff) {
      out.put(static_cast<std::uint8_t>(hex_value(value[i + 1]) << 4 | hex_value(value[i + 2])));
      i += 2;
    } else {
      out.put(value[i]);
    }
  }
}

}  // namespace

std::span<const std::uint8_t> header_token(std::span<const std::uint8_t> value) noexcept {
  return trim(take_until(value, ';'));
}

std::optional<std::span<const std::uint8_t>> header_parameter(
    std::span<const std::uint8_t> value, std::string_view name,
    std::span<std::uint8_t> room) noexcept {
  take_until(value, ';');
  Output out(room);
  bool found = false;
  while (!value.empty()) {
    auto text = take_parameter(value);
    auto key = trim(take_until(text, '='));
    if (!starts_nocase(key, name)) continue;
    const auto suffix = key.subspan(name.size());
    text = trim(text);
    if (suffix.empty()) {
      if (found) continue;  // an RFC 2231 form came before
      put_plain(text, out);
      return out.view();
    }
    if (suffix[0] != '*') continue;
    const bool extended = suffix.back() == '*';
    if (extended)
      put_extended(text, !found, out);
    else
      put_plain(text, out);
    found = true;
  }
  if (!found) return std::nullopt;
  return out.view();
}

std::size_t decode_encoded_words(std::span<std::uint8_t> text) noexcept {
  std::size_t written = 0;
  std::size_t at = 0;
  const auto move_on = [&](std::size_t end) {
    while (at < end) text[written++] = text[at++];
  };
  while (true) {
    std::size_t start = at;
    while (start + 1 < text.size() && (text[start] != '=' || text[start + 1] != '?')) ++start;
    if (start + 1 >= text.size()) break;
    // =?charset?encoding?text?=
    const auto charset_end = find_byte(text, '?', start + 2);
    if (charset_end == kNotFound || charset_end + 2 >= text.size() ||
        text[charset_end + 2] != '?') {
      move_on(start + 2);
      continue;
    }
    const auto body_start = charset_end + 3;
    const auto body_end = find_byte(text, '?', body_start);
    const auto encoding = lower(text[charset_end + 1]);
    if (body_end == kNotFound || body_end + 1 >= text.size() || text[body_end + 1] != '=' ||
        (encoding != 'b' && encoding != 'q')) {
      move_on(start + 2);
      continue;
    }
    move_on(start);
    if (encoding == 'q')
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(body_start),
                   text.begin() + static_cast<std::ptrdiff_t>(body_end), std::uint8_t{'_'},
                   std::uint8_t{' '});
    // decoding never gets ahead of reading: the output is shorter, and starts before its input
    TransferDecoder decoder;
    decoder.start(encoding == 'b' ? TransferDecoder::Encoding::base64
                                  : TransferDecoder::Encoding::quoted_printable);
    written +=
        decoder.decode(text.subspan(body_start, body_end - body_start), 0, text.subspan(written));
    at = body_end + 2;
  }
  move_on(text.size());
  return written;
}

std::span<const std::uint8_t> take_address(std::span<const std::uint8_t>& list) noexcept {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < list.size(); ++at) {
    if (quoted && list[at] == '\\') {
      ++at;
      continue;
    }
    if (list[at] == '"') quoted = !quoted;
    if (list[at] == ',' && !quoted) break;
  }
  at = std::min(at, list.size());
  const auto address = trim(list.first(at));
  list = list.subspan(std::min(at + 1, list.size()));
  return address;
}

}  // namespace sekisho::engines
