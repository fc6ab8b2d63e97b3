#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.h"
#include "rules/canonical_url/canonical_url.h"
#include "rules/urls/url_list.h"

namespace sekisho::engines::url {

inline constexpr std::size_t kMaxCategories = 4;

/// What the database knows of a URL.
struct Match {
  std::array<std::uint16_t, kMaxCategories> categories{};  // ids; the first `num_categories`
  std::uint8_t num_categories = 0;                         // 0: nothing is known
  bool is_host_only = false;     // the entry is for that host and none under it
  std::uint16_t host_bytes = 0;  // how much of the end of the host the entry names
  std::uint16_t path_bytes = 0;  // how much of the beginning of path and query it names

  std::span<const std::uint16_t> ids() const noexcept {
    return std::span(categories).first(num_categories);
  }
};
/// "example.com/casino": the entry that decided, as `url` was asked about.
std::string entry_of(const rules::CanonicalUrl& url, const Match& match);

struct Built {
  std::vector<std::byte> file;
  std::size_t num_entries = 0;  // different hosts and paths
  std::size_t num_nodes = 0;    // with those that only lead to others
  std::size_t label_bytes = 0;  // of names before and after compression
  std::size_t packed_label_bytes = 0;
};
/// Control plane. What is listed several times gets all of its categories, at most kMaxCategories
/// (those of the smallest ids, which are the dangerous ones). Fails for over 4 GiB of names, and
/// for a segment or query that is longer than rules::kMaxUrlSegmentBytes.
Result<Built> compile(const rules::UrlList& list);

/// Immutable; find() may be called by any number of threads at once and neither allocates nor
/// locks. Names are kept in full (compressed), so no name is taken for another.
class UrlDatabase {
 public:
  /// Reads the file whole, into huge pages, and checks it; what becomes of it afterwards does not
  /// matter.
  static Result<UrlDatabase> open(const std::string& path);
  /// The bytes must outlive the database. Refused when anything in them is out of place.
  static Result<UrlDatabase> load(std::span<const std::byte> bytes);
  UrlDatabase(UrlDatabase&&) noexcept;
  UrlDatabase& operator=(UrlDatabase&&) noexcept;
  ~UrlDatabase();

  /// The longest path of the longest host suffix that has an entry. Paths match by whole segments:
  /// an entry example.com/a is for /a, /a/b and /a?c, not for /ab; it is for www.example.com too.
  Match find(const rules::CanonicalUrl& url) const noexcept;
  /// Host alone, as for TLS and DNS: `host` canonical.
  Match find_host(std::string_view host, rules::HostKind kind) const noexcept;

  std::size_t num_entries() const noexcept;
  std::size_t bytes() const noexcept;
  /// Tells one content from another: hexadecimal digits.
  std::string_view digest() const noexcept;

  struct Impl;

 private:
  explicit UrlDatabase(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sekisho::engines::url
