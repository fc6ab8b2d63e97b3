#include <catch2/catch.hpp>

#include "scratch_dir.h"
#include "session.h"

using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;

TEST_CASE("rules check names the place of each rule that is refused and loads the others") {
  ScratchDir dir;
  const auto file = (dir / "local.rules").string();
  append(file,
         "alert tcp any any -> any any (msg:\"a\"; content:\"abcd\"; sid:1;)\n"
         "# alert tcp any any -> any any (sid:2;)\n"
         "alert tcp any any -> any any (content:\"abcd\"; nonsense; sid:3;)\n"
         "alert tcp any any -> any any (content:\"ab\"; sid:4;)\n");
  Session session;
  CHECK(session.run({"rules", "check", file}) == ExitCode::negative);
  CHECK(session.err.find(file + ":3:47: sid 3: unknown keyword \"nonsense\"\n") !=
        std::string::npos);
  CHECK(session.err.find(file + ":4:1: warning: sid 4: slow") != std::string::npos);
  CHECK(session.out.starts_with("2 rules loaded, 1 refused, 1 disabled"));
  CHECK(session.run({"rules", "check", file, "--json"}) == ExitCode::negative);
  CHECK(session.out_json().at("loaded") == 2);
  CHECK(session.out_json().at("refused").at(0).at("column") == 47);
  CHECK(session.out_json().at("slow").at(0).at("sid") == 4);
  CHECK(session.requests.empty());
}

TEST_CASE("rules check takes variables and refuses to run without a file") {
  Session session;
  session.input = "alert tcp $OURS $OUR_PORTS -> any any (content:\"abcd\"; sid:1;)\n";
  CHECK(session.run({"rules", "check", "-"}) == ExitCode::negative);
  CHECK(session.err.find("variable $OURS is not defined") != std::string::npos);
  CHECK(session.run({"rules", "check", "-", "--set", "OURS=192.0.2.0/24", "--set",
                     "OUR_PORTS=[80,443]"}) == ExitCode::done);
  CHECK(session.run({"rules", "check", "-", "--set", "OURS"}) == ExitCode::usage);
  CHECK(session.run({"rules", "check"}) == ExitCode::usage);
  CHECK(session.run({"rules", "check", "/no/such/file"}) == ExitCode::negative);
}
