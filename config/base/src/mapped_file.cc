#include "config/base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sekisho {
namespace {

Error failed(const std::string& path) {
  const auto code = errno == ENOENT ? Error::Code::not_found : Error::Code::io;
  return {code, path + ": " + std::strerror(errno)};
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return failed(path);
  MappedFile mapped;
  struct stat about {};
  void* base = nullptr;
  if (::fstat(file, &about) == 0 && about.st_size > 0)
    base = ::mmap(nullptr, static_cast<std::size_t>(about.st_size), PROT_READ,
                  MAP_SHARED | MAP_POPULATE, file, 0);
  const auto error = failed(path);
  ::close(file);
  if (base == nullptr)
    return Error{Error::Code::invalid_input, path + ": is empty or no regular file"};
  if (base == MAP_FAILED) return error;
  mapped.base_ = static_cast<const std::byte*>(base);
  mapped.size_ = static_cast<std::size_t>(about.st_size);
  return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (base_ != nullptr) ::munmap(const_cast<std::byte*>(base_), size_);
}

}  // namespace sekisho
