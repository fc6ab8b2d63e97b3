#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "config/base/huge_memory.h"
#include "config/base/result.h"

namespace sekisho {

/// A file's bytes in memory of our own, resident and in huge pages, because workers read all over
/// it, and because a file may change after it was checked.
struct FileCopy {
  HugeMemory memory;
  std::size_t size = 0;

  /// `spare` is used when it is large enough and not more than four times too large.
  static Result<FileCopy> create(std::size_t size, HugeMemory spare = {});
  std::span<const std::byte> bytes() const noexcept { return {memory.data(), size}; }
};

/// Whether a path may be a symbolic link: an administrator may link a database to where it lies,
/// but what our own processes write for each other is never a link.
enum class Links { follow, refuse };

/// A regular file of 1 to `most_bytes` bytes, read whole. Errors name the path; not_found: there is
/// none, invalid_input: no such file by its kind or size.
Result<FileCopy> read_file(const std::string& path, std::size_t most_bytes, Links links,
                           HugeMemory spare = {});

}  // namespace sekisho
