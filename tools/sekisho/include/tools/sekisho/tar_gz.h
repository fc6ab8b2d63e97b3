#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "config/base/result.h"

namespace sekisho::tools {

/// A .tar.gz in memory: ustar (POSIX.1-1988) in gzip (RFC 1952). Files of mode 0600.
class TarGz {
 public:
  explicit TarGz(std::time_t modified) : modified_(modified) {}

  /// `name`: 1-100 bytes, relative; `content`: below 8 GiB. Longer is refused.
  Status add(std::string_view name, std::string_view content);
  Result<std::string> finish();

 private:
  std::time_t modified_;
  std::string tar_;
};

}  // namespace sekisho::tools
