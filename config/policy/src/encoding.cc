#include <array>
#include <cstdio>

#include "yaml_document.h"

namespace sekisho::policy {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629 §4), 0 when there is
/// none; its code point goes to `code`.
std::size_t decode_utf8(std::string_view text, std::uint32_t& code) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return code = lead, 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  code = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < kSmallest[length] || code > 0x10ffff || surrogate ? 0 : length;
}

/// YAML 1.2 §5.1.
bool is_printable(std::uint32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  if (code < 0x7f) return true;
  return code == 0x85 || (code >= 0xa0 && code != 0xfeff && code != 0xfffe && code != 0xffff);
}

}  // namespace

bool check_encoding(std::string_view text, Diagnostics& diagnostics) {
  Position position{1, 1};
  while (!text.empty()) {
    std::uint32_t code = 0;
    const std::size_t length = decode_utf8(text, code);
    if (length == 0) {
      diagnostics.error(position, "the file is not valid UTF-8 here");
      return false;
    }
    if (!is_printable(code)) {
      std::array<char, 48> message{};
      std::snprintf(message.data(), message.size(), "character U+%04X is not allowed", code);
      diagnostics.error(position, message.data());
      return false;
    }
    text.remove_prefix(length);
    if (code == '\n')
      position = {position.line + 1, 1};
    else
      ++position.column;
  }
  return true;
}

}  // namespace sekisho::policy
