#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "config/base/result.h"
#include "dataplane/worker/bandwidth_table.h"

namespace sekisho::dataplane {

/// What all workers counted from one reading to the next.
struct BandwidthReading {
  std::uint64_t number = 0;                   // from 1, of this run
  std::int64_t begin = 0, end = 0;            // Unix seconds
  std::vector<BandwidthTable::Entry> rows{};  // those with most first, at most kMaxRows
  Traffic rest{};                             // of keys for which there was no room
  std::uint64_t displaced = 0;
  bool again = false;  // it was given before, and not acknowledged
};

/// Hands the workers' accounts to whoever keeps them, so that none is lost on the way: a reading is
/// given again until it is acknowledged. Not thread-safe.
class BandwidthReadings {
 public:
  static constexpr std::size_t kMaxRows = 2048;
  /// Puts the empty table it is given in the place of worker `worker`'s.
  using Exchange =
      std::function<Status(std::size_t worker, std::unique_ptr<BandwidthTable>& table)>;

  BandwidthReadings(std::size_t workers, std::int64_t now) : workers_(workers), end_(now) {}

  /// The reading that waits for its acknowledgement, unless `acknowledged` is its number; then a
  /// new one. A worker that cannot be asked keeps what it has for the next.
  Result<BandwidthReading> take(std::uint64_t acknowledged, std::int64_t now,
                                const Exchange& exchange);

 private:
  std::size_t workers_;
  std::int64_t end_;  // of the last reading
  std::uint64_t number_ = 0;
  std::optional<BandwidthReading> waiting_;
  std::unique_ptr<BandwidthTable> spare_;
};

}  // namespace sekisho::dataplane
