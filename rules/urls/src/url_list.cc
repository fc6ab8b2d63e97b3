#include "rules/urls/url_list.h"

namespace sekisho::rules {

void UrlList::add(const CanonicalUrl& url, UrlScope scope, std::uint16_t category) {
  const auto bytes = [](std::string_view text) { return static_cast<std::uint16_t>(text.size()); };
  const auto path = url.path == "/" ? std::string_view() : url.path;
  const auto query =
      url.has_query ? url.text.substr(url.text.size() - url.query.size() - 1) : std::string_view();
  rows_.push_back(
      {texts_.size(), bytes(url.host), bytes(path), bytes(query), category, url.kind, scope});
  texts_.append(url.host).append(path).append(query);
}

UrlList::Entry UrlList::entry(std::size_t index) const noexcept {
  const auto& row = rows_[index];
  const auto text = std::string_view(texts_).substr(row.begin);
  const auto behind_host = text.substr(row.host_bytes);
  return {text.substr(0, row.host_bytes),
          behind_host.substr(0, row.path_bytes),
          behind_host.substr(row.path_bytes, row.query_bytes),
          row.kind,
          row.scope,
          row.category};
}

}  // namespace sekisho::rules
