#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "config/base/result.h"

namespace sekisho::engines::pattern {

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
  friend class Database;
  void* raw_ = nullptr;
};

/// Many literals or expressions looked for at once. Immutable, shared by all cores.
class Database {
 public:
  /// `to` is the offset behind the match; a value other than 0 ends the scan.
  using OnMatch = int (*)(unsigned int id, unsigned long long from, unsigned long long to,
                          unsigned int flags, void* context);

  /// `serialised` may be let go afterwards. Bytes that were not made by this library version on a
  /// compatible processor, or were damaged, are refused.
  static Result<Database> load(std::span<const std::byte> serialised);
  Database(Database&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Database& operator=(Database&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~Database();

  /// False: no memory, and `scratch` fits nothing any more.
  bool fit(Scratch& scratch) const;
  void scan(std::span<const std::uint8_t> bytes, Scratch& scratch, OnMatch on_match,
            void* context) const noexcept;

 private:
  explicit Database(void* raw) noexcept : raw_(raw) {}
  void* raw_;
};

}  // namespace sekisho::engines::pattern
