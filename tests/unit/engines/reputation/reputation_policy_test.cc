#include "engines/reputation/reputation_policy.h"

#include <catch2/catch.hpp>
#include <string>

#include "config/policy/policy.h"

using namespace sekisho;
using engines::reputation::Profile;
using engines::reputation::ReputationPolicy;

namespace {

engines::Artifact compiled(const std::string& yaml) {
  const auto loaded = policy::load_yaml("version: 1\n" + yaml);
  REQUIRE(std::holds_alternative<policy::LoadedPolicy>(loaded));
  engines::Diagnostics warnings;
  return std::get<engines::Artifact>(engines::reputation::kSpec.compile(
      {std::get<policy::LoadedPolicy>(loaded).policy}, warnings));
}

}  // namespace

TEST_CASE("each rule has its profile's settings, and none where that is off") {
  const auto artifact = compiled(
      "profiles:\n"
      "  - {name: usual}\n"
      "  - {name: strict, web_reputation: {sensitivity: high, on_failure: block, wait_ms: 2000}}\n"
      "  - {name: quiet, web_reputation: {sensitivity: low, action: monitor, wait_ms: 0}}\n"
      "  - {name: 'off', web_reputation: {enabled: false}}\n"
      "rules:\n"
      "  - {name: a, action: allow, profile: strict}\n"
      "  - {name: b, action: allow}\n"
      "  - {name: c, action: allow, profile: 'off'}\n"
      "  - {name: d, action: allow, profile: quiet}\n"
      "  - {name: e, action: allow, profile: usual}\n");
  const auto loaded = ReputationPolicy::load(artifact);
  REQUIRE(loaded);
  const auto& policy = **loaded;
  CHECK(policy.is_used());
  CHECK(policy.of_rule(0) == nullptr);
  CHECK(policy.of_rule(2) == nullptr);
  CHECK(policy.of_rule(3) == nullptr);
  CHECK(policy.of_rule(6) == nullptr);  // the block list
  REQUIRE(policy.of_rule(1) != nullptr);
  CHECK(*policy.of_rule(1) == Profile{.enabled = true,
                                      .blocks = true,
                                      .fails_closed = true,
                                      .wait_ms = 2000,
                                      .sensitivity = rules::ReputationSensitivity::high,
                                      .threshold = 70});
  CHECK(*policy.of_rule(4) == Profile{.enabled = true,
                                      .blocks = false,
                                      .fails_closed = false,
                                      .wait_ms = 0,
                                      .sensitivity = rules::ReputationSensitivity::low,
                                      .threshold = 25});
  CHECK(*policy.of_rule(5) == Profile{.enabled = true,
                                      .blocks = true,
                                      .fails_closed = false,
                                      .wait_ms = 500,
                                      .sensitivity = rules::ReputationSensitivity::medium,
                                      .threshold = 50});
}

TEST_CASE("a policy without profiles in use asks for nothing") {
  const auto loaded = ReputationPolicy::load(
      compiled("profiles: [{name: p}]\nrules: [{name: a, action: allow}]\n"));
  REQUIRE(loaded);
  CHECK_FALSE((*loaded)->is_used());
}

TEST_CASE("damaged bytes are refused or give settings within their bounds") {
  const auto artifact =
      compiled("profiles: [{name: p}]\nrules: [{name: a, action: allow, profile: p}]\n");
  for (std::size_t n = 0; n < artifact.size(); ++n)
    CHECK_FALSE(ReputationPolicy::load(std::span(artifact).first(n)));
  for (std::size_t i = 0; i < artifact.size(); ++i)
    for (const int bit : {0, 3, 7}) {
      auto damaged = artifact;
      damaged[i] ^= static_cast<std::byte>(1 << bit);
      const auto loaded = ReputationPolicy::load(damaged);
      if (!loaded) continue;
      for (std::uint32_t rule = 0; rule < 4; ++rule)
        if (const auto* profile = (*loaded)->of_rule(rule)) CHECK(profile->wait_ms <= 2000);
    }
}
