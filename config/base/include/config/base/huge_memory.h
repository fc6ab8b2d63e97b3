#pragma once

#include <cstddef>

#include "config/base/result.h"

namespace sekisho {

/// A zeroed anonymous mapping, resident before create() returns so that no pinned core takes a page
/// fault on it. Huge pages: reserved ones when there are any, else transparent ones.
class HugeMemory {
 public:
  HugeMemory() noexcept = default;
  /// `bytes` > 0. Error::Code::resource when the kernel has no memory for it.
  static Result<HugeMemory> create(std::size_t bytes);
  HugeMemory(HugeMemory&& other) noexcept;
  HugeMemory& operator=(HugeMemory&& other) noexcept;
  ~HugeMemory();

  std::byte* data() const noexcept { return data_; }
  /// What was mapped: the size asked for, rounded up to whole pages.
  std::size_t size_bytes() const noexcept { return size_bytes_; }

 private:
  HugeMemory(std::byte* data, std::size_t size_bytes) noexcept
      : data_(data), size_bytes_(size_bytes) {}
  void release() noexcept;

  std::byte* data_ = nullptr;
  std::size_t size_bytes_ = 0;
};

}  // namespace sekisho
