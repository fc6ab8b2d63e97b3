#pragma once

#include <optional>
#include <vector>

#include "segment_format.h"

namespace sekisho::controlplane {

/// What the spool knows beside its lines: the file `state`, replaced as a whole.
struct SpoolState {
  EpochBytes epoch{};
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;
  std::uint64_t oldest = 1;  // segments that begin below it are to be removed
  std::uint64_t newest = 0;  // a segment that was there; one at or above it must be
};

inline constexpr const char* kStateName = "state";
inline constexpr std::size_t kStateBytes = 64;

std::vector<std::uint8_t> encode_state(const SpoolState& state);
/// None when it is damaged.
std::optional<SpoolState> decode_state(ByteSpan file);

/// "00000000000000000042.segment"
std::string segment_name(std::uint64_t first_sequence);
std::optional<std::uint64_t> sequence_of(std::string_view name);

/// The longest segment that is read.
inline constexpr std::size_t kMaxSegmentFileBytes = std::size_t{96} << 20;

}  // namespace sekisho::controlplane
