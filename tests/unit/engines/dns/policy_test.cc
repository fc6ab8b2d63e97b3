#include "engines/dns/dns_policy.h"

#include <catch2/catch.hpp>

#include "engines/dns/encrypted.h"
#include "rules/applications/catalogue.h"

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

TEST_CASE("Encrypted DNS is blocked by a profile that does nothing else about DNS") {
  const auto loaded = DnsPolicy::load(
      artifact_of("profiles: [{name: p, dns: {encrypted_dns: block}}, {name: q}]\n"
                  "rules: [{name: a, action: allow, profile: p}, {name: b, action: allow, profile: "
                  "q}]\n"));
  REQUIRE(loaded);
  CHECK((*loaded)->acts());
  CHECK((*loaded)->blocks_encrypted());
  CHECK_FALSE((*loaded)->refuses_ech());
  REQUIRE((*loaded)->profile_of(1) != nullptr);
  CHECK((*loaded)->profile_of(1)->blocks_encrypted);
  CHECK((*loaded)->profile_of(2) == nullptr);
}

TEST_CASE("Public resolvers are known by their addresses and by the catalogue") {
  for (const auto* text : {"1.1.1.1", "8.8.4.4", "9.9.9.9", "2606:4700:4700::1111", "2620:fe::fe",
                           "2001:4860:4860::8844", "2a10:50c0::ad1:ff", "::ffff:8.8.8.8"}) {
    CAPTURE(text);
    CHECK(engines::dns::is_public_resolver(*parse_ip_address(text)));
  }
  for (const auto* text : {"1.1.1.4", "192.0.2.1", "2606:4700:4700::1", "2001:db8::8888", "::"}) {
    CAPTURE(text);
    CHECK_FALSE(engines::dns::is_public_resolver(*parse_ip_address(text)));
  }
  for (const auto* name : {"google_doh", "cloudflare_dns", "mozilla_doh", "iij_dns"}) {
    CAPTURE(name);
    CHECK(engines::dns::is_public_resolver(rules::find_application(name)->id));
  }
  CHECK_FALSE(engines::dns::is_public_resolver(rules::find_application("google")->id));
  CHECK_FALSE(engines::dns::is_public_resolver(engines::ApplicationId{0}));
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
