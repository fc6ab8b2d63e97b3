#pragma once

#include "engines/memory/memory_pool.h"

namespace sekisho::engines {

/// Who is told of the addresses in a text, without their scheme.
class UrlSink {
 public:
  virtual void found_url(std::span<const std::uint8_t> url) noexcept = 0;

 protected:
  ~UrlSink() = default;
};

/// Finds http addresses in decoded text, however it is cut.
class UrlFinder {
 public:
  static constexpr std::size_t kMaxLine = 4096;  // a longer line is cut there

  explicit UrlFinder(MemoryPool& pool) noexcept : line_(pool, kMaxLine) {}
  void feed(std::span<const std::uint8_t> text, UrlSink& sink) noexcept;
  /// The text is over.
  void finish(UrlSink& sink) noexcept;

 private:
  PooledBytes line_;  // beginning of a line that goes on
};

}  // namespace sekisho::engines
