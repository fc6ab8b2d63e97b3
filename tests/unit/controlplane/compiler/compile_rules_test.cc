#include "controlplane/compiler/compile_rules.h"

#include <catch2/catch.hpp>
#include <string>

#include "config/base/aligned_bytes.h"
#include "config/snapshot/snapshot.h"
#include "engines/ips/ips.h"

namespace sekisho::controlplane {
namespace {

std::string framed(const std::string& name, const std::string& text) {
  return name + " " + std::to_string(text.size()) + "\n" + text;
}

const std::string kGood = "alert udp any any -> any any (msg:\"one\"; content:\"abc\"; sid:1;)\n";

TEST_CASE("rules of several texts become one file that the dataplane can load") {
  const auto compiled = compile_rules(
      framed("a.rules", kGood) +
      framed("b.rules", "alert udp any any -> any any (content:\"x\"; classtype:odd; sid:2;)\n") +
      framed("classification.config", "config classification: odd,An odd thing,1\n") +
      framed("threshold.config", "suppress gen_id 1, sig_id 1\n"));
  REQUIRE(compiled);
  CHECK(compiled->num_rules == 2);
  CHECK(compiled->refused.empty());
  const auto view = snapshot::SnapshotView::open(compiled->file);
  REQUIRE(view);
  const auto section = view->section(snapshot::kRulesSection);
  REQUIRE(section);
  CHECK(section->size() > 100);
}

TEST_CASE("a pack's files are known by their names, and what became of each is counted") {
  const auto compiled = compile_rules(
      framed("et/a.rules", kGood + "alert nonsense\n") +
      framed("et/b.rules",
             "alert udp any any -> any any (content:\"x\"; classtype:odd; sid:2;)\n") +
      framed("et/classification.config", "config classification: odd,An odd thing,1\n") +
      framed("et/threshold.config", "suppress gen_id 1, sig_id 1\n"));
  REQUIRE(compiled);
  CHECK(compiled->num_rules == 2);
  CHECK(compiled->refused.size() == 1);
  REQUIRE(compiled->counts.size() == 4);
  CHECK(compiled->counts[0].name == "et/a.rules");
  CHECK(compiled->counts[0].rules == 1);
  CHECK(compiled->counts[0].refused == 1);
  CHECK(compiled->counts[1].rules == 1);
  CHECK(compiled->counts[3].rules == 0);
}

TEST_CASE("a rule that cannot be understood is refused alone, by file, line and number") {
  const auto compiled =
      compile_rules(framed("a.rules", kGood + "alert udp any any -> any any (nonsense; sid:7;)\n"));
  REQUIRE(compiled);
  CHECK(compiled->num_rules == 1);
  REQUIRE(compiled->refused.size() == 1);
  CHECK(compiled->refused[0].position.line == 2);
  CHECK(compiled->refused[0].message.starts_with("a.rules: rule 7: "));
}

TEST_CASE(
    "of rules with one sid in two texts one is not in force, which is told with both places") {
  const auto compiled = compile_rules(framed("a.rules", kGood) + framed("b.rules", "\n" + kGood));
  REQUIRE(compiled);
  CHECK(compiled->num_rules == 1);
  REQUIRE(compiled->refused.size() == 1);
  CHECK(compiled->refused[0].position.line == 2);
  CHECK(compiled->refused[0].message ==
        "b.rules: rule 1: sid 1 rev 0 gives way to rev 0 at a.rules:1");
}

TEST_CASE("files that rules load are those of their pack, else those of all") {
  const std::string rule =
      "alert dns any any -> any any (dns.query; dataset:isset,hosts,type sha256,load sets/a.lst; "
      "sid:1;)\n";
  const auto values = std::string(64, 'a') + "\n";
  CHECK(compile_rules(framed("a.rules", rule) + framed("a.rules/sets/a.lst", values))->num_rules ==
        1);
  CHECK(compile_rules(framed("ips_rules", rule) + framed("sets/a.lst", values))->num_rules == 1);
  const auto missing =
      compile_rules(framed("a.rules", "\n" + rule) + framed("b.rules/sets/a.lst", values));
  REQUIRE(missing);
  REQUIRE(missing->refused.size() == 1);
  CHECK(missing->refused[0].position.line == 2);
  CHECK(missing->refused[0].message == "a.rules: rule 1: file sets/a.lst is not there");
  const auto own = compile_rules(framed("a.rules", rule) + framed("a.rules/sets/a.lst", "wrong\n") +
                                 framed("sets/a.lst", values));
  REQUIRE(own->refused.size() == 1);
  CHECK(own->refused[0].message ==
        "a.rules: rule 1: sets/a.lst: not a value of the dataset: wrong");
}

TEST_CASE("reputation comes with packs and is for the policy's own rules too") {
  const std::string rule = "alert ip any any -> any any (iprep:src,BadHosts,>,10; sid:2;)\n";
  const auto lists = framed("a.rules/bad.categories", "1,BadHosts,\n") +
                     framed("a.rules/bad.reputation", "192.0.2.1,1,127\n192.0.2.2,1,x\n");
  const auto compiled =
      compile_rules(framed("a.rules", kGood) + lists + framed("ips_rules", "\n" + rule));
  REQUIRE(compiled);
  CHECK(compiled->num_rules == 2);
  REQUIRE(compiled->refused.size() == 1);
  CHECK(compiled->refused[0].position.line == 2);
  CHECK(compiled->refused[0].message == "a.rules/bad.reputation: \"x\" is no score from 0 to 127");
  const auto without = compile_rules(framed("a.rules", rule));
  REQUIRE(without->refused.size() == 1);
  CHECK(without->refused[0].message ==
        "a.rules: rule 2: no reputation category is called BadHosts");
}

TEST_CASE("a rule that asks for a country is refused where there is no country database") {
  const auto compiled = compile_rules(framed(
      "a.rules", "alert ip any any -> any any (geoip:src,JP; requires:feature geoip; sid:1;)\n"));
  REQUIRE(compiled->refused.size() == 1);
  CHECK(compiled->refused[0].message ==
        "a.rules: rule 1: geoip: this gateway has no country database");
}

TEST_CASE("keywords of packs that have no effect are told with their rule, which is in force") {
  const auto compiled = compile_rules(framed(
      "a.rules", "alert http any any -> any any (http.uri; content:\"abc\"; filestore; sid:1;)\n"));
  CHECK(compiled->num_rules == 1);
  REQUIRE(compiled->refused.size() == 1);
  CHECK(compiled->refused[0].message ==
        "a.rules: rule 1: no effect here: filestore: a gateway keeps no files");
}

TEST_CASE("an administrator's own rules are known as such") {
  const auto compiled = compile_rules(
      framed("a.rules", kGood) + framed("ips_rules", "alert ip any any -> any any (sid:9;)\n"));
  REQUIRE(compiled);
  const auto view = snapshot::SnapshotView::open(compiled->file);
  const AlignedBytes section(*view->section(snapshot::kRulesSection));
  const auto rules = engines::ips::Ruleset::load(section.view());
  REQUIRE(rules);
  REQUIRE((*rules)->num_rules() == 2);
  for (std::uint32_t i = 0; i < 2; ++i)
    CHECK((*rules)->info(i).own == ((*rules)->info(i).signature == 9));
}

TEST_CASE(
    "a policy's variables count for packs, and a rule whose variable nobody sets is refused") {
  const auto rules = framed(
      "a.rules", "alert tcp any any -> $PRINTERS $PRINTER_PORTS (content:\"abc\"; sid:1;)\n");
  const auto without = compile_rules(rules);
  REQUIRE(without);
  REQUIRE(without->refused.size() == 1);
  CHECK(without->refused[0].message.find("a.rules: rule 1: address variable $PRINTERS is not "
                                         "defined") != std::string::npos);
  const auto with = compile_rules(
      rules + framed("variables.config", "PRINTERS=[10.0.0.9]\nPRINTER_PORTS=9100\n"));
  REQUIRE(with);
  CHECK(with->num_rules == 1);
  CHECK(with->refused.empty());
}

TEST_CASE("the same rules give the same bytes") {
  const auto input = framed("a.rules", kGood);
  CHECK(compile_rules(input)->file == compile_rules(input)->file);
}

TEST_CASE("an input of another form is refused") {
  for (const auto* input : {"x", "a.rules\n", "a.rules 5\nabc", "a.rules -1\n", "a.rules 1x\na",
                            "a.rules 99999999999999999999999\n"}) {
    CAPTURE(input);
    CHECK_FALSE(compile_rules(input));
  }
}

}  // namespace
}  // namespace sekisho::controlplane
