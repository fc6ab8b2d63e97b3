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

TEST_CASE("rules check refuses what a gateway refuses to compile, at the keyword") {
  ScratchDir dir;
  const auto file = (dir / "local.rules").string();
  append(file,
         "alert ip any any -> any any (iprep:src,NoCategory,>,30; sid:1;)\n"
         "alert http any any -> any any (http.host; dataset:isset,hosts,load nope.lst; sid:2;)\n"
         "alert http any any -> any any (filemd5:list.md5; sid:3;)\n"
         "alert dns any any -> any any (dns.query; datarep:names,>,9,load no.rep; sid:4;)\n"
         "alert http any any -> any any (http.host; dataset:isset,ours,load ours.lst; sid:5;)\n");
  append((dir / "ours.lst").string(), "YS5leGFtcGxl\n");
  Session session;
  CHECK(session.run({"rules", "check", file}) == ExitCode::negative);
  CHECK(session.err.find(file + ":1:30: sid 1: no reputation category is called NoCategory\n") !=
        std::string::npos);
  CHECK(session.err.find(file + ":2:43: sid 2: file nope.lst is not there\n") != std::string::npos);
  CHECK(session.err.find(file + ":3:32: sid 3: file list.md5 is not there\n") != std::string::npos);
  CHECK(session.err.find(file + ":4:42: sid 4: file no.rep is not there\n") != std::string::npos);
  CHECK(session.out.starts_with("1 rules loaded, 4 refused"));
}

TEST_CASE("rules check tells a loaded file that cannot be read and checks the rest") {
  ScratchDir dir;
  const auto file = (dir / "local.rules").string();
  std::filesystem::create_symlink("loop.lst", dir / "loop.lst");
  const std::string name(300, 'x');
  append(file,
         "alert http any any -> any any (http.host; dataset:isset,n,type string,load " + name +
             "; sid:1;)\n"
             "alert http any any -> any any (http.host; dataset:isset,l,load loop.lst; sid:2;)\n"
             "alert tcp any any -> any any (content:\"abcd\"; sid:3;)\n");
  Session session;
  CHECK(session.run({"rules", "check", file}) == ExitCode::negative);
  CHECK(session.err.find(file + ":1:1: warning: sid 1: file " + name +
                         " cannot be read: File name too long\n") != std::string::npos);
  CHECK(session.err.find(file + ":2:1: warning: sid 2: file loop.lst cannot be read: Too many "
                                "levels of symbolic links\n") != std::string::npos);
  CHECK(session.out.starts_with("1 rules loaded, 2 refused"));
}

TEST_CASE("rules check tells rules that are slow only because of their expression") {
  Session session;
  session.input =
      "alert tcp any any -> any any (pcre:\"/abc[0-9]+/\"; sid:1;)\n"
      "alert tcp any any -> any any (pcre:\"/(?:abc)*/\"; sid:2;)\n";
  CHECK(session.run({"rules", "check", "-", "--json"}) == ExitCode::done);
  REQUIRE(session.out_json().at("slow").size() == 1);
  CHECK(session.out_json().at("slow").at(0).at("sid") == 2);
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
