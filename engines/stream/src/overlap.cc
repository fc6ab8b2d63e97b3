#include "engines/stream/segment_queue.h"

namespace sekisho::engines::stream {

bool later_one_counts(OverlapPolicy policy, const Overlap& overlap) noexcept {
  const bool begins_before = overlap.later_begin < 0;
  const bool begins_same = overlap.later_begin == 0;
  switch (policy) {
    case OverlapPolicy::first:
      return false;
    case OverlapPolicy::last:
      return true;
    case OverlapPolicy::bsd:
      return begins_before;
    case OverlapPolicy::bsd_right:
      return !begins_before;
    case OverlapPolicy::linux:
      return begins_before || (begins_same && overlap.later_end > overlap.earlier_end);
    case OverlapPolicy::old_linux:
      return begins_before || begins_same;
    case OverlapPolicy::windows:
      return begins_before && overlap.later_end > overlap.earlier_end;
    case OverlapPolicy::solaris:
      return begins_before && overlap.later_end >= overlap.earlier_end;
  }
  return false;
}

}  // namespace sekisho::engines::stream
