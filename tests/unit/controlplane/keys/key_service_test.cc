#include "controlplane/keys/key_service.h"

#include <catch2/catch.hpp>
#include <optional>

#include "config/base/text_bytes.h"
#include "scratch_folder.h"
#include "test_certificates.h"

namespace sekisho::controlplane {
namespace {

using namespace test;

constexpr uid_t kSigner = 7, kAdministrator = 8, kStranger = 9;

struct Bench {
  ScratchFolder folder;
  DiskFiles disk;
  std::optional<KeyService> service;

  Bench() { start(); }
  void start() {
    service.emplace(AuthorityFile(folder.path(), disk),
                    KeyService::Access{.signs = kSigner, .administers = kAdministrator},
                    [] { return kNow; });
  }
  keys::Reply ask(uid_t user, const keys::Request& request) {
    auto reply =
        keys::parse_reply(bytes_of(service->answer(user, bytes_of(keys::encode(request)))));
    if (!reply) FAIL(reply.error().message);
    return *reply;
  }
  keys::DescribeReply described(uid_t user, const keys::Request& request) {
    const auto reply = ask(user, request);
    if (const auto* error = std::get_if<Error>(&reply)) FAIL(error->message);
    return std::get<keys::DescribeReply>(reply);
  }
  std::string refused(uid_t user, const keys::Request& request) {
    const auto reply = ask(user, request);
    return std::holds_alternative<Error>(reply) ? std::get<Error>(reply).message : "not refused";
  }
};

keys::SignRequest some_request() {
  keys::SignRequest request;
  request.public_key = public_der(ec_key().get());
  request.dns_names = {"a.example"};
  request.not_before = kNow - kDay;
  request.not_after = kNow + 30 * kDay;
  return request;
}

TEST_CASE("each may ask what he is there for") {
  Bench bench;
  const std::string not_signer = "only sekisho-decrypt may ask that";
  const std::string not_control = "only sekisho-control may ask that";
  for (const uid_t user : {kSigner, kAdministrator, kStranger})
    CHECK(bench.described(user, keys::DescribeRequest{}).subject == "O=Sekisho, CN=Sekisho");
  for (const uid_t user : {uid_t{0}, kAdministrator, kStranger})
    CHECK(bench.refused(user, some_request()) == not_signer);
  for (const uid_t user : {uid_t{0}, kSigner, kStranger}) {
    CHECK(bench.refused(user, keys::RegenerateRequest{}) == not_control);
    CHECK(bench.refused(user, keys::ImportRequest{"a", "b"}) == not_control);
  }
  CHECK(std::holds_alternative<keys::SignReply>(bench.ask(kSigner, some_request())));
}

TEST_CASE("what is no request is answered with what is wrong") {
  Bench bench;
  const auto reply = keys::parse_reply(bytes_of(bench.service->answer(kSigner, {})));
  REQUIRE(reply);
  CHECK(std::get<Error>(*reply).message == "a message of two bytes or less is malformed");
}

TEST_CASE("a new authority keeps its name, signs from then on, and outlives a restart") {
  Bench bench;
  const auto first = bench.described(kAdministrator, keys::DescribeRequest{});
  const auto named = bench.described(
      kAdministrator, keys::RegenerateRequest{keys::KeyType::ecdsa_p256, "Works", "Gate"});
  CHECK(named.subject == "O=Works, CN=Gate");
  CHECK(named.fingerprint != first.fingerprint);
  const auto again = bench.described(kAdministrator, keys::RegenerateRequest{});
  CHECK(again.subject == "O=Works, CN=Gate");
  CHECK(again.fingerprint != named.fingerprint);
  const auto leaf = std::get<keys::SignReply>(bench.ask(kSigner, some_request()));
  CHECK(leaf.issuer == again.fingerprint);
  CHECK(verify(from_der(leaf.certificate).get(), from_der(again.certificate).get(), kNow) == 0);
  CHECK(verify(from_der(leaf.certificate).get(), from_der(named.certificate).get(), kNow) != 0);
  bench.start();
  CHECK(bench.described(kStranger, keys::DescribeRequest{}).fingerprint == again.fingerprint);
  CHECK(bench.refused(kAdministrator, keys::RegenerateRequest{{}, "a\nb", ""})
            .find("organization: ") == 0);
  CHECK(bench.described(kStranger, keys::DescribeRequest{}).fingerprint == again.fingerprint);
}

TEST_CASE("an imported authority takes over, and gives its name to no other") {
  Bench bench;
  const auto key = ec_key();
  const auto root = make_certificate({.name = "Company"}, key.get());
  const auto told =
      bench.described(kAdministrator, keys::ImportRequest{pem(root.get()), pem(key.get())});
  CHECK(told.subject == "CN=Company");
  bench.start();
  CHECK(bench.described(kStranger, keys::DescribeRequest{}).origin == keys::Origin::imported);
  CHECK(bench.refused(kAdministrator, keys::ImportRequest{pem(root.get()), "x"}) ==
        "private key: it holds no private key in PEM");
  CHECK(bench.described(kStranger, keys::DescribeRequest{}).fingerprint == told.fingerprint);
  CHECK(bench.described(kAdministrator, keys::RegenerateRequest{}).subject ==
        "O=Sekisho, CN=Sekisho");
}

TEST_CASE("what must stay visibly wrong is signed by an authority that nobody has") {
  Bench bench;
  auto request = some_request();
  request.issuer = keys::Issuer::untrusted;
  const auto told = bench.described(kSigner, keys::DescribeRequest{});
  const auto leaf = std::get<keys::SignReply>(bench.ask(kSigner, request));
  const auto certificate = from_der(leaf.certificate);
  CHECK(leaf.issuer != told.fingerprint);
  CHECK(verify(certificate.get(), from_der(told.certificate).get(), kNow) != 0);
  CHECK(verify(certificate.get(), from_der(told.untrusted_certificate).get(), kNow) == 0);
}

TEST_CASE("with a damaged authority nothing is signed until somebody replaces it") {
  Bench bench;
  bench.folder.write("authority.pem", "damaged");
  bench.start();
  const std::string why =
      bench.folder.file("authority.pem") + " is damaged: it does not begin as such a file does";
  CHECK(bench.refused(kSigner, keys::DescribeRequest{}) == why);
  CHECK(bench.refused(kSigner, some_request()) == why);
  CHECK(bench.folder.read("authority.pem") == "damaged");
  CHECK(bench.described(kAdministrator, keys::RegenerateRequest{}).subject ==
        "O=Sekisho, CN=Sekisho");
  CHECK(std::holds_alternative<keys::SignReply>(bench.ask(kSigner, some_request())));
}

}  // namespace
}  // namespace sekisho::controlplane
