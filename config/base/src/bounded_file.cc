#include "config/base/bounded_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "config/base/message_socket.h"

namespace sekisho {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} * 1024;

Error failed(const std::string& path, int number) {
  return {number == ENOENT ? Error::Code::not_found : Error::Code::io,
          path + ": " + std::strerror(number)};
}

Error too_large(const std::string& path, std::size_t max_bytes) {
  constexpr std::size_t kMiB = std::size_t{1024} * 1024;
  const auto limit = max_bytes % kMiB == 0 ? std::to_string(max_bytes / kMiB) + " MiB"
                                           : std::to_string(max_bytes) + " bytes";
  return {Error::Code::resource, path + ": larger than " + limit};
}

}  // namespace

Result<std::string> read_bounded(const std::string& path, std::size_t max_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return failed(path, errno);
  struct stat about = {};
  if (::fstat(file.get(), &about) != 0) return failed(path, errno);
  if (S_ISREG(about.st_mode) && static_cast<std::uintmax_t>(about.st_size) > max_bytes)
    return too_large(path, max_bytes);
  std::string text;
  for (;;) {
    const auto before = text.size();
    text.resize(before + std::min(kReadBytes, max_bytes + 1 - before));  // one more tells
    const auto got = ::read(file.get(), text.data() + before, text.size() - before);
    const int number = errno;
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && number == EINTR) continue;
    if (got < 0) return failed(path, number);
    if (got == 0) return text;
    if (text.size() > max_bytes) return too_large(path, max_bytes);
  }
}

}  // namespace sekisho
