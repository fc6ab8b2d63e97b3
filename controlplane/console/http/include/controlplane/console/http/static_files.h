#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "config/base/result.h"
#include "controlplane/console/http/message.h"

namespace sekisho::console::http {

/// Limits of the folder.
inline constexpr std::size_t kMaxStaticFiles = 2000;
inline constexpr std::size_t kMaxStaticBytes = std::size_t{64} << 20;

/// The files of a built web page, read once. Only what was a regular file of the folder then is
/// ever answered, so no path leads out of it. Any thread.
class StaticFiles {
 public:
  /// `folder` must have an index.html. Symbolic links are left out.
  static Result<StaticFiles> load(const std::string& folder);

  /// A path that is no file and looks like none (no '.' in its last segment) is the page's own
  /// business: it gets index.html. Methods but GET get 405.
  Response answer(const Request& request) const;

 private:
  struct File {
    std::shared_ptr<const std::string> bytes;
    std::string type;
    std::string etag;
    bool immutable = false;  // its name changes with its content
  };

  const File* find(std::string_view path) const;

  std::map<std::string, File, std::less<>> files_;  // by path from '/', decoded
};

}  // namespace sekisho::console::http
