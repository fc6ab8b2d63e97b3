#include "controlplane/console/secrets/password.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sekisho::console;

TEST_CASE("a password matches its own hash only, and no two hashes are alike") {
  const auto stored = hash_password("correct horse battery");
  CHECK(stored.starts_with("$scrypt$ln=15,r=8,p=1$"));
  CHECK(check_password("correct horse battery", stored).matches);
  CHECK_FALSE(check_password("correct horse batterz", stored).matches);
  CHECK_FALSE(check_password("", stored).matches);
  CHECK(hash_password("correct horse battery") != stored);
}

TEST_CASE("a hash of today wants no other, a weaker one does when the password is right") {
  // RFC 7914, section 12, shortened to 32 bytes: N=2^14, r=8, p=1, "pleaseletmein",
  // "SodiumChloride".
  const std::string weaker =
      "$scrypt$ln=14,r=8,p=1$536f6469756d43686c6f72696465$"
      "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2";
  const auto right = check_password("pleaseletmein", weaker);
  CHECK(right.matches);
  CHECK(right.rehash);
  CHECK_FALSE(check_password("pleaseletmeon", weaker).rehash);
  CHECK_FALSE(check_password("x", hash_password("x")).rehash);
}

TEST_CASE("what is no hash matches nothing") {
  const auto text =
      GENERATE("", "x", "$scrypt$", "$scrypt$ln=15,r=8,p=1$$", "$scrypt$ln=15,r=8,p=1$00$00",
               "$scrypt$ln=0,r=8,p=1$00$00", "$scrypt$ln=63,r=8,p=1$00$00",
               "$scrypt$ln=15,r=0,p=1$00$00", "$scrypt$ln=99999999999999999999,r=8,p=1$00$00",
               "$scrypt$ln=15,r=8,p=1$0g$00", "$argon2$ln=15");
  CAPTURE(text);
  CHECK_FALSE(check_password("", text).matches);
}
