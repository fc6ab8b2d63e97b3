#include "config/reputation/exchange.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace sekisho::reputation {
namespace {

struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sekisho-rep-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file() const { return (path / "reputation.table").string(); }
  std::filesystem::path path;
};

TEST_CASE("both ends see the same answers, look-ups and states") {
  const Folder folder;
  auto made = Exchange::create(folder.file(), 2);
  REQUIRE(made);
  auto opened = Exchange::open(folder.file());
  REQUIRE(opened);
  CHECK(opened->workers() == 2);
  CHECK(opened->secret() == made->secret());
  CHECK(opened->secret() != UrlKeySecret{});

  CHECK(made->ring(1).offer(7, "http://a.example/"));
  std::vector<Lookup> lookups(4);
  CHECK(opened->ring(0).take(lookups) == 0);
  REQUIRE(opened->ring(1).take(lookups) == 1);
  CHECK(lookups[0].key == 7);
  CHECK(lookups[0].url() == "http://a.example/");
  CHECK(opened->ring(1).take(lookups) == 0);

  opened->answers().put(7, {.expires_s = 100, .score = 3}, 1);
  CHECK(made->answers().find(7, 1)->score == 3);

  CHECK_FALSE(opened->is_wanted());
  made->set_wanted(true);
  CHECK(opened->is_wanted());
  CHECK(made->service(1000) == ServiceState::off);
  opened->set_service(ServiceState::up, 1000);
  CHECK(made->service(1000) == ServiceState::up);
  CHECK(made->service(998) == ServiceState::up);  // clocks are read one after the other
  CHECK(made->service(1000 + Exchange::kStateHoldsSeconds) == ServiceState::up);
  CHECK(made->service(1001 + Exchange::kStateHoldsSeconds) == ServiceState::down);
  opened->set_service(ServiceState::down, 1000);
  CHECK(made->service(1000) == ServiceState::down);
}

TEST_CASE("a full ring refuses and goes on when it was read") {
  const Folder folder;
  auto exchange = Exchange::create(folder.file(), 1);
  REQUIRE(exchange);
  auto ring = exchange->ring(0);
  for (std::size_t i = 0; i < LookupRing::kCapacity; ++i) CHECK(ring.offer(i, "u"));
  CHECK_FALSE(ring.offer(1, "u"));
  std::vector<Lookup> some(10);
  CHECK(ring.take(some) == 10);
  CHECK(some[9].key == 9);
  CHECK(ring.offer(1, "u"));
}

TEST_CASE("a URL that is too long is asked for by the folder that fits") {
  const std::string host = "http://a.example/";
  CHECK(askable(host + "b?c") == host + "b?c");
  const auto folder = host + std::string(400, 'x') + "/";
  CHECK(askable(folder + std::string(900, 'y')) == folder);
  CHECK(askable(host + std::string(2000, 'y')) == host);
  const auto exact = folder + std::string(Lookup::kMaxBytes - folder.size(), 'z');
  CHECK(askable(exact) == exact);
}

TEST_CASE("a new file tells the reader of the old one") {
  const Folder folder;
  auto first = Exchange::create(folder.file(), 1);
  auto reader = Exchange::open(folder.file());
  REQUIRE(reader);
  CHECK(reader->is_current());
  auto second = Exchange::create(folder.file(), 3);
  REQUIRE(second);
  CHECK_FALSE(reader->is_current());
  CHECK(Exchange::open(folder.file())->workers() == 3);
}

TEST_CASE("a file of another shape is refused") {
  const Folder folder;
  CHECK(Exchange::open(folder.file()).error().code == Error::Code::not_found);
  CHECK_FALSE(Exchange::create(folder.file(), 0));
  CHECK_FALSE(Exchange::create(folder.file(), Exchange::kMaxWorkers + 1));
  REQUIRE(Exchange::create(folder.file(), 1));
  std::filesystem::resize_file(folder.file(), 4096);
  CHECK(Exchange::open(folder.file()).error().code == Error::Code::invalid_input);
  std::ofstream(folder.file()) << "no such file";
  CHECK(Exchange::open(folder.file()).error().message.find("not a file of reputations") !=
        std::string::npos);
}

TEST_CASE("look-ups arrive in order while they are read") {
  const Folder folder;
  auto exchange = Exchange::create(folder.file(), 1);
  REQUIRE(exchange);
  constexpr std::uint64_t kCount = 20'000;
  std::jthread writer([ring = exchange->ring(0)]() mutable {
    for (std::uint64_t i = 0; i < kCount;)
      if (ring.offer(i, std::to_string(i)))
        ++i;
      else
        std::this_thread::yield();
  });
  auto ring = exchange->ring(0);
  std::vector<Lookup> some(64);
  for (std::uint64_t next = 0; next < kCount;) {
    const auto count = ring.take(some);
    for (std::size_t i = 0; i < count; ++i, ++next) {
      REQUIRE(some[i].key == next);
      REQUIRE(some[i].url() == std::to_string(next));
    }
  }
}

}  // namespace
}  // namespace sekisho::reputation
