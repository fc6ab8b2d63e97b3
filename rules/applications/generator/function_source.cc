#include <algorithm>

#include "catalogue_source.h"

namespace sekisho::rules {
namespace {

constexpr std::string_view kTypeLetters = "abcdefghijklmnopqrstuvwxyz0123456789.+-";

bool is_method(std::string_view text) noexcept {
  return !text.empty() && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == text.npos;
}

/// "image/png" or "image/*".
bool is_type_of_body(std::string_view text) noexcept {
  const auto slash = text.find('/');
  if (slash == text.npos || slash == 0) return false;
  const auto kind = text.substr(0, slash), detail = text.substr(slash + 1);
  return kind.find_first_not_of(kTypeLetters) == kind.npos &&
         (detail == "*" ||
          (!detail.empty() && detail.find_first_not_of(kTypeLetters) == detail.npos));
}

/// "Name:" or "Name: value".
bool is_header(std::string_view text) noexcept {
  const auto colon = text.find(':');
  return colon != text.npos && colon != 0 && text.substr(0, colon).find(' ') == text.npos;
}

}  // namespace

std::vector<std::string> mistakes_in(const CatalogueSource::Signature& signature) {
  std::vector<std::string> mistakes;
  const auto check = [&](const std::vector<std::string>& texts, auto is_right, const char* what) {
    for (const auto& text : texts)
      if (!is_right(text)) mistakes.push_back("'" + text + "' is no " + what);
  };
  check(signature.hosts, is_host_suffix, "host name");
  check(signature.methods, is_method, "method of HTTP, like POST");
  check(signature.types, is_type_of_body, "media type, like video/* or image/png");
  check(signature.headers, is_header, "beginning of a header, like 'Name:' or 'Name: value'");
  for (const auto& path : signature.paths)
    if (!path.starts_with('/')) mistakes.push_back("'" + path + "' begins without /");
  const bool is_empty = signature.hosts.empty() && signature.methods.empty() &&
                        signature.paths.empty() && signature.types.empty() &&
                        signature.headers.empty();
  if (is_empty) mistakes.emplace_back("a function has hosts, methods, paths, types or headers");
  return mistakes;
}

}  // namespace sekisho::rules
