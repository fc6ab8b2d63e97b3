#include "engines/origin/validation.h"

#include <openssl/obj_mac.h>

#include <catch2/catch.hpp>
#include <random>

#include "pki/pki.h"

using namespace sekisho;
using namespace sekisho::engines::origin;
using namespace sekisho::tests;

namespace {

constexpr const char* kNames = "DNS:www.example.com,DNS:*.example.net,IP:192.0.2.7,IP:2001:db8::7";

TrustStore trusting(std::initializer_list<const Party*> roots) {
  std::string pem;
  for (const auto* root : roots) pem += root->pem();
  auto store = TrustStore::from_pem(pem);
  REQUIRE(store);
  return *std::move(store);
}

Validation judged(const TrustStore& trusted, const std::vector<std::string_view>& chain,
                  std::string_view host = "www.example.com", std::int64_t at = now()) {
  return Validation({.chain = chain, .host = host, .now = at}, trusted);
}

std::string fault(const TrustStore& trusted, const std::vector<std::string_view>& chain,
                  std::string_view host = "www.example.com", std::int64_t at = now()) {
  return std::string(name_of(judged(trusted, chain, host, at).fault()));
}

const Party& root() {
  static const Party kRoot = Party::root();
  return kRoot;
}
const Party& between() {
  static const Party kBetween = Party::authority(root());
  return kBetween;
}

}  // namespace

TEST_CASE("a server's certificate is good for its names and addresses, and for no others") {
  const auto trusted = trusting({&root()});
  const auto server = Party::server(between(), kNames);
  const std::vector<std::string_view> chain{server.der(), between().der()};
  for (const auto* host : {"www.example.com", "WWW.EXAMPLE.COM", "www.example.com.",
                           "a.example.net", "192.0.2.7", "2001:db8::7"}) {
    CAPTURE(host);
    CHECK(fault(trusted, chain, host) == "none");
  }
  for (const auto* host : {"example.com", "www.example.org", "example.net", "a.b.example.net",
                           "192.0.2.8", "2001:db8::8", "", ".", "www.example.com.evil.example"}) {
    CAPTURE(host);
    CHECK(fault(trusted, chain, host) == "wrong_name");
  }
  CHECK(fault(trusted, chain, std::string_view("www.example.com\0.evil.example", 29)) ==
        "wrong_name");
}

TEST_CASE("names that look like a match are none") {
  const auto trusted = trusting({&root()});
  const auto of = [&](const std::string& names, std::string_view host,
                      const std::string& common_name = "server") {
    const auto server = Party::server(root(), names, {.common_name = common_name});
    return fault(trusted, {server.der()}, host);
  };
  CHECK(of("", "www.example.com", "www.example.com") == "wrong_name");  // common name only
  CHECK(of("DNS:other.example", "www.example.com", "www.example.com") == "wrong_name");
  CHECK(of("DNS:*.*.example.com", "a.b.example.com") == "wrong_name");
  CHECK(of("DNS:w*.example.com", "www.example.com") == "wrong_name");
  CHECK(of("DNS:*", "localhost") == "wrong_name");
  CHECK(of("DNS:*.com", "example.com") == "wrong_name");
  CHECK(of("DNS:192.0.2.7", "192.0.2.7") == "wrong_name");
  CHECK(of("email:www.example.com@example.com", "www.example.com") == "wrong_name");
}

TEST_CASE("dates count at the time that is given, of authorities too") {
  const auto trusted = trusting({&root()});
  const auto server = Party::server(between(), kNames, {.days_before = 10, .days_after = 20});
  const std::vector<std::string_view> chain{server.der(), between().der()};
  CHECK(fault(trusted, chain, "www.example.com", now() + 19 * kDay) == "none");
  CHECK(fault(trusted, chain, "www.example.com", now() + 21 * kDay) == "expired");
  const auto young = Party::server(root(), kNames, {.days_before = -1, .days_after = 20});
  CHECK(fault(trusted, {young.der()}) == "not_yet_valid");
  const auto old = Party::authority(root(), "critical,CA:TRUE",
                                    {.common_name = "old", .days_before = 20, .days_after = -1});
  const auto below = Party::server(old, kNames);
  const auto judgement = judged(trusted, {below.der(), old.der()});
  CHECK(judgement.fault() == Fault::expired);
  CHECK(judgement.depth() == 1);
}

