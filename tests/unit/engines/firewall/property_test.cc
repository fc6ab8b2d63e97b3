#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "engines/firewall/firewall.h"
#include "mmdb_writer.h"
#include "random_cases.h"
#include "reference_interpreter.h"
#include "sanitizers.h"

namespace sekisho::engines::firewall {

namespace {

constexpr std::uint32_t kNow = 1000;

rules::GeoDatabase country_database() {
  const auto path = std::filesystem::temp_directory_path() /
                    ("sekisho_firewall_test_" + std::to_string(::getpid()) + ".mmdb");
  write_mmdb(path.string(), RandomCases::country_blocks());
  auto database = rules::GeoDatabase::open(path.string());
  std::filesystem::remove(path);
  if (!database) FAIL(database.error().message);
  return *std::move(database);
}

/// A compiled policy and what its world knows.
struct Subject {
  policy::Policy policy;
  Artifact artifact;
  std::unique_ptr<const Firewall> firewall;
  LearnedAddresses learned{8192};  // roomy: nothing is displaced
  std::map<IpAddress, std::vector<std::string>> names;
};

void compile(const rules::GeoDatabase& geo, Subject& subject) {
  Diagnostics warnings;
  auto compiled = kSpec.compile({subject.policy, &geo}, warnings);
  if (const auto* errors = std::get_if<Diagnostics>(&compiled)) FAIL((*errors)[0].message);
  subject.artifact = std::get<Artifact>(std::move(compiled));
  auto loaded = Firewall::load(subject.artifact);
  if (!loaded) FAIL(loaded.error().message);
  subject.firewall = *std::move(loaded);
}

void make(RandomCases& random, std::size_t num_rules, const rules::GeoDatabase& geo,
          Subject& subject) {
  subject.policy = random.policy(num_rules);
  compile(geo, subject);
  for (auto& [address, name] : random.names()) {
    auto& known = subject.names[address];
    std::array<FqdnId, 16> ids;
    const std::size_t count = subject.firewall->match_fqdn(name, ids);
    std::array<FqdnId, 16> had;
    const std::size_t before = subject.learned.patterns_of(address, kNow, had);
    if (before + count > LearnedAddresses::kPatternsPerAddress) continue;
    for (std::size_t i = 0; i < count; ++i) subject.learned.learn(address, ids[i], kNow + 60, kNow);
    known.push_back(name);
  }
  REQUIRE(subject.learned.displaced() == 0);
}

RuleReason::Outcome outcome_of(reference::Match match) {
  switch (match) {
    case reference::Match::yes:
      return RuleReason::Outcome::matches;
    case reference::Match::may:
      return RuleReason::Outcome::may_match_yet;
    case reference::Match::no:
      break;
  }
  return RuleReason::Outcome::does_not_match;
}

bool same(const Judgement& a, const Judgement& b) {
  return a.rule == b.rule && a.verdict == b.verdict && a.action == b.action && a.log == b.log &&
         a.tentative == b.tentative && a.by_url == b.by_url;
}

void check_explanation(const Subject& subject, const Facts& facts, const Conditions& conditions,
                       const reference::World& world) {
  const auto reasons = subject.firewall->explain(facts, conditions);
  std::size_t expected = 0;
  if (reasons.front().rule == subject.firewall->block_list()) {
    REQUIRE(reasons.size() == 1);
    REQUIRE(reference::judge(subject.policy, facts, world).rule == reasons.front().rule);
    return;
  }
  for (const policy::Rule& rule : subject.policy.rules) {
    const auto match = reference::match(subject.policy, rule, facts, world);
    REQUIRE(expected < reasons.size());
    INFO("rule " << expected + 1 << ": " << reasons[expected].why);
    REQUIRE(reasons[expected].rule == expected + 1);
    REQUIRE(reasons[expected].outcome == outcome_of(match));
    REQUIRE_FALSE(reasons[expected].why.empty());
    ++expected;
    if (match == reference::Match::yes) break;
  }
  REQUIRE(reasons.size() == expected);
}

std::size_t rules_of_policy(RandomCases& random, std::size_t policy) {
  if (policy % 250 == 249) return 5000;
  if (policy % 50 == 49) return 700;
  return 1 + random.below(40);
}

}  // namespace

TEST_CASE("the compiled firewall agrees with the reference interpreter on random policies") {
  const std::size_t policies = kSanitized ? 250 : 1200;
  constexpr std::size_t kFlows = 100;
  const rules::GeoDatabase geo = country_database();
  std::array<std::size_t, 4> verdicts{};
  std::size_t tentative = 0;
  for (std::size_t p = 0; p < policies; ++p) {
    const std::uint64_t seed = 0x5ec15 + p;
    RandomCases random(seed);
    Subject subject;
    INFO("seed " << seed);
    make(random, rules_of_policy(random, p), geo, subject);
    for (std::size_t f = 0; f < kFlows; ++f) {
      const Facts facts = random.facts();
      const Conditions conditions{random.below(8), &subject.learned, kNow};
      const reference::World world{conditions.active_schedules, subject.names[facts.source],
                                   subject.names[facts.destination],
                                   RandomCases::country_of(facts.source),
                                   RandomCases::country_of(facts.destination)};
      INFO("flow " << f << ": " << to_string(facts.source) << " to " << to_string(facts.destination)
                   << " protocol " << int{facts.protocol} << " port " << facts.destination_port);
      const Judgement expected = reference::judge(subject.policy, facts, world);
      const Judgement judged = subject.firewall->judge(facts, conditions);
      INFO("expected rule " << expected.rule << ", judged rule " << judged.rule);
      if (!same(expected, judged)) check_explanation(subject, facts, conditions, world);
      if (!same(expected, judged)) FAIL("judge and the reference interpreter disagree");
      if (f % 4 == 0) check_explanation(subject, facts, conditions, world);
      ++verdicts[static_cast<std::size_t>(judged.verdict)];
      tentative += judged.tentative;
    }
  }
  const std::size_t cases = policies * kFlows;  // the cases are varied enough to mean something
  for (const std::size_t count : verdicts) CHECK(count > cases / 20);
  CHECK(tentative > cases / 40);
}

TEST_CASE("policies with more rows than an address value can name agree with the interpreter too") {
  // Two rules begin at each source, so that each needs a row; the destinations' rows come after.
  const rules::GeoDatabase geo = country_database();
  RandomCases random(77);
  Subject subject;
  for (std::uint32_t i = 0; i < 17'000; ++i) {
    policy::Rule rule;
    rule.name = std::to_string(i + 1);
    const IpAddress source = IpAddress::from_v4(0x0b000000 + i / 2 * 3);
    rule.source.addresses = {{source, source}};
    const IpAddress destination = IpAddress::from_v4(0x0a000100 + i % 700);
    rule.destination.addresses = {{destination, destination}};
    if (i % 5 == 0) rule.destination.countries = {"US"};
    rule.action = i % 3 == 0 ? policy::Action::allow : policy::Action::block;
    subject.policy.rules.push_back(rule);
  }
  compile(geo, subject);
  std::size_t matched = 0;
  for (int f = 0; f < 400; ++f) {
    Facts facts = random.facts();
    facts.source = IpAddress::from_v4(0x0b000000 + random.below(8'500) * 3);
    facts.destination = IpAddress::from_v4(0x0a000100 + random.below(700));
    if (random.chance(50)) {
      const auto& rule = subject.policy.rules[random.below(17'000)];
      facts.source = rule.source.addresses[0].first;
      facts.destination = rule.destination.addresses[0].first;
    }
    reference::World world;
    world.destination_country = RandomCases::country_of(facts.destination);
    const Judgement expected = reference::judge(subject.policy, facts, world);
    INFO("expected rule " << expected.rule);
    REQUIRE(same(expected, subject.firewall->judge(facts, {})));
    matched += expected.rule != 0;
  }
  CHECK(matched > 200);
}

TEST_CASE("flows judged together are judged as each by itself") {
  const rules::GeoDatabase geo = country_database();
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 10 : 100); ++seed) {
    RandomCases random(seed);
    Subject subject;
    make(random, rules_of_policy(random, seed), geo, subject);
    INFO("seed " << seed);
    std::vector<Facts> facts(random.below(100));  // from none to a few times what fits at once
    std::vector<const Facts*> pointers;
    for (Facts& flow : facts) {
      flow = random.facts();
      pointers.push_back(&flow);
    }
    const Conditions conditions{random.below(8), &subject.learned, kNow};
    std::vector<Judgement> judged(facts.size());
    subject.firewall->judge(pointers, conditions, judged);
    for (std::size_t i = 0; i < facts.size(); ++i)
      REQUIRE(same(judged[i], subject.firewall->judge(facts[i], conditions)));
  }
}

TEST_CASE("judge and explain agree about the rule that decides") {
  const rules::GeoDatabase geo = country_database();
  for (std::uint64_t seed = 1; seed <= (kSanitized ? 10 : 200); ++seed) {
    RandomCases random(seed);
    Subject subject;
    make(random, 1 + random.below(80), geo, subject);
    INFO("seed " << seed);
    for (int f = 0; f < 50; ++f) {
      const Facts facts = random.facts();
      const Conditions conditions{random.below(8), &subject.learned, kNow};
      const Judgement judged = subject.firewall->judge(facts, conditions);
      const auto reasons = subject.firewall->explain(facts, conditions);
      const bool decided = reasons.back().outcome == RuleReason::Outcome::matches;
      REQUIRE(judged.rule == (decided ? reasons.back().rule : 0));
      if (judged.tentative)
        REQUIRE(std::any_of(reasons.begin(), reasons.end(), [](const RuleReason& reason) {
          return reason.outcome == RuleReason::Outcome::may_match_yet;
        }));
    }
  }
}

}  // namespace sekisho::engines::firewall
