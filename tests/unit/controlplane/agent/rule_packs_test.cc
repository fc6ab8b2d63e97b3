#include "controlplane/agent/rule_packs.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "dying_files.h"
#include "scratch_folder.h"

namespace sekisho::controlplane {
namespace {

const std::string kRule = "alert udp any any -> any any (content:\"abc\"; sid:1;)\n";
const std::string kOther = "alert udp any any -> any any (content:\"def\"; sid:2;)\n";
const std::string kName(64, 'a');

struct Bench {
  ScratchFolder folder;
  DiskFiles disk;
  Bench() {
    std::filesystem::create_directories(folder.file("ips/packs"));
    std::filesystem::create_directories(folder.file("ips/content"));
    std::filesystem::create_directories(folder.file("shipped"));
  }
  RulePacks packs() {
    return {folder.file("shipped"),
            folder.file("ips"),
            {.binary = COMPILER_BINARY, .geo_database = {}},
            disk};
  }
  bool is_compiled(const std::string& name) const {
    return std::filesystem::exists(folder.file("ips/" + name));
  }
};

Status import_now(RulePacks& packs, const std::string& name, const std::string& text) {
  auto staged = packs.import_pack(name, text);
  return staged ? packs.commit_change() : staged;
}

Status remove_now(RulePacks& packs, const std::string& name) {
  auto staged = packs.remove_pack(name);
  return staged ? packs.commit_change() : staged;
}

TEST_CASE("the digest of the packs changes with what they say") {
  Bench bench;
  auto packs = bench.packs();
  CHECK(*packs.digest() == "");
  REQUIRE(import_now(packs, "a.rules", kRule));
  const auto first = *packs.digest();
  CHECK(first.size() == 64);
  REQUIRE(import_now(packs, "a.rules", kOther));
  const auto second = *packs.digest();
  CHECK(second != first);
  bench.folder.write("shipped/b.rules", kRule);
  CHECK(*packs.digest() != second);
  REQUIRE(remove_now(packs, "a.rules"));
  bench.folder.write("shipped/b.rules", "");
  REQUIRE(import_now(packs, "a.rules", kRule));
  CHECK(*packs.digest() != first);  // an empty pack is a pack
}

TEST_CASE("packs are listed with where they came from") {
  Bench bench;
  bench.folder.write("shipped/s.rules", kRule);
  bench.folder.write("shipped/README.md", "no rules");
  auto packs = bench.packs();
  REQUIRE(import_now(packs, "i.rules", kOther));
  const auto list = packs.list("");
  REQUIRE(list);
  REQUIRE(list->size() == 2);
  CHECK((*list)[0].name == "s.rules");
  CHECK((*list)[0].origin == RulePacks::Origin::firmware);
  CHECK((*list)[1].name == "i.rules");
  CHECK((*list)[1].bytes == kOther.size());
  CHECK((*list)[1].origin == RulePacks::Origin::import);
  CHECK_FALSE((*list)[1].is_counted);
}

TEST_CASE("a pack's name cannot lead anywhere else") {
  Bench bench;
  auto packs = bench.packs();
  for (const std::string name :
       {"", "../a.rules", "/a.rules", ".rules", "a/b.rules", "a\n.rules", "a b.rules",
        "other.config", "/x.lst", "a.rules/../x.lst", "a.rules//x.lst", "a.rules/", "a.rules/.x",
        "a@x.lst", "x.lst.new", "a.rules/x.config", "..", "a.rules/threshold.config",
        "ips_rules"}) {
    CAPTURE(name);
    CHECK_FALSE(import_now(packs, name, kRule));
    CHECK_FALSE(remove_now(packs, name));
  }
  CHECK_FALSE(import_now(packs, std::string(123, 'a') + ".rules", kRule));
  CHECK(import_now(packs, "threshold.config", "suppress gen_id 1, sig_id 1\n"));
  CHECK_FALSE(remove_now(packs, "../ips/packs/threshold.config"));
}

TEST_CASE("files that rules load are kept with their pack and go with it") {
  Bench bench;
  auto packs = bench.packs();
  REQUIRE(import_now(packs, "a.rules", kRule));
  const auto alone = *packs.digest();
  REQUIRE(import_now(packs, "a.rules/sets/x.lst", "1"));
  REQUIRE(import_now(packs, "x.lst", "2"));
  CHECK(*packs.digest() != alone);
  auto list = packs.list({});
  REQUIRE(list->size() == 3);
  CHECK((*list)[1].name == "a.rules/sets/x.lst");
  bench.folder.write("ips/packs/b.rules.new", "half a fi");
  CHECK(packs.list({})->size() == 3);
  SECTION("with another version of the pack") {
    REQUIRE(import_now(packs, "a.rules", kOther));
    CHECK(packs.list({})->size() == 2);
  }
  SECTION("with the pack") {
    REQUIRE(remove_now(packs, "a.rules"));
    CHECK(packs.list({})->size() == 1);
    REQUIRE(remove_now(packs, "x.lst"));
    CHECK(*packs.digest() == "");
  }
  SECTION("alone") {
    REQUIRE(remove_now(packs, "a.rules/sets/x.lst"));
    CHECK(packs.list({})->size() == 2);
    CHECK_FALSE(remove_now(packs, "a.rules@sets@x.lst"));
  }
}

TEST_CASE("packs that the compiler could not take together are refused") {
  Bench bench;
  auto packs = bench.packs();
  const std::string half(RulePacks::kMaxAllBytes / 2 + 1, '#');
  REQUIRE(import_now(packs, "a.rules", half));
  REQUIRE(import_now(packs, "a.rules", half));  // in the place of the other
  const auto refused = import_now(packs, "b.rules", half);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.starts_with("with b.rules the packs would have more than"));
}

TEST_CASE("rules are compiled once for their name") {
  Bench bench;
  auto packs = bench.packs();
  REQUIRE(import_now(packs, "a.rules", kRule + "alert nonsense\n"));
  CHECK(packs.prepare({}));  // no rules: nothing to do
  const auto told = packs.prepare({.name = kName, .own = kOther + kRule, .variables = {}});
  REQUIRE(told);
  REQUIRE(told->size() == 2);
  CHECK((*told)[0].message == "IPS rules: a.rules:2: no options: \"(\" is missing");
  CHECK((*told)[1].message ==
        "IPS rules: ips_rules:2: rule 1: sid 1 rev 0 gives way to rev 0 at a.rules:1");
  REQUIRE(bench.is_compiled(kName));
  const auto made = bench.folder.read("ips/" + kName);
  CHECK(made.size() > 100);
  bench.folder.write("ips/" + kName, "untouched");
  REQUIRE(packs.prepare({.name = kName, .own = kOther, .variables = {}}));
  CHECK(bench.folder.read("ips/" + kName) == "untouched");
}

TEST_CASE("what was compiled for the rules in force is taken over, unless it is damaged") {
  Bench bench;
  auto packs = bench.packs();
  const std::string before(64, 'b'), alone(64, 'c');
  REQUIRE(import_now(packs, "a.rules", kRule));
  REQUIRE(packs.prepare({.name = before, .own = {}, .variables = {}}));
  const std::string damage = GENERATE("", "short", "changed", "missing");
  const auto made = bench.folder.read("ips/" + before);
  if (damage == "short") bench.folder.write("ips/" + before, made.substr(0, made.size() / 2));
  if (damage == "changed")
    bench.folder.write("ips/" + before, made.substr(0, made.size() - 9) + "123456789");
  if (damage == "missing") std::filesystem::remove(bench.folder.file("ips/" + before));
  REQUIRE(packs.prepare({.name = kName, .own = kOther, .variables = {}}, before));
  REQUIRE(packs.prepare({.name = alone, .own = kOther, .variables = {}}));
  CHECK(bench.folder.read("ips/" + kName) == bench.folder.read("ips/" + alone));
}

TEST_CASE("the console's packs are compiled with the others, and what became of each is known") {
  Bench bench;
  std::string before;
  {
    auto packs = bench.packs();
    REQUIRE(import_now(packs, "a.rules", kRule));
    before = *packs.digest();
    REQUIRE(packs.content().stage(
        {5,
         {{"et",
           3,
           {{"b.rules", kOther + "alert nonsense\n"}, {"c.rules", "alert nonsense\n"}}}}}));
    REQUIRE(packs.content().commit());
    CHECK(*packs.digest() != before);
    REQUIRE(packs.prepare({.name = kName, .own = {}, .variables = {}}));
  }
  auto packs = bench.packs();  // after a restart
  const auto list = packs.list(kName);
  REQUIRE(list);
  REQUIRE(list->size() == 2);
  CHECK((*list)[0].rules == 1);
  const auto& pack = (*list)[1];
  CHECK(pack.name == "et");
  CHECK(pack.origin == RulePacks::Origin::console);
  CHECK(pack.version == 3);
  CHECK(pack.is_counted);
  CHECK(pack.rules == 1);
  CHECK(pack.refused == 2);
  packs.remove_unused({kName});
  CHECK(packs.list(kName)->at(1).is_counted);
}

TEST_CASE("compiled files that nothing needs are removed, the last ones stay") {
  Bench bench;
  auto packs = bench.packs();
  REQUIRE(import_now(packs, "a.rules", kRule));
  bench.folder.write("ips/" + std::string(64, 'f'), "of an earlier life");
  for (char c = 'a'; c < 'a' + static_cast<char>(RulePacks::kKeptFiles) + 1; ++c)
    REQUIRE(packs.prepare({.name = std::string(64, c), .own = {}, .variables = {}}));
  packs.remove_unused({kName});
  CHECK(bench.is_compiled(kName));  // in use, though the oldest
  CHECK(bench.is_compiled(std::string(64, 'e')));
  CHECK_FALSE(bench.is_compiled(std::string(64, 'f')));
  CHECK(packs.list("")->size() == 1);
  packs.remove_unused({});
  CHECK_FALSE(bench.is_compiled(kName));
}

TEST_CASE("an import counts when all of it is there, or not at all") {
  Bench bench;
  auto packs = bench.packs();
  REQUIRE(import_now(packs, "a.rules", kRule));
  REQUIRE(import_now(packs, "a.rules/x.lst", "1"));
  const auto before = *packs.digest();
  REQUIRE(packs.import_pack("a.rules", kOther));  // without x.lst
  REQUIRE(packs.import_pack("b.rules", kOther));
  CHECK(*packs.digest() == before);
  CHECK(packs.list("")->size() == 2);
  CHECK(packs.has_change());
  SECTION("tried") {
    packs.try_change();
    const auto tried = *packs.digest();
    CHECK(tried != before);
    packs.discard_change();
    CHECK(*packs.digest() == before);
    CHECK_FALSE(packs.has_change());
    REQUIRE(packs.import_pack("a.rules", kOther));
    REQUIRE(packs.import_pack("b.rules", kOther));
    REQUIRE(packs.commit_change());
    CHECK(*packs.digest() == tried);
    CHECK(packs.list("")->size() == 2);  // b.rules came, x.lst went
  }
  SECTION("taken away again before it counted") {
    REQUIRE(packs.remove_pack("b.rules"));
    CHECK_FALSE(packs.remove_pack("b.rules"));
    REQUIRE(packs.remove_pack("a.rules"));
    CHECK(*packs.digest() == before);
    REQUIRE(packs.commit_change());
    CHECK(packs.list("")->empty());
  }
  SECTION("whoever prepared it went away") {
    auto next = bench.packs();
    CHECK(*next.digest() == before);
    CHECK_FALSE(next.has_change());
    CHECK(bench.folder.read("ips/packs/+b.rules").empty());
  }
}

TEST_CASE("a kill at any moment of a change leaves the packs before it or those after it") {
  std::string before, after;
  const auto change = [](RulePacks& packs) {
    const auto imported = packs.import_pack("a.rules", kOther);
    const auto file = packs.import_pack("a.rules/y.lst", "2");
    const auto removed = packs.remove_pack("gone.rules");
    packs.try_change();
    const auto committed = packs.commit_change();
    REQUIRE((imported && file && removed && committed));
  };
  const auto begin = [](Bench& bench) {
    auto packs = bench.packs();
    REQUIRE(import_now(packs, "a.rules", kRule));
    REQUIRE(import_now(packs, "a.rules/x.lst", "1"));
    REQUIRE(import_now(packs, "gone.rules", kRule));
    return *packs.digest();
  };
  int changes = 0;
  {
    Bench bench;
    before = begin(bench);
    DyingFiles counting(-1);
    RulePacks packs(bench.folder.file("shipped"), bench.folder.file("ips"),
                    {.binary = COMPILER_BINARY, .geo_database = {}}, counting);
    change(packs);
    after = *packs.digest();
    changes = counting.changes();
  }
  REQUIRE(before != after);
  REQUIRE(changes > 8);
  bool is_after = false;
  for (int moment = 0; moment < changes; ++moment) {
    CAPTURE(moment);
    Bench bench;
    static_cast<void>(begin(bench));
    DyingFiles dying(moment);
    try {
      RulePacks packs(bench.folder.file("shipped"), bench.folder.file("ips"),
                      {.binary = COMPILER_BINARY, .geo_database = {}}, dying);
      change(packs);
    } catch (const Killed&) {
    }
    auto packs = bench.packs();
    const auto found = *packs.digest();
    CHECK(found == (is_after || found == after ? after : before));
    is_after = found == after;
    for (const auto& file : bench.disk.list(bench.folder.file("ips/packs"))) {
      CAPTURE(file);
      CHECK(file.find_first_of("+~=") == std::string::npos);
      CHECK_FALSE(file.ends_with(".new"));
    }
    if (!is_after) change(packs);
    CHECK(*packs.digest() == after);
  }
  CHECK(is_after);
}

TEST_CASE("packs that cannot be compiled are left out until they change") {
  Bench bench;
  bench.folder.write("shipped/s.rules", kRule);
  std::string without;
  {
    auto packs = bench.packs();
    without = *packs.digest();
    REQUIRE(import_now(packs, "a.rules", kOther));
    const auto with = *packs.digest();
    REQUIRE(packs.leave_out_more("too many"));
    CHECK(*packs.digest() == without);
    SECTION("not for good where that did not help") {
      packs.take_back_left_out();
      CHECK(*packs.digest() == with);
      CHECK_FALSE(packs.left_out());
    }
    SECTION("all in the end") {
      REQUIRE(packs.leave_out_more("too many"));
      CHECK(*packs.digest() == "");
      CHECK_FALSE(packs.leave_out_more("too many"));
    }
    REQUIRE_NOTHROW(packs.take_back_left_out());
    REQUIRE(packs.leave_out_more("too many"));
    REQUIRE(packs.keep_left_out());
  }
  auto packs = bench.packs();  // after a restart
  CHECK(*packs.digest() == without);
  REQUIRE(packs.left_out());
  CHECK(packs.left_out()->packs == std::vector<std::string>{"a.rules"});
  CHECK(packs.left_out()->reason == "too many");
  CHECK(packs.list("")->back().is_left_out);
  packs.remove_unused({});
  CHECK(*bench.packs().digest() == without);
  SECTION("another pack counts beside it") {
    REQUIRE(packs.import_pack("b.rules", kOther));
    packs.try_change();
    CHECK(packs.left_out());
    REQUIRE(packs.commit_change());
    CHECK(*packs.digest() != without);
    CHECK(packs.left_out());
  }
  SECTION("once more the same is tried once more") {
    REQUIRE(packs.import_pack("a.rules", kOther));
    packs.try_change();
    CHECK_FALSE(packs.left_out());
    packs.discard_change();
    CHECK(packs.left_out());
    REQUIRE(packs.import_pack("a.rules", kOther));
    packs.try_change();
    REQUIRE(packs.commit_change());
    CHECK_FALSE(bench.packs().left_out());
  }
}

TEST_CASE("a pack that cannot be read is told, and can be left out") {
  Bench bench;
  std::filesystem::create_directory(bench.folder.file("ips/packs/a.rules"));
  auto packs = bench.packs();
  REQUIRE_FALSE(packs.digest());
  CHECK(packs.digest().error().message.find("a.rules: ") == 0);
  REQUIRE(packs.leave_out_more(packs.digest().error().message));
  CHECK(*packs.digest() == "");
}

}  // namespace
}  // namespace sekisho::controlplane
