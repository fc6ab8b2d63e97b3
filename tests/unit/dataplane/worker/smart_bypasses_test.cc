#include "dataplane/worker/smart_bypasses.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

namespace sekisho::dataplane {
namespace {

using decrypt::TlsFailure;

IpAddress client(std::uint32_t number) { return IpAddress::from_v4(0x0a000000U + number); }

TEST_CASE("a pair is spared for its time, and no other") {
  SmartBypasses table;
  CHECK(table.put(client(1), "a.test", TlsFailure::client_refused, 100, 60));
  CHECK(table.has(client(1), "a.test", 159));
  CHECK_FALSE(table.has(client(1), "a.test", 160));
  CHECK_FALSE(table.has(client(2), "a.test", 100));
  CHECK_FALSE(table.has(client(1), "x.a.test", 100));
  CHECK_FALSE(table.has(client(1), "", 100));
  CHECK(table.put(client(1), "a.test", TlsFailure::wants_certificate, 150, 60));  // longer
  CHECK(table.has(client(1), "a.test", 209));
  const auto listed = table.list(200);
  REQUIRE(listed.size() == 1);
  const auto& one = listed[0];
  CHECK(one.client == client(1));
  CHECK(one.host == "a.test");
  CHECK(one.seconds_left == 10);
  CHECK(one.failure == TlsFailure::wants_certificate);
}

TEST_CASE("names that DNS cannot have take no place") {
  SmartBypasses table;
  CHECK_FALSE(table.put(client(1), "", TlsFailure::client_refused, 1, 60));
  CHECK_FALSE(table.put(client(1), std::string(254, 'a'), TlsFailure::client_refused, 1, 60));
  CHECK(table.put(client(1), std::string(253, 'a'), TlsFailure::client_refused, 1, 60));
  CHECK(table.has(client(1), std::string(253, 'a'), 2));
}

TEST_CASE("pairs are removed one by one or together, and listed by the time left") {
  SmartBypasses table;
  for (std::uint32_t i = 1; i <= 3; ++i)
    CHECK(table.put(client(i), "a.test", TlsFailure::client_refused, 0, 100 * i));
  const auto listed = table.list(50);
  REQUIRE(listed.size() == 3);
  CHECK(listed[0].client == client(3));
  CHECK(listed[2].client == client(1));
  CHECK(table.remove(client(2), "a.test", 50));
  CHECK_FALSE(table.remove(client(2), "a.test", 50));
  CHECK_FALSE(table.has(client(2), "a.test", 50));
  CHECK(table.clear(150) == 1);  // the first one's time was over
  CHECK(table.list(0).empty());
}

TEST_CASE("a full table forgets, it does not fail") {
  SmartBypasses table;
  for (std::uint32_t i = 0; i < 20 * SmartBypasses::kMax; ++i)
    CHECK(table.put(client(i), "a.test", TlsFailure::client_refused, 0, 1000 + i));
  CHECK(table.list(0).size() == SmartBypasses::kMax);
  CHECK(table.has(client(20 * SmartBypasses::kMax - 1), "a.test", 0));
}

TEST_CASE("whoever reads while others write sees whole pairs or none") {
  SmartBypasses table;
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (std::uint32_t i = 0; !stop; ++i)
      (void)table.put(client(1 + i % 2), i % 2 == 0 ? "long-name-of-one.test" : "b.test",
                      TlsFailure::client_refused, 0, 100);
  });
  for (int i = 0; i < 20'000; ++i) {
    CHECK_FALSE(table.has(client(1), "b.test", 0));
    CHECK_FALSE(table.has(client(2), "long-name-of-one.test", 0));
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace sekisho::dataplane
