#include "dataplane/flow/media_sockets.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace sekisho::dataplane {
namespace {

const IpAddress kPhone = IpAddress::from_v4(0xc0a80105), kOther = IpAddress::from_v4(0xc0a80106);
constexpr std::uint32_t kNow = 1000;

TEST_CASE("a socket is its announcer's for so long") {
  MediaSockets sockets;
  CHECK_FALSE(sockets.find(kPhone, 4000, kNow));
  sockets.put(kPhone, 4000, {77, 120}, kNow);
  const auto parent = sockets.find(kPhone, 4000, kNow);
  REQUIRE(parent);
  CHECK(parent->flow_id == 77);
  CHECK(parent->application == 120);
  CHECK_FALSE(sockets.find(kPhone, 4001, kNow));
  CHECK_FALSE(sockets.find(kOther, 4000, kNow));
  CHECK(sockets.find(kPhone, 4000, kNow + MediaSockets::kLifetimeSeconds - 1));
  CHECK_FALSE(sockets.find(kPhone, 4000, kNow + MediaSockets::kLifetimeSeconds));
  sockets.put(kOther, 5000, {78, 121}, kNow + 10);
  CHECK_FALSE(sockets.find(kPhone, 4000, kNow + MediaSockets::kLifetimeSeconds));
  CHECK(sockets.find(kOther, 5000, kNow + MediaSockets::kLifetimeSeconds));
}

TEST_CASE("the last announcement of a socket counts") {
  MediaSockets sockets;
  sockets.put(kPhone, 4000, {77, 120}, kNow);
  sockets.put(kPhone, 4000, {0xffff'ffff'ffff'fff1, 121}, kNow + 100);
  const auto parent = sockets.find(kPhone, 4000, kNow + MediaSockets::kLifetimeSeconds + 50);
  REQUIRE(parent);
  CHECK(parent->flow_id == 0xffff'ffff'ffff'fff1);
  CHECK(parent->application == 121);
}

TEST_CASE("workers that write and read one socket see whole announcements") {
  MediaSockets sockets;
  std::atomic<bool> over{false};
  unsigned torn = 0;
  const auto write = [&](std::uint64_t value) {
    while (!over)
      sockets.put(kPhone, 4000, {value << 32 | value, static_cast<std::uint16_t>(value)}, kNow);
  };
  std::vector<std::thread> threads;
  threads.emplace_back(write, 3);
  threads.emplace_back(write, 4);
  for (unsigned seen = 0; seen < 20'000;) {
    const auto parent = sockets.find(kPhone, 4000, kNow);
    if (!parent) continue;
    ++seen;
    const std::uint64_t value = parent->application;
    if (parent->flow_id != (value << 32 | value)) ++torn;
  }
  over = true;
  for (auto& thread : threads) thread.join();
  CHECK(torn == 0);
  CHECK(sockets.find(kPhone, 4000, kNow));
}

}  // namespace
}  // namespace sekisho::dataplane
