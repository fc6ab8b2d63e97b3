#include "controlplane/console/secrets/authority.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "console_support/device.h"
#include "console_support/test_database.h"
#include "controlplane/console/store/clock.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

/// The certificate at `position` of a chain in PEM.
Certificate read(const std::string& pem, int position = 0) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  Certificate certificate(nullptr, &X509_free);
  for (int i = 0; i <= position; ++i)
    certificate.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  return certificate;
}

bool verifies(const std::string& chain, const std::string& authority, int purpose) {
  const Certificate leaf = read(chain);
  const Certificate root = read(authority);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                      &X509_STORE_free);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
      X509_STORE_CTX_new(), &X509_STORE_CTX_free);
  X509_STORE_add_cert(store.get(), root.get());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  return X509_verify_cert(context.get()) == 1;
}

struct Fixture {
  explicit Fixture(Backend backend = Backend::sqlite)
      : database(backend),
        master_key(*MasterKey::open(database.scratch().file("master.key"))),
        authority(*Authority::open(database.get(), master_key)) {}
  tests::TestDatabase database;
  MasterKey master_key;
  std::unique_ptr<Authority> authority;
};

}  // namespace

TEST_CASE("the authority is made once and found again, also by consoles that start at once") {
  tests::TestDatabase database(GENERATE(from_range(tests::backends_here())));
  const auto master_key = *MasterKey::open(database.scratch().file("master.key"));
  std::vector<std::string> certificates(4);
  {
    std::vector<std::jthread> threads;
    for (auto& certificate : certificates)
      threads.emplace_back([&] {
        auto own = *Database::open(database.where());
        certificate = (*Authority::open(*own, master_key))->certificate_pem();
      });
  }
  CHECK(std::set(certificates.begin(), certificates.end()).size() == 1);
  CHECK_FALSE(certificates[0].empty());
}

TEST_CASE("an authority that is sealed under another master key is refused") {
  Fixture fixture;
  const auto other = *MasterKey::open(fixture.database.scratch().file("other.key"));
  const auto refused = Authority::open(fixture.database.get(), other);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Error::Code::signature);
}

TEST_CASE("the console's certificate carries its names and serves as nothing else") {
  const Fixture fixture;
  const auto now = unix_ms();
  const auto issued =
      fixture.authority->issue_server({"console.example.jp", "192.0.2.7", "2001:db8::7"}, now);
  REQUIRE(issued);
  CHECK(verifies(issued->chain_pem, fixture.authority->certificate_pem(), X509_PURPOSE_SSL_SERVER));
  CHECK_FALSE(
      verifies(issued->chain_pem, fixture.authority->certificate_pem(), X509_PURPOSE_SSL_CLIENT));
  const auto leaf = read(issued->chain_pem);
  CHECK(X509_check_host(leaf.get(), "console.example.jp", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(leaf.get(), std::string(kConsoleName).c_str(), 0, 0, nullptr) == 1);
  CHECK(X509_check_host(leaf.get(), "example.jp", 0, 0, nullptr) == 0);
  CHECK(X509_check_ip_asc(leaf.get(), "192.0.2.7", 0) == 1);
  CHECK(X509_check_ip_asc(leaf.get(), "2001:db8::7", 0) == 1);
  CHECK(issued->expires_at / 1000 == (now + kCertificateMs) / 1000);
  CHECK(read(issued->chain_pem, 1) != nullptr);  // a new box wants to see the authority
}

TEST_CASE("names that are no names are refused") {
  const Fixture fixture;
  const auto name = GENERATE(std::string(""), std::string("a,DNS:b"), std::string("a b"),
                             std::string("a\nb"), std::string(254, 'a'), std::string("a/b"));
  CAPTURE(name);
  CHECK_FALSE(fixture.authority->issue_server({name}, unix_ms()));
  CHECK_FALSE(fixture.authority->issue_server({}, unix_ms()));
}

TEST_CASE("a gateway's certificate names gateway and tenant, whatever the request says") {
  const Fixture fixture;
  const auto device =
      tests::make_device(GENERATE(tests::DeviceKey::p256, tests::DeviceKey::p384), "somebody else");
  const auto issued =
      fixture.authority->issue_gateway(device.request, "gateway-id", "tenant-id", unix_ms());
  REQUIRE(issued);
  CHECK(verifies(issued->chain_pem, fixture.authority->certificate_pem(), X509_PURPOSE_SSL_CLIENT));
  CHECK_FALSE(
      verifies(issued->chain_pem, fixture.authority->certificate_pem(), X509_PURPOSE_SSL_SERVER));
  const auto peer = read_peer_certificate(issued->chain_pem);
  REQUIRE(peer);
  CHECK(peer->gateway == "gateway-id");
  CHECK(peer->tenant == "tenant-id");
  CHECK(peer->serial == issued->serial);
  CHECK(peer->expires_at == issued->expires_at);
  const auto again =
      fixture.authority->issue_gateway(device.request, "gateway-id", "tenant-id", unix_ms());
  CHECK(again->serial != issued->serial);
}

TEST_CASE("a gateway with its certificate cannot issue others") {
  const Fixture fixture;
  const auto device = tests::make_device();
  const auto issued =
      fixture.authority->issue_gateway(device.request, "gateway", "tenant", unix_ms());
  const auto leaf = read(issued->chain_pem);
  CHECK(X509_check_ca(leaf.get()) == 0);
  CHECK((X509_get_key_usage(leaf.get()) & KU_KEY_CERT_SIGN) == 0);
}

TEST_CASE("requests with a weak key, an altered byte or no sense are refused") {
  const Fixture fixture;
  const auto& authority = *fixture.authority;
  const auto issue = [&](const std::string& request) {
    return static_cast<bool>(authority.issue_gateway(request, "gateway", "tenant", unix_ms()));
  };
  CHECK_FALSE(issue(tests::make_device(tests::DeviceKey::rsa2048).request));
  CHECK_FALSE(issue(tests::make_device(tests::DeviceKey::secp256k1).request));
  CHECK_FALSE(issue(""));
  CHECK_FALSE(issue("nonsense"));
  const auto good = tests::make_device().request;
  CHECK(issue(good));
  CHECK_FALSE(issue(good + "x"));
  CHECK_FALSE(issue(std::string(100'000, 'x')));
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto altered = good;
    altered[at] ^= 1;
    CAPTURE(at);
    CHECK_FALSE(issue(altered));
    CHECK_FALSE(issue(good.substr(0, at)));
  }
}

TEST_CASE("a client certificate without gateway and tenant is none of ours") {
  const Fixture fixture;
  CHECK_FALSE(read_peer_certificate(""));
  CHECK_FALSE(read_peer_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n"));
  CHECK_FALSE(read_peer_certificate(fixture.authority->certificate_pem()));
}

TEST_CASE("the console renews its own certificate when a third of its time is left") {
  const Fixture fixture;
  ServerIdentity identity(*fixture.authority, {"console.example.jp"});
  const auto now = unix_ms();
  const auto first = identity.current(now);
  REQUIRE(first);
  CHECK(identity.current(now + kCertificateMs / 2) == first);
  const auto second = identity.current(now + kCertificateMs * 3 / 4);
  CHECK(second != first);
  CHECK(second->expires_at > first->expires_at);
  CHECK(ServerIdentity(*fixture.authority, {"not a name"}).current(now) == nullptr);
}
