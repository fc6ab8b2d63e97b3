#include "rules/reputation/url_expressions.h"

#include <algorithm>

namespace sekisho::rules {
namespace {

constexpr std::size_t kMaxFolders = 3;
constexpr std::size_t kMostLabels = kMaxExpressionHosts;  // of a suffix that is not the host itself
constexpr std::size_t kLeastLabels = 2;

std::size_t labels_of(std::string_view host) noexcept {
  return 1 + static_cast<std::size_t>(std::count(host.begin(), host.end(), '.'));
}

/// Path and query as they stand in the URL's text, one behind the other.
std::string_view path_and_query(const CanonicalUrl& url) noexcept {
  return url.text.substr(static_cast<std::size_t>(url.path.data() - url.text.data()));
}

/// "/", "/a/", "/a/b/", "/a/b/c/": how long each is.
struct Folders {
  std::array<std::size_t, kMaxFolders + 1> ends{};
  std::size_t count = 0;
};

Folders folders_of(std::string_view path) noexcept {
  Folders folders;
  for (std::size_t i = 0; i < path.size() && folders.count < folders.ends.size(); ++i)
    if (path[i] == '/') folders.ends[folders.count++] = i + 1;
  return folders;
}

}  // namespace

void UrlExpressions::add_path(std::string_view path) noexcept {
  const bool is_there = num_paths_ > 0 && paths_[num_paths_ - 1].size() == path.size();
  if (!is_there) paths_[num_paths_++] = path;  // all are beginnings of one text
}

UrlExpressions expressions_of(const CanonicalUrl& url) noexcept {
  UrlExpressions made;
  made.add_host(url.host);
  if (url.kind == HostKind::name) {
    auto rest = url.host;
    for (auto left = labels_of(rest); left > kLeastLabels;) {
      rest.remove_prefix(rest.find('.') + 1);
      if (--left <= kMostLabels) made.add_host(rest);
    }
  }
  made.add_path(path_and_query(url));
  made.add_path(url.path);
  const auto folders = folders_of(url.path);
  for (std::size_t i = folders.count; i-- > 0;) made.add_path(url.path.substr(0, folders.ends[i]));
  return made;
}

}  // namespace sekisho::rules
