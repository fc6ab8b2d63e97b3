#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "engines/memory/memory_pool.h"

namespace sekisho::engines {

/// Records of one type, one after another in a pool's blocks, which are aligned for any of them.
template <typename Record>
requires std::is_trivially_copyable_v<Record>
class PooledRecords {
 public:
  PooledRecords(MemoryPool& pool, std::size_t max_records) noexcept
      : bytes_(pool, max_records * sizeof(Record)) {}

  /// False when there are as many as may be, or the pool refused.
  bool append(const Record& record) noexcept {
    return bytes_.append({reinterpret_cast<const std::uint8_t*>(&record), sizeof record});
  }
  /// Keeps the first `count`.
  void truncate(std::size_t count) noexcept { bytes_.truncate(count * sizeof(Record)); }
  void clear() noexcept { bytes_.clear(); }

  std::size_t size() const noexcept { return bytes_.size() / sizeof(Record); }
  bool empty() const noexcept { return bytes_.empty(); }
  /// Valid until the next append().
  std::span<const Record> view() const noexcept {
    return {reinterpret_cast<const Record*>(bytes_.view().data()), size()};
  }
  std::span<Record> writable() noexcept {
    return {reinterpret_cast<Record*>(bytes_.writable().data()), size()};
  }

 private:
  PooledBytes bytes_;
};

}  // namespace sekisho::engines
