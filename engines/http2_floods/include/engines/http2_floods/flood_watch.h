#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sekisho::engines::http2 {

/// What an HTTP/2 connection is flooded with; see the README for the bounds.
enum class Flood : std::uint8_t { none, header_block, resets, controls, empty_frames, priorities };
/// "header_block", "resets", ...
std::string_view name_of(Flood flood) noexcept;

/// Of a frame's head (RFC 9113 §4.1).
struct FrameHead {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t length = 0;  // of its payload, bytes
};

enum class Sender : std::uint8_t { client, server };

/// Counts the frames of one connection that are cheap to send and dear to receive. One thread; does
/// not allocate.
class FloodWatch {
 public:
  static constexpr std::uint32_t kMostBlockBytes = std::uint32_t{256} << 10;
  static constexpr std::uint32_t kMostBlockFrames = 256;
  static constexpr std::uint32_t kMostResets = 1000;
  static constexpr std::uint32_t kMostControls = 512;
  static constexpr std::uint32_t kMostEmptyFrames = 128;
  static constexpr std::uint32_t kPrioritiesOfAStream = 128;

  /// Each frame, in the order in which its sender sent it, as soon as its head is there.
  [[nodiscard]] Flood note(Sender sender, const FrameHead& frame) noexcept;
  /// An end is not read any more: its acknowledgements and answers will be missed.
  void answers_unseen() noexcept { sees_answers_ = false; }

 private:
  struct End {
    std::uint32_t block_bytes = 0, block_frames = 0;  // of the header block under way
    std::uint32_t controls = 0;                       // not acknowledged
    std::uint32_t empty_frames = 0;                   // in a row
    std::uint32_t priorities = 0;
  };

  Flood note_block(End& end, const FrameHead& frame, bool begins) noexcept;
  Flood note_control(Sender sender, const FrameHead& frame) noexcept;
  Flood note_reset() noexcept;
  static Flood note_empty(End& end, const FrameHead& frame, std::uint8_t ending_flag) noexcept;

  std::array<End, 2> ends_;    // by Sender
  std::uint32_t resets_ = 0;   // more than answers
  std::uint32_t streams_ = 0;  // opened
  bool sees_answers_ = true;
};

}  // namespace sekisho::engines::http2
