#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engines/http2_floods/flood_watch.h"

namespace sekisho::engines::http2 {

/// Finds the heads of frames in the bytes of both directions, in whatever pieces they come, and
/// watches them; looks at nothing else. Does not allocate.
class FrameWalk {
 public:
  static constexpr std::size_t kPrefaceBytes = 24;  // the client's first (RFC 9113 §3.4), whatever
                                                    // they are
  static constexpr std::size_t kHeadBytes = 9;

  /// The next bytes of `sender`. Once it has said what it is a flood of it says so again.
  Flood consume(Sender sender, std::span<const std::uint8_t> bytes) noexcept;

 private:
  struct End {
    std::array<std::uint8_t, kHeadBytes> head{};
    std::uint8_t head_bytes = 0;
    std::uint32_t left = 0;  // to be passed over
  };

  FloodWatch watch_;
  std::array<End, 2> ends_{End{{}, 0, kPrefaceBytes}, End{}};  // by Sender
  Flood flood_ = Flood::none;
};

}  // namespace sekisho::engines::http2
