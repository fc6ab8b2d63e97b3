#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "config/base/result.h"

namespace sekisho::engines::pattern {

/// One string to look for. Several literals may share an id.
struct Literal {
  std::span<const std::uint8_t> bytes;  // 1 ... kMaxLiteralBytes
  bool nocase = false;                  // ASCII letters only
  std::uint32_t id = 0;
};
inline constexpr std::size_t kMaxLiteralBytes = 32;

/// A serialised block-mode database; each id is reported at most once a scan. Off the packet path.
Result<std::vector<std::byte>> compile_literals(std::span<const Literal> literals);

/// Names the form of serialised databases: library version and processor features. Part of every
/// cache key.
std::uint64_t database_format() noexcept;

/// Working memory of one core, fitted to every database that it scans with.
class Scratch {
 public:
  Scratch() = default;
  Scratch(Scratch&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Scratch& operator=(Scratch&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Scratch();

 private:
  friend class LiteralDatabase;
  void* raw_ = nullptr;
};

/// Many literals looked for at once. Immutable, shared by all cores.
class LiteralDatabase {
 public:
  /// `to` is the offset behind the match; a value other than 0 ends the scan.
  using OnMatch = int (*)(unsigned int id, unsigned long long from, unsigned long long to,
                          unsigned int flags, void* context);

  /// `serialised` may be let go afterwards. Bytes that were not made by this library version on a
  /// compatible processor, or were damaged, are refused.
  static Result<LiteralDatabase> load(std::span<const std::byte> serialised);
  LiteralDatabase(LiteralDatabase&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  LiteralDatabase& operator=(LiteralDatabase&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~LiteralDatabase();

  /// False: no memory, and `scratch` fits nothing any more.
  bool fit(Scratch& scratch) const;
  void scan(std::span<const std::uint8_t> bytes, Scratch& scratch, OnMatch on_match,
            void* context) const noexcept;

 private:
  explicit LiteralDatabase(void* raw) noexcept : raw_(raw) {}
  void* raw_;
};

}  // namespace sekisho::engines::pattern
