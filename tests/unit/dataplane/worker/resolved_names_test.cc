#include "dataplane/worker/resolved_names.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

namespace sekisho::dataplane {
namespace {

constexpr MacAddress kClient{{2, 0, 0, 0, 0, 1}}, kOther{{2, 0, 0, 0, 0, 2}};
const IpAddress kServer = IpAddress::from_v4(0xc6336401),
                kElsewhere = IpAddress::from_v4(0xc6336402);
constexpr std::uint32_t kNow = 5000;

std::string found(const ResolvedNames& names, const MacAddress& client, const IpAddress& server,
                  std::uint32_t now = kNow) {
  ResolvedNames::Text text;
  return std::string(names.find(client, server, now, text));
}

TEST_CASE("a name is of who asked for it and of the address that was given, for a day") {
  ResolvedNames names;
  CHECK(found(names, kClient, kServer).empty());
  names.put(kClient, kServer, "www.example.com", kNow);
  CHECK(found(names, kClient, kServer) == "www.example.com");
  CHECK(found(names, kOther, kServer).empty());
  CHECK(found(names, kClient, kElsewhere).empty());
  CHECK(found(names, kClient, kServer, kNow - 1) == "www.example.com");  // another worker's clock
  CHECK(found(names, kClient, kServer, kNow + ResolvedNames::kSeconds) == "www.example.com");
  CHECK(found(names, kClient, kServer, kNow + ResolvedNames::kSeconds + 1).empty());
  names.put(kClient, kServer, "a.example", kNow + ResolvedNames::kSeconds);
  CHECK(found(names, kClient, kServer, kNow + ResolvedNames::kSeconds + 1) == "a.example");
}

TEST_CASE("names of every length that DNS has are kept, others leave what was there") {
  ResolvedNames names;
  for (const std::size_t size : {1U, 7U, 8U, 9U, 252U, 253U}) {
    names.put(kClient, kServer, std::string(size, 'x'), kNow);
    CHECK(found(names, kClient, kServer) == std::string(size, 'x'));
  }
  names.put(kClient, kServer, std::string(254, 'y'), kNow);
  names.put(kClient, kServer, "", kNow);
  CHECK(found(names, kClient, kServer) == std::string(253, 'x'));
}

TEST_CASE("workers that write and read one place see whole names of their own client") {
  ResolvedNames names;
  std::atomic<bool> over{false};
  const auto write = [&](char letter) {
    for (std::size_t i = 0; !over; ++i)
      names.put(kClient, kServer, std::string(1 + i % 253, letter), kNow);
  };
  std::vector<std::thread> threads;
  threads.emplace_back(write, 'a');
  threads.emplace_back(write, 'b');
  unsigned torn = 0;
  for (unsigned seen = 0; seen < 20'000;) {
    const auto name = found(names, kClient, kServer);
    if (name.empty()) continue;
    ++seen;
    torn += name != std::string(name.size(), name.front());
  }
  over = true;
  for (auto& thread : threads) thread.join();
  CHECK(torn == 0);
  CHECK_FALSE(found(names, kClient, kServer).empty());  // nobody left it half written
}

}  // namespace
}  // namespace sekisho::dataplane
