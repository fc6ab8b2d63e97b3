#include "engines/callback/profiles.h"

#include <catch2/catch.hpp>

#include "config/policy/policy.h"

using namespace sekisho;
using namespace sekisho::engines::callback;

namespace {

std::variant<engines::Artifact, engines::Diagnostics> compiled(const std::string& profiles) {
  const auto loaded = policy::load_yaml("version: 1\nprofiles: [" + profiles +
                                        "]\nrules: [{name: a, action: allow, profile: p},"
                                        " {name: b, action: allow}]\n");
  const auto* good = std::get_if<policy::LoadedPolicy>(&loaded);
  REQUIRE(good != nullptr);
  engines::Diagnostics warnings;
  return kSpec.compile({good->policy}, warnings);
}

std::unique_ptr<const CallbackPolicy> policy_with(const std::string& section) {
  const auto artifact = compiled("{name: p, callbacks: {" + section + "}}");
  REQUIRE(std::holds_alternative<engines::Artifact>(artifact));
  auto loaded = CallbackPolicy::load(std::get<engines::Artifact>(artifact));
  REQUIRE(loaded);
  return *std::move(loaded);
}

}  // namespace

TEST_CASE("a rule's profile says what happens to callbacks; without one nothing is looked for") {
  const auto policy = policy_with("");
  CHECK(policy->is_used());
  const auto* profile = policy->profile_of(1);
  REQUIRE(profile != nullptr);
  CHECK(profile->action == Action::block);
  CHECK(profile->sensitivity == Sensitivity::medium);
  CHECK_FALSE(profile->block_detected);
  CHECK(policy->profile_of(0) == nullptr);
  CHECK(policy->profile_of(2) == nullptr);
  CHECK(policy->profile_of(99) == nullptr);
  CHECK_FALSE(policy_with("enabled: false")->is_used());
}

TEST_CASE("settings arrive as they were written") {
  const auto policy = policy_with(
      "action: reset, sensitivity: high, block_detected: true, sinkhole: [192.0.2.66, "
      "'2001:db8::66'], excluded_hosts: ['*.Example.com', a.example, '*.example.org']");
  const auto& profile = *policy->profile_of(1);
  CHECK(profile.action == Action::reset);
  CHECK(profile.sensitivity == Sensitivity::high);
  CHECK(profile.block_detected);
  CHECK(profile.is_sinkhole(*parse_ip_address("192.0.2.66")));
  CHECK(profile.is_sinkhole(*parse_ip_address("2001:db8::66")));
  CHECK_FALSE(profile.is_sinkhole(*parse_ip_address("192.0.2.67")));
  CHECK(profile.excludes("www.example.com"));
  CHECK(profile.excludes("x.y.example.org"));
  CHECK(profile.excludes("a.example"));
  CHECK_FALSE(profile.excludes("b.a.example"));
  CHECK_FALSE(profile.excludes("example.com"));
  CHECK_FALSE(profile.excludes("notexample.com"));
}

TEST_CASE("two sinkholes of one family are a mistake") {
  const auto output = compiled("{name: p, callbacks: {sinkhole: [192.0.2.1, 192.0.2.2]}}");
  REQUIRE(std::holds_alternative<engines::Diagnostics>(output));
  CHECK(std::get<engines::Diagnostics>(output)[0].message ==
        "profile 'p': sinkhole of callbacks has two addresses of one family");
}

TEST_CASE("a damaged section is refused or harmless") {
  const auto output = compiled(
      "{name: p, callbacks: {sinkhole: [192.0.2.1], excluded_hosts: ['*.a.example', b.example]}}");
  const auto artifact = std::get<engines::Artifact>(output);
  for (std::size_t i = 0; i < artifact.size(); ++i) {
    CHECK_FALSE(CallbackPolicy::load(std::span(artifact).first(i)));
    for (const auto change : {0x01, 0x80, 0xff}) {
      auto damaged = artifact;
      damaged[i] ^= static_cast<std::byte>(change);
      if (const auto loaded = CallbackPolicy::load(damaged))
        for (std::uint32_t rule = 0; rule < 5; ++rule)
          if (const auto* profile = (*loaded)->profile_of(rule)) profile->excludes("x.a.example");
    }
  }
}
