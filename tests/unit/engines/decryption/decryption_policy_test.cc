#include <catch2/catch.hpp>

#include "engines/decryption/decryption_policy.h"
#include "rules/applications/catalogue.h"
#include "rules/urls/categories.h"

namespace sekisho::tests {
namespace {

using namespace engines::decryption;

engines::Artifact artifact_of(const std::string& yaml) {
  auto loaded = policy::load_yaml("version: 1\n" + yaml);
  auto* good = std::get_if<policy::LoadedPolicy>(&loaded);
  REQUIRE(good != nullptr);
  engines::Diagnostics warnings;
  return std::get<engines::Artifact>(kSpec.compile({good->policy}, warnings));
}

std::unique_ptr<const DecryptionPolicy> policy_of(const std::string& section) {
  auto loaded = DecryptionPolicy::load(artifact_of(
      "objects: {url_categories: [{name: own, entries: [own.test]}, {name: b, entries: "
      "[b.test]}]}\n"
      "profiles: [{name: p, dns: {ech_names: ['*.ech.test', o.test]}, https_decryption: {enabled: "
      "true" +
      section + "}}]\nrules: [{name: a, action: allow, profile: p}]\n"));
  REQUIRE(loaded);
  return *std::move(loaded);
}

engines::UrlFacts in_category(std::string_view name) {
  engines::UrlFacts facts;
  facts.categories[0] = rules::find_url_category("search_engines") == nullptr
                            ? std::uint16_t{1}
                            : rules::find_url_category("search_engines")->id;
  facts.categories[1] = rules::find_url_category(name)->id;
  facts.num_categories = 2;
  return facts;
}

}  // namespace

TEST_CASE("decryption is off until a profile of a rule turns it on") {
  const auto off = DecryptionPolicy::load(
      artifact_of("profiles: [{name: p}, {name: q, https_decryption: {enabled: true}}]\n"
                  "rules: [{name: a, action: allow, profile: p}]\n"));
  REQUIRE(off);
  CHECK_FALSE((*off)->is_used());
  CHECK((*off)->of_rule(1) == nullptr);
  CHECK_FALSE((*off)->has_port(443));
  const auto on = policy_of("");
  CHECK(on->is_used());
  CHECK(on->of_rule(0) == nullptr);
  REQUIRE(on->of_rule(1) != nullptr);
  const auto& profile = *on->of_rule(1);
  CHECK(profile.untrusted_origin == UntrustedOrigin::show);
  CHECK(profile.smart_bypass_minutes == 0);
  CHECK_FALSE(profile.blocks_failure);
  CHECK_FALSE(profile.blocks_not_tls);
  CHECK_FALSE(profile.blocks_encrypted_hello);
}

TEST_CASE("a profile decrypts its ports") {
  const auto policy = policy_of(", ports: [9443, 443]");
  for (const auto port : std::vector<std::uint16_t>{443, 9443})
    CHECK(policy->of_rule(1)->has_port(port));
  for (const auto port : std::vector<std::uint16_t>{0, 80, 8443, 65535})
    CHECK_FALSE(policy->has_port(port));
  CHECK(policy->has_port(9443));
}

TEST_CASE("hosts are exempt by name and by what they are below") {
  const auto policy = policy_of(", exempt_hosts: [a.test, '*.b.test', Zz.Test]");
  const auto& profile = *policy->of_rule(1);
  for (const auto* host : {"a.test", "x.b.test", "y.x.b.test", "zz.test", "p.akaetp.net"}) {
    CAPTURE(host);
    CHECK(profile.exempts_host(host));
  }
  for (const auto* host :
       {"", "b.test", "xa.test", "x.a.test", "xb.test", "test", "akaetp.net", "a.test.evil", "."}) {
    CAPTURE(host);
    CHECK_FALSE(profile.exempts_host(host));
  }
  CHECK_FALSE(policy_of(", exempt_known_hosts: false")->of_rule(1)->exempts_host("p.akaetp.net"));
}

TEST_CASE("categories are exempt, finance, health and government by default") {
  for (const auto* name : {"finance", "banking", "health", "government"}) {
    CAPTURE(name);
    CHECK(policy_of("")->of_rule(1)->exempts_category(in_category(name)));
  }
  CHECK_FALSE(policy_of("")->of_rule(1)->exempts_category(in_category("gambling")));
  const auto others = policy_of(", exempt_categories: ['group:business', b]");
  const auto& profile = *others->of_rule(1);
  CHECK(profile.exempts_category(in_category("banking")));
  CHECK_FALSE(profile.exempts_category(in_category("health")));
  engines::UrlFacts own;
  own.own_categories.add(OwnCategories::kFirstId);
  CHECK_FALSE(profile.exempts_category(own));
  own.own_categories.add(OwnCategories::kFirstId + 1);
  CHECK(profile.exempts_category(own));
}

TEST_CASE("applications are exempt with what they are told from and what is part of them") {
  const auto policy = policy_of(", exempt_applications: [google]");
  const auto& profile = *policy->of_rule(1);
  const auto id = [](const char* name) { return rules::find_application(name)->id; };
  CHECK(profile.exempts_application(id("google"), id("tls")));
  CHECK(profile.exempts_application(id("youtube"), 0));
  CHECK_FALSE(profile.exempts_application(id("facebook"), id("tls")));
  CHECK_FALSE(profile.exempts_application(0, 0));
}

TEST_CASE("what may block and for how long is as written") {
  const auto policy = policy_of(
      ", on_failure: block, not_tls: block, encrypted_client_hello: block, untrusted_origin: "
      "trust, "
      "smart_bypass: true, smart_bypass_minutes: 43200");
  const auto& profile = *policy->of_rule(1);
  CHECK(profile.blocks_failure);
  CHECK(profile.blocks_not_tls);
  CHECK(profile.blocks_encrypted_hello);
  CHECK(profile.untrusted_origin == UntrustedOrigin::trust);
  CHECK(profile.smart_bypass_minutes == 43'200);
  CHECK(profile.is_outer_name("o.test"));
  CHECK(profile.is_outer_name("a.ech.test"));
  CHECK_FALSE(profile.is_outer_name("ech.test"));
}

TEST_CASE("damaged profiles of decryption are refused") {
  const auto artifact = artifact_of(
      "profiles: [{name: p, https_decryption: {enabled: true}}]\n"
      "rules: [{name: a, action: allow, profile: p}]\n");
  REQUIRE(DecryptionPolicy::load(artifact));
  for (std::size_t size = 0; size < artifact.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(DecryptionPolicy::load(std::span(artifact).first(size)));
  }
  // magic, number of rules, index of the rule's profile, flags, untrusted_origin, first port
  for (const auto at : std::vector<std::size_t>{0, 11, 16, 18, 19, 24}) {
    auto damaged = artifact;
    damaged[at] ^= std::byte{0x40};
    CAPTURE(at);
    CHECK_FALSE(DecryptionPolicy::load(damaged));
  }
}

}  // namespace sekisho::tests
