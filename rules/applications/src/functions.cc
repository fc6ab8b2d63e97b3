#include "rules/applications/functions.h"

namespace sekisho::rules {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool begins_with(std::string_view text, std::string_view beginning) noexcept {
  return text.size() >= beginning.size() && is_same(text.substr(0, beginning.size()), beginning);
}

bool is_below(std::string_view host, std::string_view suffix) noexcept {
  return host.ends_with(suffix) &&
         (host.size() == suffix.size() || host[host.size() - suffix.size() - 1] == '.');
}

/// "multipart/form-data; boundary=x" is a "multipart/form-data" and a "multipart/*".
bool is_of_type(std::string_view content_type, std::string_view wanted) noexcept {
  const auto type = content_type.substr(0, content_type.find_first_of("; \t"));
  if (!wanted.ends_with("/*")) return is_same(type, wanted);
  return begins_with(type, wanted.substr(0, wanted.size() - 1));
}

std::string_view without_spaces(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(" \t");
  return begin == text.npos ? std::string_view() : text.substr(begin);
}

/// The first place in `text` from `at` on where `part` stands; npos: none.
std::size_t find_without_case(std::string_view text, std::string_view part,
                              std::size_t at) noexcept {
  for (; at + part.size() <= text.size(); ++at)
    if (is_same(text.substr(at, part.size()), part)) return at;
  return std::string_view::npos;
}

/// What stands behind a '?' in the pattern is looked for in the query.
bool asks_like(const SeenRequest& request, std::string_view pattern) noexcept {
  const auto mark = pattern.find('?');
  if (!begins_like(request.path, pattern.substr(0, mark))) return false;
  return mark == pattern.npos || begins_like(request.query, pattern.substr(mark + 1));
}

template <class Fits>
bool one_fits(std::span<const std::string_view> list, Fits fits_one) noexcept {
  return list.empty() || std::any_of(list.begin(), list.end(), fits_one);
}

}  // namespace

/// Leftmost places suffice, as only the beginning is asked about.
bool begins_like(std::string_view text, std::string_view pattern) noexcept {
  auto star = pattern.find('*');
  if (!begins_with(text, pattern.substr(0, star))) return false;
  std::size_t at = std::min(star, pattern.size());
  while (star != pattern.npos) {
    pattern.remove_prefix(star + 1);
    star = pattern.find('*');
    const auto part = pattern.substr(0, star);
    const auto found = find_without_case(text, part, at);
    if (found == text.npos) return false;
    at = found + part.size();
  }
  return true;
}

bool begins_header(std::string_view line, std::string_view beginning) noexcept {
  const auto colon = beginning.find(':');
  const auto line_colon = line.find(':');
  if (colon == beginning.npos || line_colon != colon) return false;
  if (!is_same(line.substr(0, colon), beginning.substr(0, colon))) return false;
  return without_spaces(line.substr(colon + 1))
      .starts_with(without_spaces(beginning.substr(colon + 1)));
}

bool fits(const FunctionSignature& signature, const SeenRequest& request) noexcept {
  return one_fits(signature.hosts, [&](auto host) { return is_below(request.host, host); }) &&
         one_fits(signature.methods, [&](auto method) { return request.method == method; }) &&
         (signature.paths.empty() || !request.path.empty()) &&
         one_fits(signature.paths, [&](auto path) { return asks_like(request, path); }) &&
         one_fits(signature.content_types,
                  [&](auto type) { return is_of_type(request.content_type, type); }) &&
         one_fits(signature.headers, [&](auto header) {
           return request.headers != nullptr && request.headers->has(header);
         });
}

}  // namespace sekisho::rules
