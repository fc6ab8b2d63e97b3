#include "controlplane/fetch/investigation.h"

#include <openssl/objects.h>

#include <catch2/catch.hpp>
#include <map>

#include "pki/pki.h"

using namespace sekisho;
using namespace sekisho::controlplane;
using engines::origin::TrustStore;
using inquiry::State;
using tests::Party;

namespace {

/// Root, an authority between and a server, which say where more is to be had, and what is there.
struct World {
  std::map<std::string, std::string> served;
  std::vector<std::string> asked;
  Documents documents{[this](const controlplane::Wanted& wanted) -> Result<std::string> {
    asked.push_back(wanted.url);
    const auto found = served.find(wanted.url);
    if (found == served.end()) return Error{Error::Code::io, "its status is not 200"};
    return found->second;
  }};
  Party root = Party::root("public root");
  Party between = Party::authority(
      root, "critical,CA:TRUE",
      {.common_name = "between",
       .extensions = {{NID_info_access, "caIssuers;URI:http://pki.example/root.cer"}}});
  Party server = Party::server(
      between, "DNS:www.example.com",
      {.extensions = {{NID_info_access,
                       "OCSP;URI:http://pki.example/ocsp,caIssuers;URI:http://pki.example/ca.cer"},
                      {NID_crl_distribution_points, "URI:http://pki.example/ca.crl"}}});
  TrustStore trusted = *TrustStore::from_pem(root.pem());

  inquiry::Finding find(std::vector<std::string> chain,
                        const std::string& host = "www.example.com") {
    return investigate({.id = 5, .host = host, .chain = std::move(chain)}, trusted, documents,
                       tests::now());
  }
};

}  // namespace

TEST_CASE("A responder's word that a certificate is revoked is found") {
  World world;
  world.served["http://pki.example/ocsp"] =
      world.between.answer(world.server, world.between, Party::Says::revoked);
  const auto found = world.find({world.server.der(), world.between.der()});
  CHECK(found.id == 5);
  CHECK(found.state == State::revoked);
  CHECK(found.until > tests::now() + 3000);
  CHECK(world.asked == std::vector<std::string>{"http://pki.example/ocsp"});
}

TEST_CASE("Where no responder answers, the list is asked") {
  World world;
  world.served["http://pki.example/ca.crl"] = world.between.list({});
  CHECK(world.find({world.server.der(), world.between.der()}).state == State::good);
  World other;
  other.served["http://pki.example/ocsp"] = "no answer";
  other.served["http://pki.example/ca.crl"] = other.between.list({&other.server});
  CHECK(other.find({other.server.der(), other.between.der()}).state == State::revoked);
}

TEST_CASE("What cannot be believed leaves it unknown, and is asked again soon") {
  World world;
  world.served["http://pki.example/ocsp"] =
      world.root.answer(world.server, world.between, Party::Says::revoked);  // of another authority
  world.served["http://pki.example/ca.crl"] = world.between.list({&world.server}, {-7200, -3600});
  const auto found = world.find({world.server.der(), world.between.der()});
  CHECK(found.state == State::unknown);
  CHECK(found.until <= tests::now() + kUnknownSeconds);
}

TEST_CASE("An authority that the server forgot is fetched, and the rest goes on with it") {
  World world;
  world.served["http://pki.example/ca.cer"] = world.between.der();
  world.served["http://pki.example/ca.crl"] = world.between.list({&world.server});
  const auto found = world.find({world.server.der()});
  CHECK(found.issuers == std::vector<std::string>{world.between.der()});
  CHECK(found.state == State::revoked);
}

TEST_CASE("What helps nobody is not handed on") {
  World world;
  world.served["http://pki.example/ca.cer"] =
      GENERATE(as<std::string>(), "no certificate", "", Party::root("stranger").der());
  const auto found = world.find({world.server.der()});
  CHECK(found.issuers.empty());
  CHECK(found.state == State::unknown);
}

TEST_CASE("Of a chain that leads nowhere nothing but authorities is fetched") {
  World world;
  CHECK(world.find({world.server.der(), world.between.der()}, "another.example").state ==
        State::unknown);
  CHECK(world.asked.empty());
  CHECK(world.find({"no certificate"}).state == State::unknown);
  CHECK(world.asked.empty());
}
