#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace sekisho {

/// A copy of bytes that begins on a 64-byte boundary, as files that are mapped and used in place
/// want theirs (compiled rules, pattern databases). Throws std::bad_alloc: not for pinned cores.
class AlignedBytes {
 public:
  static constexpr std::size_t kAlignment = 64;

  AlignedBytes() = default;
  explicit AlignedBytes(std::span<const std::byte> bytes)
      : data_(static_cast<std::byte*>(
            std::aligned_alloc(kAlignment, (bytes.size() / kAlignment + 1) * kAlignment))),
        size_(bytes.size()) {
    if (!data_) throw std::bad_alloc();
    if (!bytes.empty()) std::memcpy(data_.get(), bytes.data(), bytes.size());
  }

  std::span<std::byte> view() const noexcept { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* data) const noexcept { std::free(data); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace sekisho
