#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "config/content/installed.h"

namespace sekisho::dataplane {

/// An installed database (anything with open(path)): opened once and shared, opened anew when
/// another file stands in its place: the console's where there is one, otherwise the box file's.
/// One thread at a time.
template <class Database>
class DatabaseSource {
 public:
  /// `path`: the box file's, may be empty. `folder` of config/content/installed.h; empty: no
  /// console has a say.
  explicit DatabaseSource(std::string path, std::string folder = {})
      : own_path_(std::move(path)), folder_(std::move(folder)) {}

  /// Looks at the file. The database in it; when it cannot be used that of the file before, and
  /// null when there was none or no path is given.
  std::shared_ptr<const Database> current() {
    path_ = folder_.empty() ? own_path_ : content::installed_database(folder_, own_path_);
    if (path_.empty()) {
      identity_ = {};
      problem_.clear();
      database_.reset();
      return nullptr;
    }
    struct stat about {};
    if (::stat(path_.c_str(), &about) != 0) {
      problem_ = path_ + ": " + std::strerror(errno);
      return database_;
    }
    const Identity now{
        .device = about.st_dev,
        .file = about.st_ino,
        .bytes = about.st_size,
        .changed_ns = std::int64_t{about.st_ctim.tv_sec} * 1'000'000'000 + about.st_ctim.tv_nsec};
    if (now == identity_) return database_;
    identity_ = now;
    auto opened = Database::open(path_);
    problem_ = opened ? std::string() : opened.error().message;
    if (opened) database_ = std::make_shared<const Database>(*std::move(opened));
    return database_;
  }
  /// Why the file, as current() last found it, is not used; empty: it is, or there is no path.
  const std::string& problem() const noexcept { return problem_; }
  /// The file that current() last looked at.
  const std::string& path() const noexcept { return path_; }

 private:
  struct Identity {
    std::uint64_t device = 0, file = 0;
    std::int64_t bytes = -1, changed_ns = 0;
    bool operator==(const Identity&) const = default;
  };

  std::string own_path_;
  std::string folder_;
  std::string path_;
  std::string problem_;
  Identity identity_;  // of the file that was tried last
  std::shared_ptr<const Database> database_;
};

}  // namespace sekisho::dataplane
