#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rules/canonical_url/canonical_url.h"

namespace sekisho::rules {

/// One of the texts under which a URL may be rated: "example.com" and "/shop/". Both point into the
/// URL's own text; scheme and port are no part of it.
struct UrlExpression {
  std::string_view host;
  std::string_view path;  // begins with '/'; with the query, if that counts
  bool operator==(const UrlExpression&) const = default;
};

inline constexpr std::size_t kMaxExpressionHosts = 5;
inline constexpr std::size_t kMaxExpressionPaths = 6;

/// A URL's expressions, the most specific first: of each host, the longer one first, its paths, the
/// longer one first. The first that is rated decides.
class UrlExpressions {
 public:
  static constexpr std::size_t kMost = kMaxExpressionHosts * kMaxExpressionPaths;

  std::size_t size() const noexcept { return num_hosts_ * num_paths_; }  // at least one
  UrlExpression operator[](std::size_t index) const noexcept {
    return {hosts_[index / num_paths_], paths_[index % num_paths_]};
  }
  /// Under which a rating of just this URL stands.
  UrlExpression front() const noexcept { return {hosts_[0], paths_[0]}; }

 private:
  friend UrlExpressions expressions_of(const CanonicalUrl& url) noexcept;
  void add_host(std::string_view host) noexcept { hosts_[num_hosts_++] = host; }
  void add_path(std::string_view path) noexcept;

  std::array<std::string_view, kMaxExpressionHosts> hosts_{};
  std::array<std::string_view, kMaxExpressionPaths> paths_{};
  std::size_t num_hosts_ = 0;
  std::size_t num_paths_ = 0;
};

/// Hosts: the URL's own, then its last five labels down to two; an address only itself. Paths: with
/// query, without, then the first three folders, "/a/b/c/", "/a/b/", "/a/", and "/". A rating of
/// "example.com/" so is one of all hosts and pages below, a rating of "/a/" of all in it. `url`'s
/// text outlives the expressions. No allocation.
UrlExpressions expressions_of(const CanonicalUrl& url) noexcept;

/// SHA-256 of host and path, one behind the other.
using UrlHash = std::array<std::uint8_t, 32>;
UrlHash hash_of(const UrlExpression& expression) noexcept;

/// The first four bytes of a hash, in network order: all that leaves the box.
using UrlHashPrefix = std::uint32_t;
constexpr UrlHashPrefix prefix_of(const UrlHash& hash) noexcept {
  return UrlHashPrefix{hash[0]} << 24 | UrlHashPrefix{hash[1]} << 16 | UrlHashPrefix{hash[2]} << 8 |
         hash[3];
}

}  // namespace sekisho::rules
