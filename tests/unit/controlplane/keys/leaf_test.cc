#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "controlplane/keys/authority.h"
#include "test_certificates.h"

namespace sekisho::controlplane {
namespace {

using namespace test;

const std::string& p256() {
  static const std::string kKey = public_der(ec_key().get());
  return kKey;
}

keys::SignRequest request_for(const std::string& name) {
  keys::SignRequest request;
  request.public_key = p256();
  request.common_name = name;
  request.dns_names = {name};
  request.not_before = kNow - 30 * kDay;
  request.not_after = kNow + 60 * kDay;
  return request;
}

const Authority& authority() {
  static const auto kMade = Authority::make({}, kNow - 400 * kDay);
  return *kMade;
}

Certificate signed_by(const Authority& issuer, const keys::SignRequest& request) {
  const auto leaf = issuer.sign(request, kNow);
  if (!leaf) FAIL(leaf.error().message);
  return from_der(*leaf);
}

TEST_CASE("a leaf is good for its names and nothing else") {
  const bool rsa = GENERATE(false, true);
  auto request = request_for("www.example");
  if (rsa) request.public_key = public_der(rsa_key().get());
  request.dns_names = {"www.example", "*.cdn.example"};
  request.addresses = {std::string("\xc0\0\2\1", 4)};
  const auto leaf = signed_by(authority(), request);
  const auto root = from_der(authority().describe().certificate);
  CHECK(verify(leaf.get(), root.get(), kNow) == 0);
  const auto is_for = [&](const std::string& host) {
    return X509_check_host(leaf.get(), host.data(), host.size(), 0, nullptr) == 1;
  };
  CHECK(is_for("www.example"));
  CHECK(is_for("a.cdn.example"));
  CHECK_FALSE(is_for("cdn.example"));
  CHECK_FALSE(is_for("other.example"));
  CHECK(X509_check_ip_asc(leaf.get(), "192.0.2.1", 0) == 1);
  CHECK(extension(leaf.get(), NID_subject_alt_name) ==
        "DNS:www.example, DNS:*.cdn.example, IP Address:192.0.2.1");
  CHECK(extension(leaf.get(), NID_basic_constraints) == "critical CA:FALSE");
  CHECK(extension(leaf.get(), NID_key_usage) ==
        (rsa ? "critical Digital Signature, Key Encipherment" : "critical Digital Signature"));
  CHECK(extension(leaf.get(), NID_ext_key_usage) == "TLS Web Server Authentication");
  const auto own = extension(root.get(), NID_subject_key_identifier);
  CHECK(extension(leaf.get(), NID_authority_key_identifier).find(own) != std::string::npos);
  CHECK(X509_get_signature_nid(leaf.get()) == NID_ecdsa_with_SHA256);
  CHECK(seconds(X509_get0_notBefore(leaf.get())) == request.not_before);
  CHECK(seconds(X509_get0_notAfter(leaf.get())) == request.not_after);
  const auto other = Authority::make({}, kNow - 400 * kDay);
  CHECK(verify(leaf.get(), from_der(other->describe().certificate).get(), kNow) != 0);
}

TEST_CASE("the validity is the server's, cut to what clients accept, with now in it") {
  struct Row {
    const char* name;
    std::int64_t from, to, cut_from, cut_to;  // days from now
  };
  const auto row = GENERATE(values<Row>({
      {"as it is", -30, 60, -30, 60},
      {"397 days", -100, 297, -100, 297},
      {"two years, in the middle", -300, 430, -1, 396},
      {"two years, just begun", 0, 730, 0, 397},
      {"two years, nearly over", -700, 30, -1, 30},
      {"over for a year", -800, -365, -401, -365},
      {"to come", 10, 800, 10, 407},
      {"since before the authority", -5000, 20, -1, 20},
  }));
  CAPTURE(row.name);
  auto request = request_for("a.example");
  request.not_before = kNow + row.from * kDay;
  request.not_after = kNow + row.to * kDay;
  const auto leaf = signed_by(authority(), request);
  const auto from = (seconds(X509_get0_notBefore(leaf.get())) - kNow) / kDay;
  const auto to = (seconds(X509_get0_notAfter(leaf.get())) - kNow) / kDay;
  CHECK(to == row.cut_to);
  CHECK(from == row.cut_from);
  CHECK(to - from <= 397);
}

TEST_CASE(
    "a name that no subject can carry is left to the alternative names, which are then critical") {
  const auto name = GENERATE(as<std::string>(), "", std::string(65, 'x'), "\xff");
  auto request = request_for("a.example");
  request.common_name = name;
  const auto leaf = signed_by(authority(), request);
  CHECK(X509_NAME_entry_count(X509_get_subject_name(leaf.get())) == 0);
  CHECK(extension(leaf.get(), NID_subject_alt_name) == "critical DNS:a.example");
  CHECK(verify(leaf.get(), from_der(authority().describe().certificate).get(), kNow) == 0);
}

TEST_CASE("what would be no good certificate is refused with the reason") {
  struct Row {
    std::string message;
    void (*spoil)(keys::SignRequest&);
  };
  const auto row = GENERATE(values<Row>({
      {"the certificate would be for no name", [](auto& r) { r.dns_names.clear(); }},
      {"'a b' is no DNS name", [](auto& r) { r.dns_names = {"a b"}; }},
      {"'a.example,DNS:b' is no DNS name", [](auto& r) { r.dns_names = {"a.example,DNS:b"}; }},
      {"'a..b' is no DNS name", [](auto& r) { r.dns_names = {"a..b"}; }},
      {"'*' is no DNS name", [](auto& r) { r.dns_names = {"*"}; }},
      {"'a.*.b' is no DNS name", [](auto& r) { r.dns_names = {"a.*.b"}; }},
      {"'' is no DNS name", [](auto& r) { r.dns_names = {""}; }},
      {"'\?\?\?' is no DNS name", [](auto& r) { r.dns_names = {"例"}; }},
      {"the names have more than 32768 bytes",
       [](auto& r) { r.dns_names.assign(512, std::string(65, 'a')); }},
      {"an address has 5 bytes, not 4 or 16", [](auto& r) { r.addresses = {"12345"}; }},
      {"public key: is no SubjectPublicKeyInfo", [](auto& r) { r.public_key = "key"; }},
      {"public key: is no SubjectPublicKeyInfo", [](auto& r) { r.public_key += "x"; }},
      {"public key: RSA 1024 is neither ECDSA P-256 nor RSA of 2048 to 4096 bits",
       [](auto& r) { r.public_key = public_der(rsa_key(1024).get()); }},
      {"public key: ECDSA P-384 is neither ECDSA P-256 nor RSA of 2048 to 4096 bits",
       [](auto& r) { r.public_key = public_der(ec_key("P-384").get()); }},
      {"the certificate would never be valid under this authority",
       [](auto& r) { r.not_after = r.not_before - 1; }},
      {"the certificate would never be valid under this authority",
       [](auto& r) { r.not_after = kNow - 1000 * kDay; }},
  }));
  auto request = request_for("a.example");
  row.spoil(request);
  const auto refused = authority().sign(request, kNow);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == row.message);
}

}  // namespace
}  // namespace sekisho::controlplane
