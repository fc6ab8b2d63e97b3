#include "config/events/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace sekisho::events {
namespace {

bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

/// Bytes of the UTF-8 sequence that `text` begins with (RFC 3629: no overlong forms, no surrogates,
/// nothing above U+10FFFF), or 0 when it begins with none.
std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = at(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((at(i) & 0xc0) != 0x80) return 0;
  if (lead == 0xe0 && at(1) < 0xa0) return 0;
  if (lead == 0xed && at(1) > 0x9f) return 0;
  if (lead == 0xf0 && at(1) < 0x90) return 0;
  if (lead == 0xf4 && at(1) > 0x8f) return 0;
  return length;
}

constexpr std::string_view kDigits = "0123456789abcdef";

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

template <class Out>
void append_escape(Out& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 0x0f];
  }
}

}  // namespace

template <class Out>
void BasicJsonWriter<Out>::append_string(std::string_view text) {
  out_ += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out_.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto length = utf8_sequence(text);
    if (length == 0)
      out_ += "\xef\xbf\xbd";
    else if (length == 1)
      append_escape(out_, text.front());
    else
      out_.append(text.substr(0, length));
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out_ += '"';
}

template <class Out>
void BasicJsonWriter<Out>::append_bytes(std::string_view bytes) {
  if (is_utf8(bytes)) return append_string(bytes);
  out_ += '"';
  for (const auto c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      out_ += "\\\\x";
      out_ += kDigits[byte >> 4];
      out_ += kDigits[byte & 0x0f];
    } else if (is_plain(c)) {
      out_ += c;
    } else {
      append_escape(out_, c);
    }
  }
  out_ += '"';
}

template <class Out>
void BasicJsonWriter<Out>::append_number(std::uint64_t number) {
  std::array<char, 20> digits;  // 2^64 - 1 has 20
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out_.append(std::string_view(digits.data(), end));
}

template <class Out>
void BasicJsonWriter<Out>::append_real(double number) {
  if (!std::isfinite(number)) {
    out_.append(std::string_view("null"));
    return;
  }
  std::array<char, 32> digits;  // the longest has 24
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::string_view text(digits.data(), end);
  out_.append(text);
  if (text.find_first_of(".e") == std::string_view::npos) out_.append(std::string_view(".0"));
}

template class BasicJsonWriter<std::string>;
template class BasicJsonWriter<BoundedText>;

}  // namespace sekisho::events
