#include "config/scan/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace sekisho::scan {
namespace {

Error resource_error(std::string_view what) {
  return {Error::Code::resource, std::string(what) + ": " + std::strerror(errno)};
}

}  // namespace

Result<MemoryFile> MemoryFile::create() {
  FileDescriptor file(memfd_create("sekisho-scan", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return resource_error("memory file");
  return MemoryFile(std::move(file));
}

Status MemoryFile::append(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto written = write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return resource_error("memory file");
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ok();
}

Result<FileDescriptor> MemoryFile::seal() && {
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (fcntl(file_.get(), F_ADD_SEALS, kSeals) != 0) return resource_error("seal a memory file");
  return std::move(file_);
}

}  // namespace sekisho::scan
