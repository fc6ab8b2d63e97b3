#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engines/url/url_database.h"

namespace sekisho::dataplane {

/// The installed URL database: opened once and shared, opened anew when another file stands in its
/// place. One thread at a time.
class UrlSource {
 public:
  explicit UrlSource(std::string path) : path_(std::move(path)) {}

  /// Looks at the file. The database in it; when it cannot be used that of the file before, and
  /// null when there was none or no path is given.
  std::shared_ptr<const engines::url::UrlDatabase> current();
  /// Why the file, as current() last found it, is not used; empty: it is, or there is no path.
  const std::string& problem() const noexcept { return problem_; }

 private:
  struct Identity {
    std::uint64_t device = 0, file = 0;
    std::int64_t bytes = -1, changed_ns = 0;
    bool operator==(const Identity&) const = default;
  };

  std::string path_;
  std::string problem_;
  Identity identity_;  // of the file that was tried last
  std::shared_ptr<const engines::url::UrlDatabase> database_;
};

}  // namespace sekisho::dataplane
