#include "dataplane/answers/request_head.h"

#include <algorithm>
#include <array>

#include "config/base/byte_reader.h"

namespace sekisho::dataplane {
namespace {

constexpr std::size_t kMaxHeadBytes = 8192;  // what is looked at

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes what stands before `separator` off the front of `text`.
std::string_view take_until(std::string_view& text, char separator) noexcept {
  const auto at = text.find(separator);
  const auto piece = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return piece;
}

/// "host:443", "[2001:db8::1]:443".
std::string_view without_port(std::string_view authority) noexcept {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

/// RFC 9110 §5.6.2: what methods are made of.
bool is_method(std::string_view text) noexcept {
  constexpr std::size_t kLongest = 24;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
}

/// False: it is no request line.
bool read_request_line(std::string_view line, RequestHead& head) noexcept {
  const auto method = take_until(line, ' ');
  const auto version = line.rfind(" HTTP/1.");
  if (!is_method(method) || version == line.npos || version == 0) return false;
  head.wants_no_body = method == "HEAD";
  head.target = line.substr(0, version);
  if (method == "CONNECT") head.host = without_port(head.target);
  constexpr std::string_view kScheme = "http://";
  if (head.target.starts_with(kScheme)) {  // to a proxy
    const auto rest = head.target.substr(kScheme.size());
    head.host = without_port(rest.substr(0, rest.find_first_of("/?#")));
  }
  return true;
}

/// Thousandths; 1000 when the item names none, 0 when it cannot be read.
unsigned weight_of(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    auto value = trimmed(take_until(parameters, ';'));
    if (value.size() < 2 || lower(value[0]) != 'q' || value[1] != '=') continue;
    value.remove_prefix(2);
    if (value.empty() || (value[0] != '0' && value[0] != '1')) return 0;
    if (value[0] == '1') return 1000;
    unsigned weight = 0, place = 100;
    for (std::size_t i = 2; i < value.size() && place != 0; ++i, place /= 10)
      if (value[i] >= '0' && value[i] <= '9')
        weight += static_cast<unsigned>(value[i] - '0') * place;
    return weight;
  }
  return 1000;
}

bool is_language(std::string_view tag, std::string_view primary) noexcept {
  return equals_ignoring_case(tag.substr(0, tag.find('-')), primary);
}

}  // namespace

RequestHead read_request_head(std::span<const std::uint8_t> payload) noexcept {
  RequestHead head;
  auto rest = as_text(payload.first(std::min(payload.size(), kMaxHeadBytes)));
  const bool whole_line = rest.find('\n') != rest.npos;
  auto first = rest;
  auto line = trimmed(take_until(first, '\n'));
  head.begins_here = whole_line && read_request_line(line, head);
  if (head.begins_here) rest = first;
  while (!rest.empty()) {
    if (rest.find('\n') == rest.npos) break;  // cut short by the segment's end
    line = take_until(rest, '\n');
    if (trimmed(line).empty()) break;  // the head's end
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    const auto name = line.substr(0, colon), value = trimmed(line.substr(colon + 1));
    if (head.host.empty() && equals_ignoring_case(name, "host"))
      head.host = without_port(value);
    else if (head.accept_language.empty() && equals_ignoring_case(name, "accept-language"))
      head.accept_language = value;
  }
  return head;
}

Language preferred_language(std::string_view accept_language) noexcept {
  unsigned best = 0;
  bool named = false;
  auto language = Language::english;
  while (!accept_language.empty()) {
    auto item = trimmed(take_until(accept_language, ','));
    const auto tag = trimmed(take_until(item, ';'));
    named |= !tag.empty();
    const bool english = is_language(tag, "en");
    if (!english && tag != "*" && !is_language(tag, "ja")) continue;
    const auto weight = weight_of(item);
    if (weight <= best) continue;
    best = weight;
    language = english ? Language::english : Language::japanese;
  }
  return named ? language : Language::japanese;
}

}  // namespace sekisho::dataplane
