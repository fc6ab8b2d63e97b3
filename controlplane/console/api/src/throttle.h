#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace sekisho::console {

/// A leaky bucket for each key: `attempts` at once, and as many again in each `window_ms`. In this
/// process's memory. Any thread.
class Throttle {
 public:
  Throttle(double attempts, double window_ms) : attempts_(attempts), rate_(attempts / window_ms) {}

  /// Counts an attempt and gives 0, or counts nothing and gives the milliseconds to wait.
  std::int64_t attempt(const std::string& key, std::int64_t now_ms);

  /// The attempt was a good one: it does not count.
  void forgive(const std::string& key, double attempts);

 private:
  struct Bucket {
    double level = 0;
    std::int64_t at = 0;
  };
  double level(const Bucket& bucket, std::int64_t now_ms) const;
  void make_room(std::int64_t now_ms);

  const double attempts_;
  const double rate_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace sekisho::console
