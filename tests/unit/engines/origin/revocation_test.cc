// What is believed of a certificate's revocation, and what is not.
#include <openssl/obj_mac.h>

#include <catch2/catch.hpp>

#include "engines/origin/validation.h"
#include "pki/pki.h"

using namespace sekisho;
using namespace sekisho::engines::origin;
using namespace sekisho::tests;
using Says = Party::Says;

namespace {

constexpr const char* kHost = "www.example.com";

struct Server {
  Party root = Party::root();
  Party between = Party::authority(root);
  Party party = Party::server(
      between, "DNS:www.example.com",
      {.extensions = {{NID_crl_distribution_points, "URI:http://pki.example/1.crl"}}});
  TrustStore trusted = *TrustStore::from_pem(root.pem());

  Validation judged(std::string_view staple = {}) const {
    const std::vector<std::string_view> chain{party.der(), between.der()};
    return Validation({.chain = chain, .host = kHost, .staple = staple, .now = now()}, trusted);
  }
  Revocation by_list(const std::string& list) const { return judged().use_list(list); }
};

}  // namespace

TEST_CASE("a stapled answer of the issuer counts") {
  const Server server;
  const auto good = server.judged(server.between.answer(server.party, server.between, Says::good));
  CHECK(good.fault() == Fault::none);
  CHECK(good.revocation() == Revocation::good);
  CHECK(good.valid_until() <= now() + 3600);
  const auto revoked =
      server.judged(server.between.answer(server.party, server.between, Says::revoked));
  CHECK(revoked.fault() == Fault::revoked);
  CHECK(revoked.revocation() == Revocation::revoked);
  const auto none = server.judged();
  CHECK(none.revocation() == Revocation::unknown);
  CHECK(none.fault() == Fault::none);
}

TEST_CASE("an answer of whom the issuer lets sign counts, of others it does not") {
  const Server server;
  const auto delegate = Party::server(
      server.between, "",
      {.common_name = "responder", .extensions = {{NID_ext_key_usage, "OCSPSigning"}}});
  const auto neighbour = Party::server(server.between, "DNS:neighbour.example");
  const auto stranger = Party::root("stranger");
  const auto said_by = [&](const Party& who) {
    return server.judged(who.answer(server.party, server.between, Says::revoked)).revocation();
  };
  CHECK(said_by(delegate) == Revocation::revoked);
  CHECK(said_by(neighbour) == Revocation::unknown);
  CHECK(said_by(stranger) == Revocation::unknown);
}

TEST_CASE("answers that are old, of tomorrow, of others or damaged say nothing") {
  const Server server;
  const auto said = [&](Party::Period period) {
    return server.judged(server.between.answer(server.party, server.between, Says::revoked, period))
        .revocation();
  };
  CHECK(said({-7200, -3600}) == Revocation::unknown);
  CHECK(said({3600, 7200}) == Revocation::unknown);
  CHECK(said({-7200, -60}) == Revocation::revoked);  // clocks differ
  const auto other = Party::server(server.between, "DNS:other.example");
  CHECK(server.judged(server.between.answer(other, server.between, Says::revoked)).revocation() ==
        Revocation::unknown);
  CHECK(server.judged(server.between.answer(server.party, server.between, Says::unknown))
            .revocation() == Revocation::unknown);
  const auto whole = server.between.answer(server.party, server.between, Says::revoked);
  for (std::size_t size = 0; size < whole.size(); size += 5)
    CHECK(server.judged(whole.substr(0, size)).revocation() == Revocation::unknown);
}

TEST_CASE("a list of the issuer's counts as long as it is of now") {
  const Server server;
  const auto other = Party::server(server.between, "DNS:other.example");
  CHECK(server.by_list(server.between.list({&other})) == Revocation::good);
  CHECK(server.by_list(server.between.list({&other, &server.party})) == Revocation::revoked);
  CHECK(server.by_list(server.between.list({&server.party}, {-7200, -3600})) ==
        Revocation::unknown);
  CHECK(server.by_list(server.root.list({&server.party})) == Revocation::unknown);
  CHECK(server.by_list("no list") == Revocation::unknown);
}

TEST_CASE("a part of a list counts where the certificate points to it") {
  const Server server;
  CHECK(server.by_list(server.between.list({&server.party}, {}, "http://pki.example/1.crl")) ==
        Revocation::revoked);
  CHECK(server.by_list(server.between.list({}, {}, "http://pki.example/1.crl")) ==
        Revocation::good);
  CHECK(server.by_list(server.between.list({}, {}, "http://pki.example/2.crl")) ==
        Revocation::unknown);
}

TEST_CASE("one who says that it is revoked is enough, whoever says otherwise") {
  const Server server;
  auto judgement = server.judged(server.between.answer(server.party, server.between, Says::good));
  CHECK(judgement.use_list(server.between.list({&server.party})) == Revocation::revoked);
  CHECK(judgement.use_answer(server.between.answer(server.party, server.between, Says::good)) ==
        Revocation::good);
  CHECK(judgement.revocation() == Revocation::revoked);
  CHECK(judgement.fault() == Fault::revoked);
}

TEST_CASE("of a chain that was not built nothing is known") {
  const Server server;
  const std::vector<std::string_view> chain{server.party.der()};
  Validation incomplete({.chain = chain, .host = kHost, .now = now()}, server.trusted);
  CHECK(incomplete.fault() == Fault::unknown_issuer);
  CHECK(incomplete.use_list(server.between.list({&server.party})) == Revocation::unknown);
  CHECK(incomplete.use_answer(server.between.answer(server.party, server.between, Says::revoked)) ==
        Revocation::unknown);
}
