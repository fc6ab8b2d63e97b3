#include "dataplane/control/bandwidth_readings.h"

#include <algorithm>
#include <map>
#include <random>

namespace sekisho::dataplane {
namespace {

std::uint64_t random_secret() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace

Result<BandwidthReading> BandwidthReadings::take(std::uint64_t acknowledged, std::int64_t now,
                                                 const Exchange& exchange) {
  if (waiting_ && waiting_->number != acknowledged) {
    waiting_->again = true;
    return *waiting_;
  }
  BandwidthReading reading{.number = number_ + 1, .begin = end_, .end = std::max(now, end_)};
  std::map<BandwidthKey, Traffic> sums;
  Status asked = ok();
  for (std::size_t worker = 0; worker < workers_; ++worker) {
    if (!spare_) spare_ = std::make_unique<BandwidthTable>(random_secret());
    asked = exchange(worker, spare_);
    if (!asked) break;
    for (const auto& entry : spare_->entries())
      if (entry.traffic.bytes() != 0) sums[entry.key] += entry.traffic;
    reading.rest += spare_->rest();
    reading.displaced += spare_->displaced();
    spare_->clear();
  }
  if (!asked && sums.empty()) return std::move(asked).error();
  reading.rows.reserve(sums.size());
  for (const auto& [key, traffic] : sums) reading.rows.push_back({key, traffic});
  std::sort(reading.rows.begin(), reading.rows.end(),
            [](const auto& x, const auto& y) { return x.traffic.bytes() > y.traffic.bytes(); });
  for (; reading.rows.size() > kMaxRows; reading.rows.pop_back()) {
    reading.rest += reading.rows.back().traffic;
    ++reading.displaced;
  }
  number_ = reading.number;
  end_ = reading.end;
  waiting_ = reading;
  return reading;
}

}  // namespace sekisho::dataplane
