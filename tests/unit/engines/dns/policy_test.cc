#include "engines/dns/dns_policy.h"

#include <catch2/catch.hpp>

namespace sekisho::tests::dns {
namespace {

using engines::dns::DnsPolicy;
using engines::dns::EchHandling;

engines::Artifact artifact_of(const std::string& yaml) {
  auto loaded = policy::load_yaml("version: 1\n" + yaml);
  auto* good = std::get_if<policy::LoadedPolicy>(&loaded);
  REQUIRE(good != nullptr);
  engines::Diagnostics warnings;
  auto compiled = engines::dns::kSpec.compile({good->policy}, warnings);
  return std::get<engines::Artifact>(std::move(compiled));
}

const std::string kPolicy =
    "profiles:\n"
    "  - {name: off}\n"
    "  - {name: full, dns: {url_filter: true, safe_search: [google, bing], ech: block,"
    " ech_names: ['*.ech.example', out.example]}}\n"
    "rules:\n"
    "  - {name: a, action: allow, profile: off}\n"
    "  - {name: b, action: allow, profile: full, services: [udp/53]}\n"
    "  - {name: c, action: allow, profile: full, enabled: false}\n"
    "  - {name: d, action: allow}\n";

TEST_CASE("A rule has the dns section of its profile, where that does something") {
  const auto artifact = artifact_of(kPolicy);
  const auto loaded = DnsPolicy::load(artifact);
  REQUIRE(loaded);
  const auto& policy = **loaded;
  CHECK(policy.acts());
  CHECK(policy.refuses_ech());
  for (const auto rule : {0U, 1U, 3U, 4U, 5U, 70'000U}) CHECK(policy.profile_of(rule) == nullptr);
  const auto* profile = policy.profile_of(2);
  REQUIRE(profile != nullptr);
  CHECK(profile->filters_names);
  CHECK(profile->safe_search ==
        (engines::dns::safe_search_called("google") | engines::dns::safe_search_called("bing")));
  CHECK(profile->ech == EchHandling::block);
}

TEST_CASE("Hellos are refused by their outer names") {
  const auto loaded = DnsPolicy::load(artifact_of(kPolicy));
  const auto& profile = *(*loaded)->profile_of(2);
  CHECK(profile.refuses_ech("out.example"));
  CHECK(profile.refuses_ech("a.ech.example"));
  CHECK_FALSE(profile.refuses_ech("ech.example"));
  CHECK_FALSE(profile.refuses_ech("xout.example"));
  CHECK_FALSE(profile.refuses_ech(""));
  engines::dns::Profile all{.ech = EchHandling::block, .ech_names = {"*"}};
  CHECK(all.refuses_ech("any.example"));
  CHECK(all.refuses_ech(""));
  all.ech = EchHandling::strip;
  CHECK_FALSE(all.refuses_ech("any.example"));
}

TEST_CASE("A policy whose profiles say nothing of DNS does nothing") {
  const auto loaded = DnsPolicy::load(artifact_of("rules: [{name: a, action: allow}]\n"));
  REQUIRE(loaded);
  CHECK_FALSE((*loaded)->acts());
}

TEST_CASE("Damaged profiles are refused") {
  const auto artifact = artifact_of(kPolicy);
  for (std::size_t size = 0; size < artifact.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(DnsPolicy::load(std::span(artifact).first(size)));
  }
  for (const std::size_t at : {std::size_t{0}, std::size_t{8}, std::size_t{13}, std::size_t{14}}) {
    auto damaged = artifact;
    damaged[at] ^= std::byte{0x41};
    CAPTURE(at);
    CHECK_FALSE(DnsPolicy::load(damaged));
  }
}

}  // namespace
}  // namespace sekisho::tests::dns
