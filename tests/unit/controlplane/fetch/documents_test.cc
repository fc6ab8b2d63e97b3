#include "controlplane/fetch/documents.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

using namespace sekisho;
using namespace sekisho::controlplane;
using namespace std::chrono_literals;

namespace {

struct Bench {
  int fetched = 0;
  Result<std::string> next = std::string("document");
  Documents::Clock::time_point now{};
  Documents documents{[this](const Wanted&) {
                        ++fetched;
                        return next;
                      },
                      [this] { return now; }};

  Documents::Document get(const std::string& url, const std::string& body = {}) {
    return documents.get({.url = url, .body = body, .most_bytes = 100, .keep = 10s});
  }
};

}  // namespace

TEST_CASE("What was fetched is kept as long as it is good") {
  Bench bench;
  for (int i = 0; i < 3; ++i) REQUIRE(*bench.get("http://a.example/1") == "document");
  CHECK(bench.fetched == 1);
  REQUIRE(bench.get("http://a.example/1", "about another"));
  CHECK(bench.fetched == 2);
  bench.now += 11s;
  bench.next = std::string("newer");
  CHECK(*bench.get("http://a.example/1") == "newer");
  CHECK(bench.fetched == 3);
  CHECK(bench.documents.bytes() == 13);
}

TEST_CASE("What cannot be had is not asked for again at once") {
  Bench bench;
  bench.next = Error{Error::Code::io, "no"};
  CHECK_FALSE(bench.get("http://a.example/1"));
  CHECK_FALSE(bench.get("http://a.example/1"));
  CHECK(bench.fetched == 1);
  CHECK_FALSE(bench.get("http://a.example/2"));  // another document may be there
  CHECK(bench.fetched == 2);
  bench.next = std::string("document");
  bench.now += Documents::kKeepFailure + 1s;
  CHECK(bench.get("http://a.example/1"));
}

TEST_CASE("A host that does not answer is left alone for a while") {
  Bench bench;
  bench.next = Error{Error::Code::not_found, "nobody"};
  CHECK_FALSE(bench.get("http://a.example/1"));
  CHECK_FALSE(bench.get("http://a.example/2"));
  CHECK(bench.fetched == 1);
  CHECK_FALSE(bench.get("http://b.example/2"));
  CHECK(bench.fetched == 2);
  bench.now += Documents::kKeepFailure + 1s;
  bench.next = std::string("document");
  CHECK(bench.get("http://a.example/2"));
}

TEST_CASE("A URL that leads nowhere is not fetched") {
  Bench bench;
  CHECK_FALSE(bench.get("ldap://a.example/1"));
  CHECK(bench.fetched == 0);
}

TEST_CASE("Documents stay within their bounds") {
  Bench bench;
  bench.next = std::string(std::size_t{1} << 20, 'x');
  for (int i = 0; i < 300; ++i) REQUIRE(bench.get("http://a.example/" + std::to_string(i)));
  CHECK(bench.documents.bytes() <= Documents::kMaxBytes + (std::size_t{1} << 20));
  CHECK(bench.get("http://a.example/299"));
  CHECK(bench.fetched == 300);  // the newest has stayed
}

TEST_CASE("Who wants the same waits for one fetch") {
  std::atomic<int> fetched{0};
  std::atomic<bool> goes_on{false};
  Documents documents([&](const Wanted&) -> Result<std::string> {
    ++fetched;
    while (!goes_on) std::this_thread::sleep_for(1ms);
    return std::string("document");
  });
  std::atomic<int> got{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      got += documents.get({.url = "http://a.example/", .most_bytes = 9, .keep = 10s}) != nullptr;
    });
  while (fetched == 0) std::this_thread::sleep_for(1ms);
  goes_on = true;
  for (auto& thread : threads) thread.join();
  CHECK(fetched == 1);
  CHECK(got == 4);
}
