#include "controlplane/uplink/confirm_time.h"

#include <algorithm>

namespace sekisho::controlplane {

ConfirmTime::ConfirmTime(Milliseconds least, Milliseconds smoothed)
    : least_(least), smoothed_(std::clamp(smoothed, Milliseconds(0), kLongestSample)) {}

void ConfirmTime::observe(Milliseconds reconnect) {
  const auto sample = std::clamp(reconnect, Milliseconds(1), kLongestSample);
  smoothed_ = smoothed_ == Milliseconds(0) ? sample : (smoothed_ * 3 + sample) / 4;
}

ConfirmTime::Milliseconds ConfirmTime::value() const {
  return std::clamp(smoothed_ * 4 + kMargin, std::min(least_, kMost), kMost);
}

}  // namespace sekisho::controlplane