TEST_CASE("a judgement holds until the first certificate of its chain ends") {
  const auto trusted = trusting({&root()});
  const auto server = Party::server(between(), kNames, {.days_after = 300});
  const auto judgement = judged(trusted, {server.der(), between().der()});
  CHECK(judgement.valid_until() > now() + 89 * kDay);  // the authorities'
  CHECK(judgement.valid_until() < now() + 91 * kDay);
}

TEST_CASE("whom no authority stands for is refused, and a missing link can be brought") {
  const auto trusted = trusting({&root()});
  const auto stranger = Party::root("stranger"), look_alike = Party::root();  // of the same name
  CHECK(fault(trusted, {Party::server(stranger, kNames).der(), stranger.der()}) ==
        "unknown_issuer");
  CHECK(fault(trusted, {Party::server(look_alike, kNames).der()}) != "none");
  const auto self = Party::issue({.extensions = {{NID_subject_alt_name, kNames}}});
  CHECK(fault(trusted, {self.der()}) == "self_signed");

  const auto server = Party::server(
      between(), kNames,
      {.extensions = {{NID_info_access,
                       "caIssuers;URI:http://pki.example/between.crt,"
                       "OCSP;URI:http://ocsp.example/,"
                       "caIssuers;URI:ldap://pki.example/cn"},
                      {NID_crl_distribution_points, "URI:http://pki.example/list.crl"}}});
  const auto incomplete = judged(trusted, {server.der()});
  CHECK(incomplete.fault() == Fault::unknown_issuer);
  CHECK(incomplete.pointers().issuers ==
        std::vector<std::string>{"http://pki.example/between.crt"});
  CHECK(incomplete.pointers().ocsp == std::vector<std::string>{"http://ocsp.example/"});
  CHECK(incomplete.pointers().lists == std::vector<std::string>{"http://pki.example/list.crl"});
  const std::vector<std::string_view> chain{server.der()}, fetched{between().der()};
  CHECK(Validation({.chain = chain, .more = fetched, .host = "www.example.com", .now = now()},
                   trusted)
            .fault() == Fault::none);
}

TEST_CASE("weak keys and digests are refused, of authorities too") {
  const auto trusted = trusting({&root()});
  CHECK(fault(trusted, {Party::server(root(), kNames, {.rsa_bits = 1024}).der()}) == "weak_key");
  CHECK(fault(trusted, {Party::server(root(), kNames, {.rsa_bits = 2048}).der()}) == "none");
  CHECK(fault(trusted, {Party::server(root(), kNames, {.sha1 = true}).der()}) == "weak_signature");
  const auto weak =
      Party::authority(root(), "critical,CA:TRUE", {.common_name = "weak", .sha1 = true});
  CHECK(fault(trusted, {Party::server(weak, kNames).der(), weak.der()}) == "weak_signature");
}

TEST_CASE("an authority may do what it was given to do, and nothing else") {
  const auto trusted = trusting({&root()});
  const auto under = [&](const Party& issuer, std::vector<const Party*> more = {}) {
    const auto server = Party::server(issuer, kNames);
    std::vector<std::string_view> chain{server.der(), issuer.der()};
    for (const auto* one : more) chain.push_back(one->der());
    return fault(trusted, chain);
  };
  const auto of_names = [](const std::string& constraint) {
    return Party::authority(
        root(), "critical,CA:TRUE",
        {.common_name = "bound", .extensions = {{NID_name_constraints, constraint}}});
  };
  CHECK(under(of_names("critical,permitted;DNS:example.com,permitted;DNS:example.net")) == "none");
  CHECK(under(of_names("critical,permitted;DNS:example.com")) == "name_constraint");
  CHECK(under(of_names("critical,excluded;DNS:example.com")) == "name_constraint");
  const auto last = Party::authority(root(), "critical,CA:TRUE,pathlen:0");
  CHECK(under(last) == "none");
  CHECK(under(Party::authority(last, "critical,CA:TRUE", {.common_name = "below"}), {&last}) ==
        "path_too_long");
  const auto neighbour =
      Party::server(root(), "DNS:neighbour.example", {.common_name = "neighbour"});
  CHECK(under(neighbour) == "no_authority");
}

