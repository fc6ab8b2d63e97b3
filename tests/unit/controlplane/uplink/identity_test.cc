#include "controlplane/uplink/identity.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "dying_files.h"
#include "scratch_folder.h"
#include "test_authority.h"

#include "controlplane/uplink/certificate.h"

namespace sekisho::controlplane {
namespace {

Identity some_identity() {
  const auto key = bundle::SigningKey::generate().public_key();
  return {.tenant = "t",
          .gateway = "g",
          .console_address = "console:1",
          .server_name = "sekisho-console",
          .authority_pem = "a",
          .key_pem = "k",
          .chain_pem = "c",
          .signing_key = {key, 3},
          .enrolled_at = 12};
}

TEST_CASE("an identity is kept for its owner only, and comes back as it was") {
  const ScratchFolder folder;
  DiskFiles disk;
  IdentityFile file(folder.file("identity.json"), disk);
  REQUIRE(file.load());
  CHECK_FALSE(file.load()->has_value());
  const Identity identity = some_identity();
  REQUIRE(file.save(identity));
  struct stat facts {};
  REQUIRE(stat(folder.file("identity.json").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  const auto loaded = file.load();
  REQUIRE(loaded);
  REQUIRE(loaded->has_value());
  CHECK((*loaded)->key_pem == "k");
  CHECK((*loaded)->signing_key == identity.signing_key);
  CHECK((*loaded)->enrolled_at == 12);
  file.remove();
  CHECK_FALSE(file.load()->has_value());
}

TEST_CASE("a damaged identity is an error, not a box that was never enrolled") {
  const ScratchFolder folder;
  DiskFiles disk;
  IdentityFile file(folder.file("identity.json"), disk);
  Identity incomplete = some_identity();
  incomplete.key_pem.clear();
  REQUIRE(file.save(incomplete));
  CHECK_FALSE(file.load());
  for (const auto* text : {"", "{}", "[1]", R"({"signing_key": "zz"})"}) {
    folder.write("identity.json", text);
    CHECK_FALSE(file.load());
  }
}

TEST_CASE("a kill while an identity is replaced leaves the old one or the new one") {
  for (int step = 0; step < 2; ++step) {
    const ScratchFolder folder;
    DiskFiles disk;
    const Identity old = some_identity();
    REQUIRE(IdentityFile(folder.file("identity.json"), disk).save(old));
    DyingFiles files(step);
    Identity renewed = old;
    renewed.key_pem = "k2";
    CHECK_THROWS_AS(IdentityFile(folder.file("identity.json"), files).save(renewed), Killed);
    CHECK((*IdentityFile(folder.file("identity.json"), disk).load())->key_pem == "k");
  }
}

TEST_CASE("a certificate is renewed when two thirds of its life are over") {
  const TestAuthority authority;
  Identity identity = some_identity();
  CHECK(renewal_time(identity) == 0);
  const auto key = make_device_key();
  identity.chain_pem =
      authority.sign_request(*make_certificate_request(*key, "x"), "g", "t", 0, 900);
  const auto facts = facts_of(identity.chain_pem);
  CHECK(renewal_time(identity) == facts->not_before + 600);
}

}  // namespace
}  // namespace sekisho::controlplane
