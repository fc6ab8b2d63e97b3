#include <catch2/catch.hpp>

#include "controlplane/keys/authority.h"
#include "test_certificates.h"

namespace sekisho::controlplane {
namespace {

using namespace test;

keys::SignRequest some_request() {
  keys::SignRequest request;
  request.public_key = public_der(ec_key().get());
  request.dns_names = {"a.example"};
  request.not_before = kNow - kDay;
  request.not_after = kNow + 30 * kDay;
  return request;
}

TEST_CASE("somebody's own authority is taken over with its key, of every kind that clients take") {
  struct Row {
    const char* told;
    Key (*make)();
  };
  const auto row = GENERATE(values<Row>({
      {"ECDSA P-256", [] { return ec_key(); }},
      {"ECDSA P-384", [] { return ec_key("P-384"); }},
      {"ECDSA P-521", [] { return ec_key("P-521"); }},
      {"RSA 2048", [] { return rsa_key(); }},
  }));
  CAPTURE(row.told);
  const auto key = row.make();
  const auto root = make_certificate({.name = "Company"}, key.get());
  const auto imported = Authority::import(pem(root.get()), pem(key.get()), kNow);
  if (!imported) FAIL(imported.error().message);
  const auto told = imported->describe();
  CHECK(told.key == row.told);
  CHECK(told.origin == keys::Origin::imported);
  CHECK(told.subject == "CN=Company");
  CHECK(X509_cmp(from_der(told.certificate).get(), root.get()) == 0);
  const auto leaf = imported->sign(some_request(), kNow);
  REQUIRE(leaf);
  CHECK(verify(from_der(*leaf).get(), root.get(), kNow) == 0);
  CHECK(Authority::parse(imported->serialize())->describe() == told);
}

TEST_CASE("a subordinate of a company's root is sent along with its leafs, the root is not") {
  const auto root_key = ec_key(), key = ec_key();
  const auto root = make_certificate({.name = "Root"}, root_key.get());
  const auto between = make_certificate({.name = "Gateway"}, key.get(), root.get(), root_key.get());
  const auto imported =
      Authority::import(pem(between.get()) + pem(root.get()), pem(key.get()), kNow);
  REQUIRE(imported);
  const auto told = Authority::parse(imported->serialize())->describe();
  REQUIRE(told.chain.size() == 1);
  CHECK(told.chain[0] == told.certificate);
  CHECK(told.issuer == "CN=Root");
  const auto leaf = imported->sign(some_request(), kNow);
  REQUIRE(leaf);
  CHECK(verify(from_der(*leaf).get(), root.get(), kNow, between.get()) == 0);
}

struct Pair {
  std::string certificate, key;
};

Pair pair_of(const Plan& plan, const Key& key = ec_key()) {
  return {pem(make_certificate(plan, key.get()).get()), pem(key.get())};
}

Pair mismatched() { return {pair_of({}).certificate, pair_of({}).key}; }
Pair swapped() {
  const auto pair = pair_of({});
  return {pair.key, pair.certificate};
}
Pair encrypted() {
  const auto key = ec_key();
  return {pem(make_certificate({}, key.get()).get()), pem(key.get(), "secret")};
}
Pair with_a_strange_issuer() {
  auto pair = pair_of({.name = "One"});
  pair.certificate += pair_of({.name = "Another"}).certificate;
  return pair;
}
std::string long_list() {
  std::string list = "permitted;DNS:a";
  for (int i = 0; i < 200; ++i) list += ",permitted;DNS:a-name-of-some-length.example";
  return list;
}
Pair sha1_subordinate() {
  const auto root_key = ec_key(), key = ec_key();
  const auto root = make_certificate({.name = "Root"}, root_key.get());
  return {pem(make_certificate({.name = "Sub", .sha1 = true}, key.get(), root.get(), root_key.get())
                  .get()),
          pem(key.get())};
}

TEST_CASE("what is no good as an authority is refused with the reason") {
  struct Row {
    std::string message;
    Pair (*make)();
  };
  const auto row = GENERATE(values<Row>({
      {"private key: it is not the certificate's", mismatched},
      {"certificate: it holds a private key; are the two files the wrong way round?", swapped},
      {"certificate: it holds no certificate in PEM",
       [] {
         return Pair{"x", "y"};
       }},
      {"private key: it holds no private key in PEM",
       [] {
         return Pair{pair_of({}).certificate, "y"};
       }},
      {"private key: it has a pass phrase; take that off first", encrypted},
      {"certificate: it is no certificate authority's (basicConstraints CA:TRUE)",
       [] { return pair_of({.basic_constraints = "CA:FALSE", .key_usage = ""}); }},
      {"certificate: its key usage does not let it sign certificates (keyCertSign)",
       [] { return pair_of({.key_usage = "critical,digitalSignature"}); }},
      {"certificate: its extended key usage allows no servers (serverAuth)",
       [] { return pair_of({.extended_key_usage = "clientAuth"}); }},
      {"certificate: its name constraints forbid it to sign for every host",
       [] { return pair_of({.name_constraints = "permitted;DNS:example.com"}); }},
      {"certificate: it expired on 2030-03-17 17:46:39 UTC",
       [] { return pair_of({.to = kNow - 1}); }},
      {"certificate: it is not valid before 2030-03-17 17:46:41 UTC",
       [] { return pair_of({.from = kNow + 1}); }},
      {"certificate: it has more than 4096 bytes",
       [] { return pair_of({.name_constraints = long_list()}); }},
      {"certificate: it holds more than 5 certificates",
       [] {
         auto pair = pair_of({});
         for (int i = 0; i < 5; ++i) pair.certificate += pair_of({}).certificate;
         return pair;
       }},
      {"private key: RSA 1024 is too weak; at least RSA 2048",
       [] { return pair_of({}, rsa_key(1024)); }},
      {"private key: ECDSA secp256k1 is a kind that not every client takes; RSA, or ECDSA over "
       "P-256, P-384, P-521",
       [] { return pair_of({}, ec_key("secp256k1")); }},
      {"certificate: it is signed with MD5 or SHA-1, which no client takes", sha1_subordinate},
      {"certificate: those behind the first are not its issuers, in order", with_a_strange_issuer},
  }));
  const auto pair = row.make();
  const auto refused = Authority::import(pair.certificate, pair.key, kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == row.message);
  CHECK(refused.error().code == Error::Code::invalid_input);
}

}  // namespace
}  // namespace sekisho::controlplane
