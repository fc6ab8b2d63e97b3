#include "controlplane/scan/sealed_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace sekisho::controlplane {

Result<SealedFile> SealedFile::map(FileDescriptor file, std::uint64_t most_bytes) {
  constexpr int kWanted = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
  const int seals = file.valid() ? fcntl(file.get(), F_GET_SEALS) : -1;
  if (seals < 0 || (seals & kWanted) != kWanted)
    return Error{Error::Code::invalid_input, "the file is no sealed memory file"};
  struct stat info {};
  if (fstat(file.get(), &info) != 0)
    return Error{Error::Code::io, std::string("fstat: ") + std::strerror(errno)};
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > most_bytes)
    return Error{Error::Code::resource, "the file has " + std::to_string(size) +
                                            " bytes, more than " + std::to_string(most_bytes)};
  if (size == 0) return SealedFile(std::move(file), {});
  void* const place = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (place == MAP_FAILED)
    return Error{Error::Code::resource, std::string("mmap: ") + std::strerror(errno)};
  return SealedFile(std::move(file), {static_cast<const std::uint8_t*>(place), size});
}

SealedFile::SealedFile(SealedFile&& other) noexcept
    : file_(std::move(other.file_)), bytes_(std::exchange(other.bytes_, {})) {}

SealedFile::~SealedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace sekisho::controlplane
