#pragma once

#include <cstddef>
#include <cstdint>

namespace sekisho::engines::stream {

/// Whose bytes count where two segments or fragments overlap and differ, as hosts were seen to
/// decide it (V. Paxson, U. Shankar, "Active Mapping"; J. Novak, "Target-Based Fragmentation
/// Reassembly"; J. Novak, S. Sturges, "Target-Based TCP Stream Reassembly"). Only for bytes that
/// were not inspected yet, and only where packets cannot be dropped: inline, what came first has
/// been forwarded, and what differs is dropped.
enum class OverlapPolicy : std::uint8_t {
  first,      // the earlier one
  last,       // the later one
  bsd,        // the earlier one, unless the later one begins before it
  bsd_right,  // the later one, unless it begins before the earlier one
  linux,      // the later one if it begins before, or at the same place and (TCP) ends behind
  old_linux,  // the later one if it begins before or at the same place
  windows,    // the later one if it begins before and ends behind
  solaris,    // the later one if it begins before and does not end before
};

/// When the bytes of a direction are handed on.
enum class Delivery : std::uint8_t {
  on_arrival,          // before their packet is forwarded: nothing uninspected gets through
  on_acknowledgement,  // when the receiver has acknowledged them, or the connection is over
};

/// What happens to a byte sent as urgent (RFC 6093: the one before the urgent pointer).
enum class UrgentPolicy : std::uint8_t {
  out_of_band,  // left out of the stream, as an application sees it by default (Linux, BSD, ...)
  in_line,      // an ordinary byte, as with SO_OOBINLINE
  gap,          // told as missing
  strip,        // in_line, and the caller clears flag and pointer, so that every host agrees
  drop,         // the segment is dropped
};

/// Limits of one direction of one TCP connection. Numbers are bytes unless they say otherwise.
struct TcpConfig {
  Delivery delivery = Delivery::on_arrival;
  OverlapPolicy overlap = OverlapPolicy::bsd;  // on_acknowledgement only
  UrgentPolicy urgent = UrgentPolicy::out_of_band;
  bool drop_bad_checksums = true;  // false: bad checksums are not looked at
  bool midstream = true;           // pick up connections whose beginning was not seen
  bool async_oneside = false;      // one direction may stay unseen (asymmetric routing)
  /// No byte behind this one is inspected or compared; 0: all are.
  std::uint32_t depth[2] = {1 << 20, 1 << 20};  // by Direction
  /// Bytes kept behind the newest for patterns that look back.
  std::uint32_t history = 4096;
  /// A window grows to this for the history alone, and beyond it, to `max_window`, for what the
  /// receiver has not acknowledged.
  std::uint32_t usual_window = 16 * 1024;
  std::uint32_t max_window = 1 << 20;  // at most MemoryPool::kLargestBlock
  /// Segments that wait: for the gap before them, or (on_acknowledgement) for being acknowledged.
  std::uint32_t max_queued_bytes = 1 << 20;
  std::uint32_t max_queued_segments = 1024;
  /// Without memory for a copy: forward what cannot be inspected (told as a gap) or drop it.
  bool forward_without_memory = false;
};

struct FragmentConfig {
  /// true: differing overlaps are dropped (inline); false: `overlap` decides.
  bool drop_differing = true;
  OverlapPolicy overlap = OverlapPolicy::bsd;
  std::size_t max_datagrams = 4096;          // under way at once, rounded up to a power of two
  std::size_t max_bytes = 32 * 1024 * 1024;  // of all of them
  std::uint32_t max_fragments = 1024;        // of one datagram
  std::uint32_t timeout_s = 60;              // from the first fragment to the last
};

}  // namespace sekisho::engines::stream
