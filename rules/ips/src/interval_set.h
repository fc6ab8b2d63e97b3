#pragma once

#include <algorithm>
#include <optional>
#include <vector>

namespace sekisho::rules {

/// Set algebra on sorted, disjoint, inclusive ranges. `Space` says what a range's value is and how
/// to step: Range, Value, kUniverse(), before(v), after(v), joins(a, b).
template <class Space>
class IntervalSet {
 public:
  using Range = typename Space::Range;

  static std::vector<Range> normalised(std::vector<Range> ranges) {
    std::sort(ranges.begin(), ranges.end(),
              [](const Range& a, const Range& b) { return a.first < b.first; });
    std::vector<Range> result;
    for (const auto& one : ranges) {
      if (!result.empty() && Space::joins(result.back(), one))
        result.back().last = std::max(result.back().last, one.last);
      else
        result.push_back(one);
    }
    return result;
  }

  /// `from` without `what`; both normalised.
  static std::vector<Range> without(const std::vector<Range>& from,
                                    const std::vector<Range>& what) {
    std::vector<Range> result;
    auto cut = what.begin();
    for (auto range : from) {
      while (cut != what.end() && cut->last < range.first) ++cut;
      bool left = true;
      for (auto at = cut; left && at != what.end() && !(range.last < at->first); ++at) {
        if (range.first < at->first) result.push_back({range.first, Space::before(at->first)});
        left = at->last < range.last;
        if (left) range.first = Space::after(at->last);
      }
      if (left) result.push_back(range);
    }
    return result;
  }
};

}  // namespace sekisho::rules
