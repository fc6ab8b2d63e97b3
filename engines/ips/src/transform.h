#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "engines/pattern/regex.h"
#include "tables.h"

namespace sekisho::engines::ips {

/// Memory for values that live as long as one look at a packet, transaction or file.
class Arena {
 public:
  static constexpr std::size_t kBytes = 1024 * 1024;

  Arena() : memory_(std::make_unique_for_overwrite<std::uint8_t[]>(kBytes)) {}
  void reset() noexcept { used_ = 0; }
  /// All that is left; take() keeps the first `count` of it.
  std::span<std::uint8_t> rest() noexcept { return {memory_.get() + used_, kBytes - used_}; }
  std::span<std::uint8_t> take(std::size_t count) noexcept {
    const auto taken = rest().first(count);
    used_ += (count + kAlignment - 1) / kAlignment * kAlignment;
    if (used_ > kBytes) used_ = kBytes;
    return taken;
  }

 private:
  static constexpr std::size_t kAlignment = 16;
  std::unique_ptr<std::uint8_t[]> memory_;
  std::size_t used_ = 0;
};

/// Changes buffers before they are looked at.
class Transformer {
 public:
  Transformer(const Ruleset::Tables& tables, DetectorCounts& counts, pattern::RegexScratch& regex);
  ~Transformer();
  Transformer(const Transformer&) = delete;
  Transformer& operator=(const Transformer&) = delete;

  /// The value after all of `transforms`, in `arena` or in `bytes`. What does not fit is cut, and
  /// counted.
  std::span<const std::uint8_t> apply(std::span<const TransformRecord> transforms,
                                      std::span<const std::uint8_t> bytes, Arena& arena) noexcept;

 private:
  std::span<const std::uint8_t> apply_one(const TransformRecord& transform,
                                          std::span<const std::uint8_t> bytes,
                                          Arena& arena) noexcept;
  std::span<const std::uint8_t> digest(const void* type, std::span<const std::uint8_t> bytes,
                                       Arena& arena) noexcept;

  const Ruleset::Tables& tables_;
  DetectorCounts& counts_;
  pattern::RegexScratch& regex_;
  void* digest_context_;
  const void* digests_[3];
};

}  // namespace sekisho::engines::ips
