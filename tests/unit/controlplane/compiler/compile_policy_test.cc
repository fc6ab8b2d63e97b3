#include "controlplane/compiler/compile_policy.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "config/snapshot/meta.h"
#include "config/snapshot/snapshot.h"
#include "engines/all_engines.h"

namespace sekisho::controlplane {
namespace {

CompiledPolicy compile(const std::string& yaml) {
  auto outcome = compile_policy(yaml, nullptr);
  REQUIRE(std::holds_alternative<CompiledPolicy>(outcome));
  return std::move(*std::get_if<CompiledPolicy>(&outcome));
}

std::string random_policy(unsigned seed) {
  std::mt19937 random(seed);
  std::string yaml = "version: 1\nrules:\n";
  for (auto i = random() % 40; i > 0; --i) {
    yaml += "  - {name: r" + std::to_string(i) + ", action: ";
    yaml += random() % 2 == 0 ? "allow" : "block";
    if (random() % 2 == 0)
      yaml += ", source: {addresses: [10." + std::to_string(random() % 256) + ".0.0/16]}";
    if (random() % 3 == 0)
      yaml += ", destination: {fqdns: [h" + std::to_string(random() % 9) + ".example.com]}";
    if (random() % 2 == 0) yaml += ", services: [tcp/" + std::to_string(random() % 65535 + 1) + "]";
    yaml += "}\n";
  }
  if (yaml.ends_with("rules:\n")) yaml += "  []\n";
  return yaml;
}

TEST_CASE("the same text gives the same bytes") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    const std::string yaml = random_policy(seed);
    CAPTURE(yaml);
    const auto first = compile(yaml);
    // Memory that was used in between must not show in the bytes.
    const auto other = compile(random_policy(seed + 1000));
    CHECK(compile(yaml).snapshot == first.snapshot);
    if (yaml != random_policy(seed + 1000)) CHECK(other.snapshot != first.snapshot);
  }
}

TEST_CASE(
    "a snapshot has the text, the names and one section an engine, and every engine loads its "
    "own") {
  const std::string yaml =
      "version: 1\ntime_zone: Europe/Paris\nrules:\n"
      "  - {name: web, action: block, log: false, destination: {fqdns: ['*.b.example', "
      "a.example]}}\n"
      "  - {name: off, enabled: false, destination: {fqdns: [c.example]}, action: allow}\n";
  const auto compiled = compile(yaml);
  CHECK(compiled.num_rules == 2);
  const auto view = snapshot::SnapshotView::open(compiled.snapshot);
  REQUIRE(view);
  const auto text = [&](std::string_view name) {
    const auto bytes = *view->section(name);
    std::string out(bytes.size(), '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) out[i] = static_cast<char>(bytes[i]);
    return out;
  };
  CHECK(text(snapshot::kSourceSection) == yaml);
  const auto meta = snapshot::parse_meta(text(snapshot::kMetaSection));
  REQUIRE(meta);
  CHECK(meta->time_zone == "Europe/Paris");
  REQUIRE(meta->rules.size() == 2);
  CHECK(meta->rules[0].name == "web");
  CHECK(meta->rules[0].action == "block");
  CHECK_FALSE(meta->rules[0].log);
  CHECK_FALSE(meta->rules[1].enabled);
  CHECK(meta->rules[1].line == 5);
  CHECK(meta->fqdns == std::vector<std::string>{"*.b.example", "a.example"});
  for (const auto* spec : engines::all_engines()) {
    CAPTURE(spec->name);
    const auto section = view->section(spec->name);
    REQUIRE(section);
    CHECK(spec->load(*section));
  }
}

TEST_CASE("mistakes of the loader and of engines have their place") {
  const auto outcome = compile_policy(
      "version: 1\nrules:\n  - {name: a, action: block, destination: {countries: [JP]}}\n",
      nullptr);
  const auto* mistakes = std::get_if<std::vector<policy::Diagnostic>>(&outcome);
  REQUIRE(mistakes != nullptr);
  REQUIRE(mistakes->size() == 1);
  CHECK(mistakes->front().position.line == 3);
  CHECK(std::holds_alternative<std::vector<policy::Diagnostic>>(compile_policy("{", nullptr)));
}

}  // namespace
}  // namespace sekisho::controlplane
