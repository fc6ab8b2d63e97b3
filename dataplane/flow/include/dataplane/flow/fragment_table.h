#pragma once

#include <cstddef>
#include <cstdint>

#include "config/base/huge_memory.h"
#include "config/base/result.h"
#include "dataplane/flow/flow.h"
#include "dataplane/flow/keyed_hash.h"

namespace sekisho::dataplane {

/// Remembers which flow a fragmented datagram belongs to, so that every fragment gets its flow's
/// verdict and is forwarded as it came. Later fragments may come in any order, but after the first.
///
/// No byte of a datagram passes twice (RFC 5722 for IPv6; for IPv4 the same caution): a fragment
/// that overlaps what has passed is dropped, and so is an exact copy, even of the first fragment,
/// because its contents could differ. What hosts reassemble is then the same everywhere. The
/// datagram itself is not given up: a copy made by the network does not harm it.
///
/// A datagram is forgotten when its last byte has passed, when its time is over, or, the oldest of
/// its set of 8, when the table has no room: a flood of first fragments must not stop honest ones,
/// whose fragments follow each other closely.
class FragmentTable {
 public:
  static constexpr std::size_t kMaxCapacity = std::size_t{1} << 24;
  /// Gaps bound the memory of a datagram: fragments that would leave more separate runs than this
  /// are dropped (fragment_table_full).
  static constexpr std::size_t kMaxRanges = 16;

  /// `capacity` 1..kMaxCapacity datagrams, rounded up to a power of two not below 8.
  static Result<FragmentTable> create(std::size_t capacity, std::uint32_t timeout_s);
  FragmentTable(FragmentTable&&) noexcept;
  FragmentTable& operator=(FragmentTable&&) noexcept;
  ~FragmentTable();

  /// Records the datagram of a first fragment; the later ones take the ports from it. none, or why
  /// it must be dropped.
  DropReason first(const PacketInfo& packet, std::uint64_t now_ns) noexcept;

  /// Completes `packet.key` (ports, transport) and `packet.from_a` of a later fragment from its
  /// first one.
  /// fragment_before_first: the first has not been seen, or the datagram is complete;
  /// fragment_timeout: it was too long ago; fragment_overlap: it repeats bytes already passed, or
  /// lies behind the datagram's end.
  DropReason later(PacketInfo& packet, std::uint64_t now_ns) noexcept;

  /// Datagrams remembered, including those whose time is over and whose place nobody needed yet.
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return (std::size_t{set_mask_} + 1) * kWays; }
  std::size_t memory_bytes() const noexcept { return memory_.size_bytes(); }

 private:
  struct Datagram;
  struct Identity;
  static constexpr std::size_t kWays = 8;

  FragmentTable(HugeMemory memory, const KeyedHash& hash, std::size_t sets,
                std::uint32_t timeout_s) noexcept;
  Datagram* set_of(const Identity& identity) const noexcept;
  Datagram* find(const Identity& identity) const noexcept;
  Datagram& place_for(const Identity& identity, std::uint64_t now_ns) noexcept;
  bool over(const Datagram& datagram, std::uint64_t now_ns) const noexcept;
  DropReason account(Datagram& datagram, const PacketInfo& packet) noexcept;
  void forget(Datagram& datagram) noexcept;

  HugeMemory memory_;
  KeyedHash hash_;
  std::size_t size_ = 0;
  std::uint64_t timeout_ns_ = 0;
  std::uint32_t set_mask_ = 0;
};

}  // namespace sekisho::dataplane
