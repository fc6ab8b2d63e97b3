#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rules/canonical_url/canonical_url.h"

namespace sekisho::rules {

/// What an entry of a list is about: a host and all under it (with a path: what lies below that),
/// or that host only.
enum class UrlScope : std::uint8_t { host_and_below, host_only };

/// The longest segment of a path, and the longest query, that an entry may have.
inline constexpr std::size_t kMaxUrlSegmentBytes = 119;

/// Hosts and paths with one category each, by the million: texts lie one behind the other.
class UrlList {
 public:
  struct Entry {
    std::string_view host;  // canonical; path and query may be empty, with their '/' and '?'
    std::string_view path;
    std::string_view query;
    HostKind kind;
    UrlScope scope;
    std::uint16_t category;
  };

  void add(const CanonicalUrl& url, UrlScope scope, std::uint16_t category);
  std::size_t size() const noexcept { return rows_.size(); }
  Entry entry(std::size_t index) const noexcept;  // valid until the next add

 private:
  struct Row {
    std::uint64_t begin;
    std::uint16_t host_bytes, path_bytes, query_bytes;
    std::uint16_t category;
    HostKind kind;
    UrlScope scope;
  };
  std::string texts_;
  std::vector<Row> rows_;
};

}  // namespace sekisho::rules
