#include "controlplane/keys/authority.h"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "test_certificates.h"

namespace sekisho::controlplane {
namespace {

using namespace test;

TEST_CASE("a new authority is one that every client can install, for more than 20 years") {
  const auto type = GENERATE(keys::KeyType::ecdsa_p256, keys::KeyType::rsa_3072);
  const auto made = Authority::make({.key_type = type}, kNow);
  REQUIRE(made);
  const auto told = made->describe();
  CHECK(told.subject == "O=Sekisho, CN=Sekisho");
  CHECK(told.issuer == told.subject);
  CHECK(told.organization == "Sekisho");
  CHECK(told.common_name == "Sekisho");
  CHECK(told.key == (type == keys::KeyType::ecdsa_p256 ? "ECDSA P-256" : "RSA 3072"));
  CHECK(told.origin == keys::Origin::generated);
  CHECK(told.chain.empty());
  CHECK(told.not_before == kNow - kDay);
  CHECK(told.not_after - kNow == 25 * 365 * kDay + 25 * kDay / 4);

  const auto certificate = from_der(told.certificate);
  CHECK(from_pem(told.certificate_pem) != nullptr);
  CHECK(X509_cmp(from_pem(told.certificate_pem).get(), certificate.get()) == 0);
  CHECK(X509_get_version(certificate.get()) == X509_VERSION_3);
  CHECK(extension(certificate.get(), NID_basic_constraints) == "critical CA:TRUE, pathlen:0");
  CHECK(extension(certificate.get(), NID_key_usage) == "critical Certificate Sign, CRL Sign");
  CHECK(extension(certificate.get(), NID_subject_key_identifier).size() == 20 * 3 - 1);
  CHECK(X509_get_signature_nid(certificate.get()) ==
        (type == keys::KeyType::ecdsa_p256 ? NID_ecdsa_with_SHA256 : NID_sha256WithRSAEncryption));
  CHECK(ASN1_STRING_length(X509_get0_serialNumber(certificate.get())) <= 16);
  CHECK(ASN1_STRING_length(X509_get0_serialNumber(certificate.get())) >= 12);
  CHECK(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())) == 1);
}

TEST_CASE("two authorities share neither key nor serial") {
  const auto one = Authority::make({}, kNow), other = Authority::make({}, kNow);
  const auto a = from_der(one->describe().certificate);
  const auto b = from_der(other->describe().certificate);
  CHECK(EVP_PKEY_eq(X509_get0_pubkey(a.get()), X509_get0_pubkey(b.get())) != 1);
  CHECK(ASN1_INTEGER_cmp(X509_get0_serialNumber(a.get()), X509_get0_serialNumber(b.get())) != 0);
  CHECK(one->fingerprint() != other->fingerprint());
}

TEST_CASE("on a box that lost the time the years count from when the program was written") {
  const auto made = Authority::make({}, 0);
  REQUIRE(made);
  CHECK(made->describe().not_after > 1'790'812'800 + 24 * 365 * kDay);
}

TEST_CASE("a subject is what the administrator says, or refused") {
  const auto japanese =
      Authority::make({.organization = "株式会社例", .common_name = "関所"}, kNow);
  REQUIRE(japanese);
  CHECK(japanese->describe().subject == "O=株式会社例, CN=関所");
  CHECK(Authority::make({.organization = ""}, kNow)->describe().subject == "CN=Sekisho");
  struct Row {
    std::string organization, common_name, message;
  };
  const std::string why = ": must be 1 to 64 characters of UTF-8 without control characters";
  const auto row = GENERATE_COPY(values<Row>({{"a", "", "common name" + why},
                                              {"a", std::string(65, 'x'), "common name" + why},
                                              {"a\nb", "c", "organization" + why},
                                              {"\xff\xfe", "c", "organization" + why}}));
  const auto refused =
      Authority::make({.organization = row.organization, .common_name = row.common_name}, kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == row.message);
}

TEST_CASE("an authority is read again as it was written") {
  const auto made = Authority::make({.common_name = "One of its own"}, kNow);
  const std::string file = made->serialize();
  const auto read = Authority::parse(file);
  REQUIRE(read);
  CHECK(read->describe() == made->describe());
  CHECK(read->serialize() == file);
}

TEST_CASE("a file that is cut short or changed anywhere is no authority") {
  const std::string file = Authority::make({}, kNow)->serialize();
  for (std::size_t size = 0; size < file.size(); ++size)
    CHECK_FALSE(Authority::parse(std::string_view(file).substr(0, size)));
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CAPTURE(at);
    CHECK_FALSE(Authority::parse(damaged));
  }
  CHECK_FALSE(Authority::parse(file + "x"));
}

}  // namespace
}  // namespace sekisho::controlplane