TEST_CASE("a long chain ends somewhere, in any order") {
  const auto trusted = trusting({&root()});
  std::vector<Party> parties{root()};
  for (int i = 0; i < Validation::kMaxDepth + 1; ++i)
    parties.push_back(Party::authority(parties.back(), "critical,CA:TRUE",
                                       {.common_name = "level " + std::to_string(i)}));
  const auto chain_under = [&](std::size_t authorities, const Party& server) {
    std::vector<std::string_view> chain{server.der()};
    for (std::size_t i = 1; i <= authorities; ++i) chain.push_back(parties[i].der());
    return fault(trusted, chain);
  };
  const auto deep = Party::server(parties[Validation::kMaxDepth], kNames);
  CHECK(chain_under(Validation::kMaxDepth, deep) == "none");
  const auto too_deep = Party::server(parties[Validation::kMaxDepth + 1], kNames);
  CHECK(chain_under(Validation::kMaxDepth + 1, too_deep) != "none");
}

TEST_CASE("a certificate for something else is none for a server") {
  const auto trusted = trusting({&root()});
  const auto for_usage = [&](std::vector<std::pair<int, std::string>> extensions) {
    return fault(trusted,
                 {Party::server(root(), kNames, {.extensions = std::move(extensions)}).der()});
  };
  CHECK(for_usage({{NID_ext_key_usage, "clientAuth"}}) == "wrong_purpose");
  CHECK(for_usage({{NID_ext_key_usage, "emailProtection,codeSigning"}}) == "wrong_purpose");
  CHECK(for_usage({{NID_key_usage, "critical,cRLSign"}}) == "wrong_purpose");
  CHECK(for_usage({{NID_ext_key_usage, "clientAuth,serverAuth"}}) == "none");
  const auto unheard_of = Party::server(root(), kNames, {.unknown_critical_extension = true});
  CHECK(fault(trusted, {unheard_of.der()}) == "critical_extension");
}

TEST_CASE("what is no certificate is malformed, and every damaged byte is refused") {
  const auto trusted = trusting({&root()});
  CHECK(fault(trusted, {}) == "malformed");
  CHECK(fault(trusted, {""}) == "malformed");
  CHECK(fault(trusted, {"no certificate"}) == "malformed");
  const auto server = Party::server(root(), kNames);
  const auto behind = server.der() + '\0';
  CHECK(fault(trusted, {behind}) == "malformed");
  CHECK(fault(trusted, std::vector<std::string_view>(17, server.der())) == "malformed");
  for (std::size_t size = 0; size < server.der().size(); size += 7)
    CHECK(fault(trusted, {std::string_view(server.der()).substr(0, size)}) == "malformed");
  std::mt19937 random(20261123);
  for (int i = 0; i < 300; ++i) {
    auto damaged = server.der();
    damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    CHECK(fault(trusted, {damaged}) != "none");
  }
}

TEST_CASE("a trust store has every certificate of a bundle once, and says which is damaged") {
  const auto other = Party::root("other");
  const auto bundle = "# comment\n" + root().pem() + "\ntext\n" + other.pem() + root().pem();
  const auto store = TrustStore::from_pem(bundle);
  REQUIRE(store);
  CHECK(store->size() == 2);
  auto damaged = root().pem() + other.pem();
  damaged.replace(damaged.rfind("-----BEGIN") + 40, 4, "!!!!");
  const auto refused = TrustStore::from_pem(damaged);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "authority 2 cannot be read");
  CHECK(TrustStore::from_pem("").error().message == "there is no certificate");
}
