#pragma once

#include <cstdint>
#include <span>

#include "config/base/message_socket.h"
#include "config/base/result.h"

namespace sekisho::controlplane {

/// A file that came as a descriptor, mapped. Only a memfd that is sealed against writing, growing
/// and shrinking is taken: any other could change while it is judged, or end this process by
/// becoming shorter.
class SealedFile {
 public:
  /// invalid_input: not such a file; resource: over `most_bytes`, `size_of()` tells how large.
  static Result<SealedFile> map(FileDescriptor file, std::uint64_t most_bytes);
  SealedFile(SealedFile&& other) noexcept;
  SealedFile& operator=(SealedFile&&) = delete;
  ~SealedFile();

  std::span<const std::uint8_t> bytes() const noexcept { return bytes_; }
  /// For who reads it himself; stays ours.
  int descriptor() const noexcept { return file_.get(); }

 private:
  SealedFile(FileDescriptor file, std::span<const std::uint8_t> bytes)
      : file_(std::move(file)), bytes_(bytes) {}
  FileDescriptor file_;
  std::span<const std::uint8_t> bytes_;
};

}  // namespace sekisho::controlplane
