#include "controlplane/uplink/certificate.h"

#include <catch2/catch.hpp>
#include <ctime>

#include "test_authority.h"

namespace sekisho::controlplane {
namespace {

TEST_CASE("a device key's request becomes a certificate that fits it") {
  const TestAuthority authority;
  const auto key = make_device_key();
  REQUIRE(key);
  CHECK(*key != *make_device_key());
  const auto request = make_certificate_request(*key, "box");
  REQUIRE(request);
  const std::string chain =
      authority.sign_request(*request, "g-1", "t-1", 10, 100) + authority.certificate_pem();
  const auto facts = facts_of(chain);
  REQUIRE(facts);
  CHECK(facts->common_name == "g-1");
  CHECK(facts->organization == "t-1");
  CHECK(facts->not_after - facts->not_before == 100);

  const std::int64_t now = std::time(nullptr);
  CHECK(check_chain(chain, *key, authority.certificate_pem(), now));
  CHECK(check_chain(chain, *key, authority.certificate_pem(), now + 3'600).error().message ==
        "the certificate is not good: certificate has expired");
  CHECK(check_chain(chain, *make_device_key(), authority.certificate_pem(), now).error().message ==
        "the certificate is of another key");
  CHECK_FALSE(check_chain(chain, *key, TestAuthority("other").certificate_pem(), now));
}

TEST_CASE("what is no key, request or certificate is an error") {
  const std::string text = GENERATE("", "-----BEGIN CERTIFICATE-----\nAA==\n", "\x30\x82");
  CHECK_FALSE(make_certificate_request(text, "box"));
  CHECK_FALSE(facts_of(text));
  CHECK_FALSE(check_chain(text, text, text, 0));
  CHECK_FALSE(find_authority({text, ""}, {}));
  CHECK_FALSE(is_made_out_to(text, "console"));
}

TEST_CASE("the authority that a code names is found among a server's certificates") {
  const TestAuthority ours("ours");
  const TestAuthority other("other");
  const auto found =
      find_authority({other.certificate_der(), ours.certificate_der()}, ours.fingerprint());
  REQUIRE(found);
  CHECK(*found == ours.certificate_pem());
  CHECK_FALSE(find_authority({other.certificate_der()}, ours.fingerprint()));
}

TEST_CASE("an address that nobody serves is told") {
  const auto chain = fetch_server_chain("127.0.0.1:1");
  REQUIRE_FALSE(chain);
  CHECK(chain.error().code == Error::Code::not_found);
  CHECK(chain.error().message == "127.0.0.1:1: Connection refused");
  for (const auto* address : {"", "console", "console:", "console:0", "console:65536", ":1",
                              "a b:1", "::1:80", "[127.0.0.1]:1", "console:1x"})
    CHECK(fetch_server_chain(address).error().message ==
          "'" + std::string(address) + "' is not HOST:PORT");
}

}  // namespace
}  // namespace sekisho::controlplane
