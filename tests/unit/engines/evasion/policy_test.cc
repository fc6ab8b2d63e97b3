#include <catch2/catch.hpp>

#include "engines/evasion/evasion_policy.h"

namespace sekisho::tests {
namespace {

using engines::evasion::EvasionPolicy;

engines::Artifact artifact_of(const std::string& yaml) {
  auto loaded = policy::load_yaml("version: 1\n" + yaml);
  auto* good = std::get_if<policy::LoadedPolicy>(&loaded);
  REQUIRE(good != nullptr);
  engines::Diagnostics warnings;
  auto compiled = engines::evasion::kSpec.compile({good->policy}, warnings);
  return std::get<engines::Artifact>(std::move(compiled));
}

const std::string kPolicy =
    "profiles:\n"
    "  - {name: careless, applications: {evasion: off}}\n"
    "  - {name: plain}\n"
    "  - {name: strict, applications: {evasion: block}, dns: {ech_names: ['*.ech.example', "
    "o.test]}}"
    "\nrules:\n"
    "  - {name: a, action: allow, profile: careless}\n"
    "  - {name: b, action: allow, profile: plain, services: [tcp/80]}\n"
    "  - {name: c, action: allow, profile: strict, services: [tcp/81]}\n"
    "  - {name: d, action: allow}\n";

}  // namespace

TEST_CASE("Evasion is logged where a profile says nothing else") {
  const auto loaded = EvasionPolicy::load(artifact_of(kPolicy));
  REQUIRE(loaded);
  const auto& policy = **loaded;
  CHECK(policy.is_used());
  for (const auto rule : {0U, 1U, 4U, 5U, 70'000U}) CHECK(policy.profile_of(rule) == nullptr);
  REQUIRE(policy.profile_of(2) != nullptr);
  CHECK_FALSE(policy.profile_of(2)->blocks);
  CHECK(policy.profile_of(2)->is_outer_name("cloudflare-ech.com"));
  REQUIRE(policy.profile_of(3) != nullptr);
  CHECK(policy.profile_of(3)->blocks);
}

TEST_CASE("Outer names are those of the profile's DNS section") {
  const auto loaded = EvasionPolicy::load(artifact_of(kPolicy));
  REQUIRE(loaded);
  const auto& strict = *(*loaded)->profile_of(3);
  CHECK(strict.is_outer_name("o.test"));
  CHECK(strict.is_outer_name("a.ech.example"));
  for (const auto* other : {"ech.example", "xo.test", "", "cloudflare-ech.com"}) {
    CAPTURE(other);
    CHECK_FALSE(strict.is_outer_name(other));
  }
}

TEST_CASE("Where every profile is off nobody is interested in evasion") {
  const auto loaded =
      EvasionPolicy::load(artifact_of("profiles: [{name: p, applications: {evasion: off}}]\n"
                                      "rules: [{name: a, action: allow, profile: p}]\n"));
  REQUIRE(loaded);
  CHECK_FALSE((*loaded)->is_used());
}

TEST_CASE("Damaged profiles of evasion are refused") {
  const auto artifact = artifact_of(kPolicy);
  for (std::size_t size = 0; size < artifact.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(EvasionPolicy::load(std::span(artifact).first(size)));
  }
  for (const std::size_t at : {std::size_t{0}, std::size_t{8}, std::size_t{13}}) {
    auto damaged = artifact;
    damaged[at] ^= std::byte{0x41};
    CAPTURE(at);
    CHECK_FALSE(EvasionPolicy::load(damaged));
  }
}

}  // namespace sekisho::tests
