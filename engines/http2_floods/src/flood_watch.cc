#include "engines/http2_floods/flood_watch.h"

#include <algorithm>

namespace sekisho::engines::http2 {
namespace {

// RFC 9113 §6.
constexpr std::uint8_t kData = 0, kHeaders = 1, kPriority = 2, kResetStream = 3, kSettings = 4,
                       kPushPromise = 5, kPing = 6, kContinuation = 9;
constexpr std::uint8_t kEndStream = 0x1, kAck = 0x1, kEndHeaders = 0x4;

constexpr std::size_t index_of(Sender sender) noexcept { return static_cast<std::size_t>(sender); }

}  // namespace

std::string_view name_of(Flood flood) noexcept {
  constexpr std::array<std::string_view, 6> kNames{"none",     "header_block", "resets",
                                                   "controls", "empty_frames", "priorities"};
  return kNames[static_cast<std::size_t>(flood)];
}

Flood FloodWatch::note(Sender sender, const FrameHead& frame) noexcept {
  End& end = ends_[index_of(sender)];
  switch (frame.type) {
    case kData:
      return note_empty(end, frame, kEndStream);
    case kHeaders:
      if (sender == Sender::client)
        ++streams_;
      else
        resets_ -= std::min(resets_, std::uint32_t{1});
      [[fallthrough]];
    case kPushPromise:
      return note_block(end, frame, true);
    case kContinuation:
      return note_block(end, frame, false);
    case kPriority:
      return ++end.priorities > kPrioritiesOfAStream * (std::uint64_t{streams_} + 1)
                 ? Flood::priorities
                 : Flood::none;
    case kResetStream:
      return note_reset();
    case kSettings:
    case kPing:
      return note_control(sender, frame);
    default:
      return Flood::none;
  }
}

/// A frame is counted with all that it announces, so that nobody waits for the rest of it.
Flood FloodWatch::note_block(End& end, const FrameHead& frame, bool begins) noexcept {
  if (begins) end.block_bytes = end.block_frames = 0;
  end.block_bytes += frame.length;
  ++end.block_frames;
  if (end.block_bytes > kMostBlockBytes || end.block_frames > kMostBlockFrames)
    return Flood::header_block;
  return note_empty(end, frame, kEndHeaders);
}

Flood FloodWatch::note_empty(End& end, const FrameHead& frame, std::uint8_t ending_flag) noexcept {
  const bool is_empty = frame.length == 0 && (frame.flags & ending_flag) == 0;
  end.empty_frames = is_empty ? end.empty_frames + 1 : 0;
  return end.empty_frames > kMostEmptyFrames ? Flood::empty_frames : Flood::none;
}

Flood FloodWatch::note_control(Sender sender, const FrameHead& frame) noexcept {
  if ((frame.flags & kAck) != 0) {
    auto& asked = ends_[1 - index_of(sender)].controls;
    asked -= std::min(asked, std::uint32_t{1});
    return Flood::none;
  }
  if (!sees_answers_) return Flood::none;
  return ++ends_[index_of(sender)].controls > kMostControls ? Flood::controls : Flood::none;
}

Flood FloodWatch::note_reset() noexcept {
  if (!sees_answers_) return Flood::none;
  return ++resets_ > kMostResets ? Flood::resets : Flood::none;
}

}  // namespace sekisho::engines::http2
