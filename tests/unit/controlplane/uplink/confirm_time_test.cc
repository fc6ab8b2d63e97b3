#include "controlplane/uplink/confirm_time.h"

#include <catch2/catch.hpp>

namespace sekisho::controlplane {
namespace {

using namespace std::chrono_literals;

TEST_CASE(
    "the time to confirm is the least that the box says until reconnects are seen to be slow") {
  ConfirmTime time(30s, 0ms);
  CHECK(time.value() == 30s);
  time.observe(300ms);
  CHECK(time.smoothed() == 300ms);
  CHECK(time.value() == 30s);
  for (int i = 0; i < 40; ++i) time.observe(20s);
  CHECK(time.value() > 84s);
  CHECK(time.value() <= 85s);
  for (int i = 0; i < 60; ++i) time.observe(100ms);
  CHECK(time.value() == 30s);
}

TEST_CASE("an outage of a night does not make the box wait half an hour") {
  ConfirmTime time(30s, 0ms);
  time.observe(12h);
  CHECK(time.value() == 245s);
  CHECK(ConfirmTime(30s, 12h).value() == 245s);
  CHECK(ConfirmTime(1h, 0ms).value() == ConfirmTime::kMost);
}

TEST_CASE("what was seen before a restart counts after it") {
  ConfirmTime before(5s, 0ms);
  before.observe(7s);
  CHECK(ConfirmTime(5s, before.smoothed()).value() == 33s);
  CHECK(ConfirmTime(5s, -3s).value() == 5s);
}

}  // namespace
}  // namespace sekisho::controlplane
