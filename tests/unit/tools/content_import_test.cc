#include <catch2/catch.hpp>
#include <filesystem>

#include "scratch_dir.h"
#include "session.h"

using namespace sekisho::tools;
using sekisho::tools::test::append;
using sekisho::tools::test::ScratchDir;
using sekisho::tools::test::Session;

namespace {

const char* const kDone = R"({"ok":true})";
const char* const kRefused = R"({"ok":false,"error":{"code":"resource","message":"no room"}})";

std::string plain_rule() {
  return "alert tcp any any -> any any (msg:\"plain\"; content:\"abcd\"; sid:1;)\n";
}

std::string rule_that_loads(const std::string& name, int sid = 2) {
  return "alert http any any -> any any (http.host; dataset:isset,n,type string,load " + name +
         "; sid:" + std::to_string(sid) + ";)\n";
}

/// A gateway that takes all of it and has no imported packs.
Session session_of_empty_gateway() {
  Session session;
  session.replies["control/content.begin"] = {kDone};
  session.replies["control/content.import"] = {kDone};
  session.replies["control/content.remove"] = {kDone};
  session.replies["control/content.apply"] = {R"({"ok":true,"serial":7})"};
  return session;
}

/// "OP NAME" of each request about packs; the policy is asked for its variables besides.
std::vector<std::string> sent(const Session& session) {
  std::vector<std::string> list;
  for (const auto& request : session.requests) {
    const auto op = request.at("op").get<std::string>();
    if (op.starts_with("content.")) list.push_back(op + " " + request.value("name", ""));
  }
  return list;
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("content import sends a pack with the files that its rules load, then applies") {
  ScratchDir dir;
  const auto file = (dir / "a.rules").string();
  append(file, plain_rule() + rule_that_loads("ours.lst"));
  append(dir / "ours.lst", "YS5leGFtcGxl\n");
  auto session = session_of_empty_gateway();
  CHECK(session.run({"content", "import", file}) == ExitCode::done);
  CHECK(sent(session) == std::vector<std::string>{"content.begin ", "content.import a.rules",
                                                  "content.import a.rules/ours.lst",
                                                  "content.apply "});
}

TEST_CASE("content import tells a loaded file that cannot be read and imports the rest") {
  ScratchDir dir;
  const auto file = (dir / "a.rules").string();
  std::filesystem::create_symlink("loop.lst", dir / "loop.lst");
  const auto name = GENERATE(std::string(300, 'x'), std::string("loop.lst"), std::string("none"));
  append(file, plain_rule() + rule_that_loads(name));
  auto session = session_of_empty_gateway();
  CHECK(session.run({"content", "import", file}) == ExitCode::done);
  const auto why = name == "none"       ? "is not there\n"
                   : name == "loop.lst" ? "cannot be read: Too many levels of symbolic links\n"
                                        : "cannot be read: File name too long\n";
  CHECK(says(session.err, file + ":2:1: rule 2: file " + name + " " + why));
  CHECK(sent(session) ==
        std::vector<std::string>{"content.begin ", "content.import a.rules", "content.apply "});
}

TEST_CASE("content import takes no file from behind a symbolic link out of the pack's folder") {
  ScratchDir outside;
  append(outside / "secret", "YS5leGFtcGxl\n");
  ScratchDir dir;
  const auto file = (dir / "a.rules").string();
  std::filesystem::create_symlink(outside / "secret", dir / "link.lst");
  std::filesystem::create_symlink(outside / "secret", dir / "link.reputation");
  append(dir / "kept.lst", "YS5leGFtcGxl\n");
  std::filesystem::create_symlink("kept.lst", dir / "inner.lst");
  append(file, rule_that_loads("link.lst") + rule_that_loads("inner.lst", 4) +
                   "alert ip any any -> any any (iprep:src,Bad,>,30; sid:3;)\n");
  auto session = session_of_empty_gateway();
  CHECK(session.run({"content", "import", file}) == ExitCode::done);
  CHECK(says(session.err, "file link.lst is a symbolic link out of the folder of the rules\n"));
  CHECK(says(session.err, "link.reputation is a symbolic link out of the folder of the rules\n"));
  CHECK(sent(session) == std::vector<std::string>{"content.begin ", "content.import a.rules",
                                                  "content.import a.rules/inner.lst",
                                                  "content.apply "});
}

TEST_CASE("content import sends nothing where a gateway would not take one of the files") {
  ScratchDir dir;
  const auto file = (dir / "fb.rules").string();
  auto session = session_of_empty_gateway();
  SECTION("a name that no gateway takes") {
    append(file, plain_rule() + rule_that_loads("fb.rules"));
    CHECK(session.run({"content", "import", file}) == ExitCode::negative);
    CHECK(says(session.err, "'fb.rules/fb.rules' is no name for a pack"));
  }
  SECTION("a loaded file that is no text") {
    append(file, plain_rule() + rule_that_loads("a.lst"));
    append(dir / "a.lst", "\xff\xfe");
    CHECK(session.run({"content", "import", file}) == ExitCode::negative);
    CHECK(says(session.err, "a.lst: is no UTF-8 text"));
  }
  SECTION("a loaded file beyond what can be sent") {
    append(file, plain_rule() + rule_that_loads("a.lst"));
    append(dir / "a.lst", "");
    std::filesystem::resize_file(dir / "a.lst", std::uintmax_t{20} << 30);  // sparse
    CHECK(session.run({"content", "import", file}) == ExitCode::negative);
    CHECK(says(session.err, ":2:1: rule 2: file a.lst is larger than 16 MiB\n"));
  }
  SECTION("a second operand beyond what can be sent") {
    append(file, plain_rule());
    append(dir / "b.lst", "");
    std::filesystem::resize_file(dir / "b.lst", std::uintmax_t{20} << 30);
    const auto second = (dir / "b.lst").string();
    CHECK(session.run({"content", "import", file, second}) == ExitCode::negative);
    CHECK(says(session.err, second + ": larger than 16 MiB\n"));
  }
  SECTION("more together than all packs may have") {
    std::vector<std::string> arguments{"content", "import"};
    append(dir / "big", std::string(std::size_t{15} << 20, 'x'));
    for (char c = 'a'; c < 'i'; ++c) {
      const auto name = dir / (std::string(1, c) + ".lst");
      std::filesystem::create_hard_link(dir / "big", name);
      arguments.push_back(name.string());
    }
    CHECK(session.run(arguments) == ExitCode::negative);
    CHECK(says(session.err, "with h.lst more than 112 MiB"));
  }
  CHECK(sent(session).empty());
}

TEST_CASE("content import that the gateway refuses half-way leaves nothing behind") {
  ScratchDir dir;
  const auto file = (dir / "a.rules").string();
  append(file, plain_rule() + rule_that_loads("ours.lst"));
  append(dir / "ours.lst", "YS5leGFtcGxl\n");
  auto session = session_of_empty_gateway();
  session.replies["control/content.import"] = {kDone, kRefused};
  CHECK(session.run({"content", "import", file}) == ExitCode::refused);
  CHECK(sent(session) == std::vector<std::string>{"content.begin ", "content.import a.rules",
                                                  "content.import a.rules/ours.lst",
                                                  "content.begin "});
  CHECK(says(session.err, "no room"));
}

TEST_CASE("content remove begins a change of its own") {
  auto session = session_of_empty_gateway();
  CHECK(session.run({"content", "remove", "a.rules"}) == ExitCode::done);
  CHECK(sent(session) ==
        std::vector<std::string>{"content.begin ", "content.remove a.rules", "content.apply "});
}
