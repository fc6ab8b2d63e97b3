#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "config/base/result.h"

namespace sekisho {

/// A file in memory, read-only, until the object ends.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::string& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const noexcept { return {base_, size_}; }

 private:
  const std::byte* base_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace sekisho
