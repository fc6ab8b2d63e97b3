#include <catch2/catch.hpp>

#include "scratch_dir.h"
#include "session.h"

using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::contents;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;

namespace {

const std::string kShown = R"({"ok":true,"subject":"O=Sekisho, CN=Sekisho","issuer":"CN=Root",
  "organization":"Sekisho","common_name":"Sekisho","not_before":1800000000,"not_after":2500000000,
  "key":"ECDSA P-256","origin":"generated","fingerprint":"00abff","certificate":"-----BEGIN\n",
  "certificate_der":"3000ff"})";

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("ca show tells what a client's certificate manager shows, too") {
  Session session;
  session.replies["control/ca.show"] = {kShown};
  REQUIRE(session.run({"ca", "show"}) == ExitCode::done);
  for (const auto* part :
       {"O=Sekisho, CN=Sekisho", "CN=Root", "ECDSA P-256", "generated", "00:AB:FF"})
    CHECK(has(session.out, part));
  REQUIRE(session.run({"ca", "show", "--json"}) == ExitCode::done);
  CHECK(session.out_json().at("certificate") == "-----BEGIN\n");
  CHECK_FALSE(session.out_json().contains("certificate_der"));
}

TEST_CASE("ca export writes text or bytes, to a file or to standard output") {
  Session session;
  session.replies["control/ca.show"] = {kShown};
  REQUIRE(session.run({"ca", "export"}) == ExitCode::done);
  CHECK(session.out == "-----BEGIN\n");
  const ScratchDir dir;
  REQUIRE(session.run({"ca", "export", (dir / "a.crt").string()}) == ExitCode::done);
  CHECK(contents(dir / "a.crt") == "-----BEGIN\n");
  REQUIRE(session.run({"ca", "export", "--der", (dir / "a.cer").string()}) == ExitCode::done);
  CHECK(contents(dir / "a.cer") == std::string("\x30\0\xff", 3));
}

TEST_CASE("an authority is destroyed only where somebody says that it may be") {
  Session session;
  session.replies["control/ca.show"] = {kShown};
  session.replies["control/ca.regenerate"] = {kShown};
  session.replies["control/ca.import"] = {kShown};
  const ScratchDir dir;
  append(dir / "c.crt", "certificate");
  append(dir / "c.key", "secret");
  const auto certificate = (dir / "c.crt").string(), key = (dir / "c.key").string();
  CHECK(session.run({"ca", "regenerate"}) == ExitCode::usage);
  CHECK(has(session.err, "every client must install the new certificate"));
  CHECK(has(session.out, "00:AB:FF"));
  CHECK(session.run({"ca", "import", certificate, key}) == ExitCode::usage);
  for (const auto& request : session.requests) CHECK(request.at("op") == "ca.show");
  REQUIRE(session.run({"ca", "regenerate", "--organization", "Works", "--key", "rsa-3072",
                       "--yes"}) == ExitCode::done);
  CHECK(session.requests.back() ==
        nlohmann::json::parse(
            R"({"op":"ca.regenerate","organization":"Works","key_type":"rsa-3072"})"));
  REQUIRE(session.run({"ca", "import", certificate, key, "--yes"}) == ExitCode::done);
  CHECK(session.requests.back() ==
        nlohmann::json::parse(R"({"op":"ca.import","certificate":"certificate","key":"secret"})"));
  CHECK(session.run({"ca", "regenerate", "--key", "dsa", "--yes"}) == ExitCode::usage);
  CHECK(session.run({"ca", "import", certificate, (dir / "none").string(), "--yes"}) ==
        ExitCode::negative);
}
