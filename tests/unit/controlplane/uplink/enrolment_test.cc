#include <catch2/catch.hpp>

#include "link_bench.h"

namespace sekisho::controlplane {
namespace {

TEST_CASE("a code enrols the box at the console that it names, once") {
  const TestAuthority authority;
  FakeConsole console(authority);
  LinkBench bench;
  CHECK(bench.uplink->status()["state"] == "not_enrolled");
  std::string typed = console.code();
  for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  const auto enrolled = bench.uplink->enrol(console.address(), typed, false);
  REQUIRE(enrolled);
  CHECK((*enrolled)["gateway"] == "gateway");
  REQUIRE(bench.wait_for_state("connected"));
  const auto again = bench.uplink->enrol(console.address(), console.code(), false);
  CHECK(again.error().message == "this box is enrolled as gateway gateway at " + console.address() +
                                     "; --again replaces that");
  REQUIRE(bench.uplink->enrol(console.address(), console.code(), true));
  CHECK(console.wait_for([&](const auto&) { return true; }));
  REQUIRE(bench.wait_for([&] { return console.hellos() == 2; }));
  bench.restart();
  REQUIRE(bench.wait_for_state("connected"));
  REQUIRE(bench.uplink->unenrol());
  CHECK(bench.wait_for_state("not_enrolled"));
  CHECK_FALSE(bench.uplink->unenrol());
  CHECK(bench.folder.count("identity.json") == 0);
}

TEST_CASE("what is wrong with an enrolment is told, and nothing changes") {
  const TestAuthority authority;
  const TestAuthority other("other");
  FakeConsole console(authority);
  const FakeConsole stranger(other);
  LinkBench bench;
  const auto error = [&](const std::string& address, const std::string& code) {
    const auto enrolled = bench.uplink->enrol(address, code, false);
    REQUIRE_FALSE(enrolled);
    return enrolled.error().message;
  };
  CHECK_THAT(error("127.0.0.1:1", console.code()),
             Catch::Contains("127.0.0.1:1: Connection refused"));
  CHECK(error(stranger.address(), console.code()) ==
        "the activation code is for another console than " + stranger.address());
  const auto used = activation::to_text({.secret = {9}, .authority = authority.fingerprint()});
  CHECK(error(console.address(), used) ==
        "the console refuses the activation code: it is unknown, used or expired");
  CHECK_THAT(error(console.address(), "ABCD"), Catch::Contains("it has 4 characters"));
  CHECK(error("", console.code()) == "the console's address is missing (HOST:PORT)");
  CHECK_FALSE(bench.uplink->is_enrolled());
  CHECK(bench.folder.count("identity.json") == 0);
}

TEST_CASE("of a console's addresses the first that answers enrols the box") {
  const TestAuthority authority;
  FakeConsole console(authority);
  LinkBench bench;
  const std::string addresses = "127.0.0.1:1, " + console.address();
  const auto enrolled = bench.uplink->enrol(addresses, console.code(), false);
  REQUIRE(enrolled);
  CHECK((*enrolled)["console"] == "127.0.0.1:1," + console.address());
  REQUIRE(bench.wait_for_state("connected"));
  CHECK(bench.uplink->status()["address"] == console.address());
  CHECK(bench.uplink->status()["addresses"] == nlohmann::json{"127.0.0.1:1", console.address()});
}

TEST_CASE("when none of a console's addresses answers, the trouble with each is told") {
  const TestAuthority authority;
  FakeConsole console(authority);
  LinkBench bench;
  const auto enrolled = bench.uplink->enrol("127.0.0.1:1,127.0.0.1:2", console.code(), false);
  REQUIRE_FALSE(enrolled);
  CHECK_THAT(enrolled.error().message, Catch::Contains("127.0.0.1:1: Connection refused; ") &&
                                           Catch::Contains("127.0.0.1:2: Connection refused"));
  CHECK(bench.uplink->enrol("127.0.0.1", console.code(), false).error().message ==
        "the console's address: '127.0.0.1' is not HOST:PORT");
}

TEST_CASE("a console without a certificate for its role is known by its address") {
  const TestAuthority authority;
  LinkBench bench;
  {
    FakeConsole console(authority, 0, "IP:127.0.0.1,DNS:localhost");
    bench.enrol(console);
    CHECK(bench.wait_for_state("connected"));
  }
  LinkBench wrong;
  FakeConsole console(authority, 0, "DNS:gateway-7");
  CHECK_FALSE(wrong.uplink->enrol(console.address(), console.code(), false));
}

TEST_CASE("a certificate is renewed in time, with a new key") {
  const TestAuthority authority;
  FakeConsole console(authority);
  console.behave({.certificate_lived = 60'000});  // of 86,400
  LinkBench bench;
  bench.enrol(console);
  REQUIRE(bench.wait_for([&] { return console.renewals() == 1; }));
  REQUIRE(bench.wait_for_state("connected"));
}

TEST_CASE("a revoked box says so, and enrolling it anew helps at once") {
  const TestAuthority authority;
  FakeConsole console(authority);
  LinkBench bench;
  bench.enrol(console);
  REQUIRE(bench.wait_for_state("connected"));
  console.behave({.revoked = true});
  console.hang_up();
  REQUIRE(bench.wait_for_state("revoked"));
  CHECK_THAT(bench.uplink->status()["last_error"].get<std::string>(), Catch::Contains("revoked"));
  console.behave({});
  REQUIRE(bench.uplink->enrol(console.address(), console.code(), true));
  CHECK(bench.wait_for_state("connected"));
}

}  // namespace
}  // namespace sekisho::controlplane
