#include "controlplane/agent/fqdn_resolver.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "fake_dataplane.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("wildcards are not asked for") {
  CHECK(resolvable({"a.example", "*.b.example", "c.example"}) == Names{"a.example", "c.example"});
}

TEST_CASE("names keep their order and lose those without an address") {
  Names names;
  for (int i = 0; i < 50; ++i) names.push_back(std::to_string(i));
  const auto found = resolve_all(
      names, [](const std::string& n) { return n.back() == '3' ? Names{} : Names{"192.0.2." + n}; },
      {});
  REQUIRE(found.size() == 45);
  CHECK(found[2].name == "2");
  CHECK(found[3].name == "4");
  CHECK(found.back().addresses == Names{"192.0.2.49"});
}

TEST_CASE("numbers resolve to themselves by the system's resolver") {
  CHECK(resolve_by_system("192.0.2.7") == Names{"192.0.2.7"});
  CHECK(resolve_by_system("2001:db8::7") == Names{"2001:db8::7"});
  CHECK(resolve_by_system("a name with spaces").empty());
}

TEST_CASE("the dataplane learns at once and again when woken, in requests of bounded size") {
  const ScratchFolder folder;
  FakeDataplane fake(folder.file("dataplane.sock"));
  const DataplaneClient client(folder.file("dataplane.sock"));
  FqdnResolver resolver(
      client,
      [] {
        Names names;
        for (int i = 0; i < 100; ++i) names.push_back("n" + std::to_string(i));
        return names;
      },
      [](const std::string&) {
        return Names{"192.0.2.1", "2001:db8::1"};
      });
  const auto learned_after = [&](std::size_t requests) {
    for (int i = 0; i < 200 && fake.requests("fqdn.learn").size() < requests; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return fake.requests("fqdn.learn");
  };
  const std::jthread thread([&](const std::stop_token& stop) { resolver.run(stop); });
  const auto first = learned_after(2);
  REQUIRE(first.size() == 2);
  CHECK(first[0]["entries"].size() == 64);
  CHECK(first[1]["entries"].size() == 36);
  CHECK(first[0]["entries"][0]["name"] == "n0");
  CHECK(first[0]["entries"][0]["addresses"].size() == 2);
  CHECK(first[0]["entries"][0]["ttl"] == 300);
  resolver.wake();
  CHECK(learned_after(4).size() == 4);
}

}  // namespace
}  // namespace sekisho::controlplane
