#pragma once

#include <cstdint>
#include <span>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::scan {

/// A file in memory, written piece by piece, then sealed: as sekisho-scan takes files. Whoever has
/// its descriptor can read it and nobody can change it.
class MemoryFile {
 public:
  /// resource: no memory, or no descriptor.
  static Result<MemoryFile> create();

  Status append(std::span<const std::uint8_t> bytes);
  std::uint64_t size() const noexcept { return size_; }
  /// Nothing can be appended any more.
  Result<FileDescriptor> seal() &&;

 private:
  explicit MemoryFile(FileDescriptor file) noexcept : file_(std::move(file)) {}
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace sekisho::scan
