#pragma once

#include <span>
#include <string_view>

#include "rules/ips/rule.h"

namespace sekisho::rules {

/// "type limit, track by_src, count 1, seconds 60": the parts of a threshold of any kind, in any
/// order. Parts not of a threshold (threshold.config's gen_id and sig_id) are left to `other`.
/// Throws Refusal.
class ThresholdReader {
 public:
  explicit ThresholdReader(Threshold::Type type) { threshold_.type = type; }
  /// False: not a part of a threshold.
  bool take(std::string_view part);
  /// Checks that nothing is missing.
  Threshold finish(std::string_view where) const;

 private:
  Threshold threshold_;
  bool has_type_ = false, has_track_ = false, has_count_ = false, has_seconds_ = false;
};

Threshold::Track track_named(std::string_view name);

}  // namespace sekisho::rules
