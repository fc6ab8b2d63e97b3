#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "config/base/result.h"
#include "config/events/drop_reason.h"
#include "engines/api/packet_view.h"
#include "engines/memory/memory_pool.h"
#include "engines/stream/oddities.h"
#include "engines/stream/stream_config.h"

namespace sekisho::engines::stream {

struct Defragmented {
  enum class Kind : std::uint8_t {
    held,      // a copy is kept; the fragment goes on
    complete,  // this one was the last: `frame` is the datagram
    dropped,   // `drop` says why; nothing was taken, or all of the datagram is given up
  };
  Kind kind = Kind::held;
  DropReason drop = DropReason::none;
  /// The frame that would have carried the whole datagram: link-layer and IP headers of the first
  /// fragment, lengths and checksum made right, no fragment header; to be decoded like any other.
  /// Lent until the next call.
  std::span<const std::uint8_t> frame;
  std::size_t ip_offset = 0;                   // of the (innermost) IP header in it
  bool differing_ttl = false;                  // some fragments had a TTL far below the others'
  std::span<const std::string_view> oddities;  // until the next call
};

struct FragmentCounters {
  std::uint64_t fragments = 0;
  std::uint64_t datagrams = 0;  // completed
  std::uint64_t duplicates = 0;
  std::uint64_t overlaps = 0;  // with different bytes
  std::uint64_t timeouts = 0;  // datagrams never completed in time
  std::uint64_t evicted = 0;   // given up for others
  std::uint64_t refused = 0;   // fragments over a limit
};

/// IPv4 and IPv6 datagrams out of their fragments (RFC 815, RFC 8200 §4.5, RFC 5722, RFC 6946), of
/// one worker. Inline (FragmentConfig::drop_differing), fragments are forwarded as they come and
/// copies kept: whoever withholds the one that completed a datagram keeps the receiver from ever
/// seeing it. A datagram of which something was forwarded uninspected must not be completed by what
/// comes later, so one that is given up is remembered without its bytes until its time is over, and
/// when there is no place for a further one it is refused. A listener lets the oldest give way.
class Defragmenter {
 public:
  /// Memory for the table and the largest datagram is taken here; fragments come from `pool`, which
  /// must outlive it.
  static Result<std::unique_ptr<Defragmenter>> create(const FragmentConfig& config,
                                                      MemoryPool& pool);
  ~Defragmenter();
  Defragmenter(const Defragmenter&) = delete;
  Defragmenter& operator=(const Defragmenter&) = delete;

  /// `packet.is_fragment`, with packet.time_ns as the clock. packet.ip_header lies in packet.frame.
  Defragmented add(const PacketView& packet) noexcept;
  /// The datagram that add() has just completed was withheld: what comes of it again is dropped.
  void refuse() noexcept;
  /// Gives up datagrams whose time is over; looks at `budget` of them at most.
  void expire(std::uint64_t now_ns, std::size_t budget) noexcept;

  std::size_t datagrams() const noexcept;  // under way
  std::size_t bytes() const noexcept;      // of copies held
  const FragmentCounters& counters() const noexcept;

 private:
  class Core;
  explicit Defragmenter(std::unique_ptr<Core> core) noexcept;
  std::unique_ptr<Core> core_;
};

}  // namespace sekisho::engines::stream
