#include "pdf_scan.h"

#include <algorithm>
#include <charconv>

#include "engines/file_features/file_features.h"

namespace sekisho::engines::file_features {
namespace {

constexpr std::size_t kLongestName = 127;  // ISO 32000-1, annex C

bool is_space(char c) noexcept { return c == ' ' || c == '\0' || (c >= '\t' && c <= '\r'); }
bool is_delimiter(char c) noexcept {
  return is_space(c) || std::string_view("()<>[]{}/%").find(c) != std::string_view::npos;
}
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::size_t skip_spaces(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

/// The number N of "N G obj", whose "obj" stands at `at`.
std::uint32_t number_before(std::string_view text, std::size_t at) noexcept {
  const auto back = [&](auto is) {
    while (at > 0 && is(text[at - 1])) --at;
  };
  back(is_space);
  back(is_digit);
  back(is_space);
  const auto end = at;
  for (std::size_t n = 0; n < 10 && at > 0 && is_digit(text[at - 1]); ++n) --at;
  std::uint32_t number = 0;
  std::from_chars(text.data() + at, text.data() + end, number);
  return number;
}

}  // namespace

/// `at`: behind the slash. Returns where the name ends.
std::size_t PdfScan::read_name(std::string_view text, std::size_t at, std::string& name) {
  bool is_escaped = false;
  while (at < text.size() && !is_delimiter(text[at]) && name.size() < kLongestName) {
    const bool has_code = text[at] == '#' && at + 2 < text.size() && hex_digit(text[at + 1]) >= 0 &&
                          hex_digit(text[at + 2]) >= 0;
    const auto c = has_code
                       ? static_cast<char>(hex_digit(text[at + 1]) * 16 + hex_digit(text[at + 2]))
                       : text[at];
    is_escaped |= has_code && c > ' ' && c < 0x7f && !is_delimiter(c) && c != '#';
    name += c;
    at += has_code ? 3 : 1;
  }
  escaped_names += is_escaped;
  if (const auto found = names.find(name); found != names.end())
    ++found->second;
  else if (names.size() < kMostNames)
    names.emplace(name, 1);
  return at;
}

/// What stands behind /JS: a text (§7.3.4), or the number of a stream.
std::size_t PdfScan::read_script(std::string_view text, std::size_t at) {
  at = skip_spaces(text, at);
  if (at >= text.size()) return at;
  if (text[at] == '(') {
    std::size_t depth = 0;
    for (; at < text.size() && scripts.size() < kMostText; ++at) {
      const char c = text[at];
      if (c == '\\' && at + 1 < text.size()) {
        scripts += text[++at];
        continue;
      }
      depth += c == '(' ? 1 : 0;
      depth -= c == ')' ? 1 : 0;
      if (depth == 0) break;
      if (c != '(' || depth > 1) scripts += c;
    }
    scripts += '\n';
    return at;
  }
  if (text[at] == '<' && at + 1 < text.size() && text[at + 1] != '<') {
    for (++at; at + 1 < text.size() && hex_digit(text[at]) >= 0 && hex_digit(text[at + 1]) >= 0 &&
               scripts.size() < kMostText;
         at += 2)
      if (const int code = hex_digit(text[at]) * 16 + hex_digit(text[at + 1]); code != 0)
        scripts += static_cast<char>(code);
    scripts += '\n';
    return at;
  }
  std::uint32_t object = 0;
  const auto parsed = std::from_chars(text.data() + at, text.data() + text.size(), object);
  if (parsed.ec == std::errc() && script_objects.size() < kMostScripts)
    script_objects.push_back(object);
  return at;
}

void PdfScan::read(Bytes bytes, bool has_streams) {
  const auto text = as_text(bytes);
  Stream current;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '/') {
      std::string name;
      at = read_name(text, at + 1, name);
      if (name == "JS") at = read_script(text, at);
      current.is_deflated |= name == "FlateDecode" || name == "Fl";
      current.has_objects |= name == "ObjStm";
    } else if (c == 'o' && text.substr(at, 3) == "obj" && at > 0 && is_space(text[at - 1])) {
      ++objects;
      current = {.object = number_before(text, at),
                 .at = 0,
                 .bytes = 0,
                 .is_deflated = false,
                 .has_objects = false};
      at += 3;
    } else if (has_streams && c == 's' && text.substr(at, 6) == "stream") {
      auto begin = at + 6;
      if (begin < text.size() && text[begin] == '\r') ++begin;
      if (begin < text.size() && text[begin] == '\n') ++begin;
      const auto end = std::min(text.find("endstream", begin), text.size());
      current.at = std::min(begin, text.size());
      current.bytes = end - std::min(begin, end);
      if (streams.size() < kMostStreams) streams.push_back(current);
      at = end + 9;
    } else {
      ++at;
    }
  }
}

}  // namespace sekisho::engines::file_features
