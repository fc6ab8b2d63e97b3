#include "config/base/file_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "config/base/message_socket.h"

namespace sekisho {
namespace {

/// All of `out`, from the file's beginning.
bool read_whole(int fd, std::span<std::byte> out) {
  while (!out.empty()) {
    const auto got = ::read(fd, out.data(), out.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

Result<FileCopy> FileCopy::create(std::size_t size, HugeMemory spare) {
  constexpr std::size_t kMostWaste = 4;
  if (spare.size_bytes() >= size && spare.size_bytes() / kMostWaste <= size)
    return FileCopy{std::move(spare), size};
  auto memory = HugeMemory::create(std::max<std::size_t>(size, 1));
  if (!memory) return std::move(memory).error();
  return FileCopy{*std::move(memory), size};
}

Result<FileCopy> read_file(const std::string& path, std::size_t most_bytes, Links links,
                           HugeMemory spare) {
  // O_NONBLOCK: a FIFO with nobody behind it must not hold us up.
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (links == Links::refuse ? O_NOFOLLOW : 0);
  const FileDescriptor fd(open(path.c_str(), flags));
  struct stat status {};
  if (!fd.valid() || fstat(fd.get(), &status) != 0)
    return Error{errno == ENOENT ? Error::Code::not_found : Error::Code::io,
                 path + ": " + std::strerror(errno)};
  if (!S_ISREG(status.st_mode) || status.st_size == 0)
    return Error{Error::Code::invalid_input, path + ": is empty or no regular file"};
  if (static_cast<std::size_t>(status.st_size) > most_bytes)
    return Error{Error::Code::invalid_input,
                 path + ": is larger than " + std::to_string(most_bytes) + " bytes"};
  auto copy = FileCopy::create(static_cast<std::size_t>(status.st_size), std::move(spare));
  if (!copy) return std::move(copy).error().within(path);
  if (!read_whole(fd.get(), {copy->memory.data(), copy->size}))
    return Error{Error::Code::io, path + ": cannot be read whole"};
  return copy;
}

}  // namespace sekisho
