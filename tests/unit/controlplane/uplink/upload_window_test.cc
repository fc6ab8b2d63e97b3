#include "controlplane/uplink/upload_window.h"

#include <catch2/catch.hpp>

namespace sekisho::controlplane {
namespace {

TEST_CASE("four batches are under way at most, and it goes on where the console stands") {
  UploadWindow window(10);
  CHECK(window.next() == 11);
  for (int i = 0; i < 4; ++i) {
    REQUIRE(window.has_room());
    window.sent(window.next(), 100);
  }
  CHECK_FALSE(window.has_room());
  CHECK(window.next() == 411);
  CHECK(window.stored(110));
  CHECK(window.has_room());
  CHECK(window.stored(410));
  CHECK_FALSE(window.stored(410));
}

TEST_CASE(
    "an acknowledgement that is old, of half a batch, or of what was never sent does no harm") {
  UploadWindow window(0);
  window.sent(1, 100);
  window.sent(151, 50);  // 50 lines had to go
  CHECK(window.next() == 201);
  CHECK_FALSE(window.stored(0));
  CHECK_FALSE(window.stored(201));
  CHECK_FALSE(window.stored(~0ULL));
  CHECK(window.stored(50));
  window.sent(201, 1);
  window.sent(202, 1);
  CHECK_FALSE(window.has_room());  // half of the first one is missing yet
  CHECK_FALSE(window.stored(20));
  CHECK(window.stored(100));
  CHECK(window.has_room());
}

}  // namespace
}  // namespace sekisho::controlplane
