#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "config/base/result.h"
#include "dataplane/flow/huge_memory.h"

namespace sekisho::dataplane {

/// A file's bytes in memory of our own, resident and in huge pages, because workers read all over
/// it, and because a file may change after it was checked.
struct FileCopy {
  HugeMemory memory;
  std::size_t size = 0;

  /// `spare` is used when it is large enough and not more than four times too large.
  static Result<FileCopy> create(std::size_t size, HugeMemory spare = {});
  std::span<const std::byte> bytes() const noexcept { return {memory.data(), size}; }
};

/// A regular file of 1 to `most_bytes` bytes, read whole. Errors name the path.
Result<FileCopy> read_file(const std::string& path, std::size_t most_bytes, HugeMemory spare = {});

}  // namespace sekisho::dataplane
