#include "dataplane/loader/url_source.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace sekisho::dataplane {

std::shared_ptr<const engines::url::UrlDatabase> UrlSource::current() {
  if (path_.empty()) return nullptr;
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
  auto opened = engines::url::UrlDatabase::open(path_);
  problem_ = opened ? std::string() : opened.error().message;
  if (opened) database_ = std::make_shared<const engines::url::UrlDatabase>(*std::move(opened));
  return database_;
}

}  // namespace sekisho::dataplane
