#include "controlplane/scan/clamd_client.h"

#include <catch2/catch.hpp>

#include "fake_clamd.h"

namespace sekisho::controlplane {
namespace {

using Kind = ClamdFinding::Kind;

TEST_CASE("what clamd says of a file is read") {
  struct Case {
    std::string reply;
    ClamdFinding finding;
  };
  const auto one = GENERATE(
      Case{"fd[11]: OK", {Kind::nothing, ""}},
      Case{"fd[11]: Eicar-Test FOUND", {Kind::malware, "Eicar-Test"}},
      Case{"fd[11]: Eicar-Test.UNOFFICIAL FOUND", {Kind::malware, "Eicar-Test"}},
      Case{"fd[11]: YARA.Sekisho_X.UNOFFICIAL FOUND", {Kind::malware, "Sekisho_X"}},
      Case{"fd[11]: Heuristics.Encrypted.Zip FOUND", {Kind::encrypted, "Heuristics.Encrypted.Zip"}},
      Case{"fd[11]: Heuristics.Limits.Exceeded.MaxRecursion FOUND",
           {Kind::over_limits, "Heuristics.Limits.Exceeded.MaxRecursion"}});
  const auto read = parse_clamd_reply(one.reply);
  REQUIRE(read);
  CHECK(*read == one.finding);
}

TEST_CASE("its errors, and what it never says, are no verdict") {
  CHECK(parse_clamd_reply("fd[11]: Can't allocate memory ERROR").error().code == Error::Code::io);
  for (const auto* reply : {"", "OK", "fd[11]: ", "fd[11]:OK", "fd[11]:  FOUND", "fd[11]: ok",
                            "stream: OK", "UNKNOWN COMMAND", "fd[11]: X FOUND "}) {
    CAPTURE(reply);
    CHECK_FALSE(parse_clamd_reply(reply));
  }
}

TEST_CASE("a clamd is asked, and whether it runs is known") {
  const ClamdClient nobody("/tmp/there-is-no-such.sock");
  CHECK_FALSE(nobody.ping(std::chrono::milliseconds(100)));
  CHECK(nobody.instance() == 0);
  CHECK(nobody.scan(0, std::chrono::milliseconds(100)).error().code == Error::Code::not_found);
  const test::FakeClamd clamd([](unsigned n) { return n == 0 ? "OK" : ""; });
  const ClamdClient client(clamd.path());
  CHECK(client.ping(std::chrono::seconds(5)));
  const auto first = client.instance();
  CHECK(first != 0);
  CHECK(client.scan(0, std::chrono::seconds(5)));
  CHECK(client.scan(0, std::chrono::seconds(5)).error().code == Error::Code::resource);
}

}  // namespace
}  // namespace sekisho::controlplane
