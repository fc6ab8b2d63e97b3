#pragma once

#include <chrono>

namespace sekisho::controlplane {

/// How long a new policy may keep the console out of reach before the box goes back: four times the
/// smoothed time that a lost link took to come back, and kMargin, within bounds. Where a link is
/// back at once a bad policy is gone soon; where it takes long a good one is not given up. One
/// thread.
class ConfirmTime {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds kMargin{5'000};
  static constexpr Milliseconds kMost{600'000};
  /// An outage of a night says nothing about how long a reconnect takes.
  static constexpr Milliseconds kLongestSample{60'000};

  /// `smoothed`: of an earlier run; zero: none.
  ConfirmTime(Milliseconds least, Milliseconds smoothed);

  /// A link that was lost was back after `reconnect`.
  void observe(Milliseconds reconnect);
  Milliseconds value() const;
  Milliseconds smoothed() const { return smoothed_; }

 private:
  Milliseconds least_;
  Milliseconds smoothed_;
};

}  // namespace sekisho::controlplane
