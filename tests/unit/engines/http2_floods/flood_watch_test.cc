#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "engines/http2_floods/frame_walk.h"

using namespace sekisho::engines::http2;

namespace {

constexpr std::uint8_t kData = 0, kHeaders = 1, kPriority = 2, kReset = 3, kSettings = 4, kPing = 6,
                       kContinuation = 9;
constexpr std::uint8_t kEndStream = 1, kAck = 1, kEndHeaders = 4;

/// How many of `frame` pass; `most` + 1: all that were tried.
std::uint32_t passes(FloodWatch& watch, Sender sender, const FrameHead& frame, Flood& flood,
                     std::uint32_t most) {
  for (std::uint32_t i = 0; i <= most; ++i) {
    flood = watch.note(sender, frame);
    if (flood != Flood::none) return i;
  }
  return most + 1;
}

std::vector<std::uint8_t> encoded(const FrameHead& head) {
  std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(head.length >> 16),
                                  static_cast<std::uint8_t>(head.length >> 8),
                                  static_cast<std::uint8_t>(head.length),
                                  head.type,
                                  head.flags,
                                  0,
                                  0,
                                  0,
                                  1};
  bytes.resize(bytes.size() + head.length, 0x5a);
  return bytes;
}

}  // namespace

TEST_CASE("Each flood is known when its bound is passed, and not before") {
  struct Case {
    Sender sender;
    FrameHead frame;
    std::uint32_t passes;
    Flood flood;
  };
  const auto frame = GENERATE(values<Case>({
      {Sender::client, {kContinuation, 0, 16384}, 16, Flood::header_block},
      {Sender::client, {kContinuation, 0, 1}, 256, Flood::header_block},
      {Sender::server, {kContinuation, 0, 300'000}, 0, Flood::header_block},
      {Sender::client, {kContinuation, 0, 0}, 128, Flood::empty_frames},
      {Sender::client, {kHeaders, 0, 0}, 128, Flood::empty_frames},
      {Sender::server, {kData, 0, 0}, 128, Flood::empty_frames},
      {Sender::client, {kReset, 0, 4}, 1000, Flood::resets},
      {Sender::server, {kReset, 0, 4}, 1000, Flood::resets},
      {Sender::client, {kPing, 0, 8}, 512, Flood::controls},
      {Sender::server, {kSettings, 0, 6}, 512, Flood::controls},
      {Sender::client, {kPriority, 0, 5}, 128, Flood::priorities},
  }));
  CAPTURE(int(frame.frame.type), frame.frame.length);
  FloodWatch watch;
  auto flood = Flood::none;
  CHECK(passes(watch, frame.sender, frame.frame, flood, 2000) == frame.passes);
  CHECK(flood == frame.flood);
}

TEST_CASE("What connections do for weeks is no flood") {
  FloodWatch watch;
  for (int i = 0; i < 5000; ++i) {
    CAPTURE(i);
    // Asked, answered in two frames, given up; kept alive; windows opened.
    REQUIRE(watch.note(Sender::client, {kHeaders, 0, 9000}) == Flood::none);
    REQUIRE(watch.note(Sender::client, {kContinuation, kEndHeaders, 100}) == Flood::none);
    REQUIRE(watch.note(Sender::server, {kHeaders, kEndHeaders, 100}) == Flood::none);
    REQUIRE(watch.note(Sender::server, {kData, 0, 1000}) == Flood::none);
    REQUIRE(watch.note(Sender::server, {kData, 0, 0}) == Flood::none);
    REQUIRE(watch.note(Sender::client, {kReset, 0, 4}) == Flood::none);
    REQUIRE(watch.note(Sender::client, {kPing, 0, 8}) == Flood::none);
    REQUIRE(watch.note(Sender::server, {kPing, kAck, 8}) == Flood::none);
    REQUIRE(watch.note(Sender::client, {kPriority, 0, 5}) == Flood::none);
    REQUIRE(watch.note(Sender::client, {8, 0, 4}) == Flood::none);
    REQUIRE(watch.note(Sender::server, {kData, kEndStream, 0}) == Flood::none);
  }
}

TEST_CASE("What cannot be compared with answers is not counted against them") {
  FloodWatch watch;
  watch.answers_unseen();
  auto flood = Flood::none;
  CHECK(passes(watch, Sender::client, {kPing, 0, 8}, flood, 2000) == 2001);
  CHECK(passes(watch, Sender::client, {kReset, 0, 4}, flood, 2000) == 2001);
  CHECK(passes(watch, Sender::client, {kContinuation, 0, 0}, flood, 2000) == 128);
}

TEST_CASE("Frames are found however the bytes are cut") {
  std::vector<std::uint8_t> bytes(FrameWalk::kPrefaceBytes, 'P');
  const auto add = [&](const FrameHead& head) {
    const auto more = encoded(head);
    bytes.insert(bytes.end(), more.begin(), more.end());
  };
  add({kSettings, 0, 12});
  add({kHeaders, 0, 5000});
  const auto harmless = bytes.size();
  for (int i = 0; i < 20; ++i) add({kContinuation, 0, 16'000});
  // The 17th passes 256 KiB: known with its head.
  const auto known_at = harmless + 16 * (16'000 + FrameWalk::kHeadBytes) + FrameWalk::kHeadBytes;
  const auto piece = GENERATE(values<std::size_t>({1, 7, 1000, 65'536}));
  CAPTURE(piece);
  FrameWalk walk;
  std::size_t seen = 0;
  auto flood = Flood::none;
  while (seen < bytes.size() && flood == Flood::none) {
    const auto count = std::min(piece, bytes.size() - seen);
    flood = walk.consume(Sender::client, {bytes.data() + seen, count});
    seen += count;
  }
  CHECK(flood == Flood::header_block);
  CHECK(seen >= known_at);
  CHECK(seen < known_at + piece);
  CHECK(walk.consume(Sender::server, {}) == Flood::header_block);  // it stays one
}

TEST_CASE("The server's frames begin with its first byte") {
  FrameWalk walk;
  const auto ping = encoded({kPing, 0, 8});
  auto flood = Flood::none;
  int sent = 0;
  for (; flood == Flood::none && sent < 1000; ++sent) flood = walk.consume(Sender::server, ping);
  CHECK(flood == Flood::controls);
  CHECK(sent == 513);
}
