#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "config/base/result.h"
#include "dataplane/flow/flow.h"

namespace sekisho::dataplane {

/// Remembers which flow a fragmented datagram belongs to, so that every fragment gets its flow's
/// verdict and is forwarded as it came. Overlapping fragments are refused (RFC 5722 for IPv6; for
/// IPv4 the same caution).
class FragmentTable {
 public:
  static Result<FragmentTable> create(std::size_t capacity, std::uint32_t timeout_s);
  FragmentTable(FragmentTable&&) noexcept;
  FragmentTable& operator=(FragmentTable&&) noexcept;
  ~FragmentTable();

  /// Records the datagram of a first fragment; the later ones take the ports from it. none, or why
  /// it must be dropped.
  DropReason first(const PacketInfo& packet, std::uint64_t now_ns) noexcept;

  /// Completes `packet.key` (ports) of a later fragment from its first one.
  /// fragment_before_first: the first has not been seen; fragment_overlap: it repeats bytes already
  /// passed.
  DropReason later(PacketInfo& packet, std::uint64_t now_ns) noexcept;

  std::size_t size() const noexcept;
};

}  // namespace sekisho::dataplane
