#include "controlplane/console/secrets/master_key.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "console_support/scratch.h"
#include "controlplane/console/secrets/random.h"

using namespace sekisho;
using namespace sekisho::console;

TEST_CASE("the first start makes a key that only its owner may read; later ones read it") {
  const tests::Scratch scratch;
  const auto file = scratch.file("master.key");
  const auto sealed = MasterKey::open(file)->seal("secret", "it");
  struct stat facts {};
  REQUIRE(stat(file.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK(facts.st_size == 32);
  CHECK(*MasterKey::open(file)->unseal(sealed, "it") == "secret");
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.folder()), {}) == 1);
}

TEST_CASE("a key that others may read, or of another length, is refused") {
  const tests::Scratch scratch;
  const auto file = scratch.file("master.key");
  REQUIRE(MasterKey::open(file));
  chmod(file.c_str(), 0640);
  CHECK_FALSE(MasterKey::open(file));
  chmod(file.c_str(), 0600);
  std::ofstream(file, std::ios::app) << "x";
  CHECK_FALSE(MasterKey::open(file));
  CHECK_FALSE(MasterKey::open(scratch.file("no/such/folder")));
}

TEST_CASE("sealed bytes open unaltered, as the same thing and under the same key only") {
  const tests::Scratch scratch;
  const auto key = MasterKey::open(scratch.file("a"));
  const auto other = MasterKey::open(scratch.file("b"));
  const auto secret = GENERATE(std::string(), std::string("x"), std::string(10'000, '\0'));
  const auto sealed = key->seal(secret, "this");
  CHECK(*key->unseal(sealed, "this") == secret);
  CHECK(key->seal(secret, "this") != sealed);
  CHECK_FALSE(key->unseal(sealed, "that"));
  CHECK_FALSE(other->unseal(sealed, "this"));
  for (std::size_t at = 0; at < std::min<std::size_t>(sealed.size(), 200); ++at) {
    auto altered = sealed;
    altered[at] = altered[at] == '0' ? '1' : '0';
    CHECK_FALSE(key->unseal(altered, "this"));
    CHECK_FALSE(key->unseal(sealed.substr(0, at), "this"));
  }
  CHECK(key->unseal("no hex", "this").error().code == Error::Code::signature);
}

TEST_CASE("random values have their documented form and do not repeat") {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto uuid = new_uuid();
    REQUIRE(uuid.size() == 36);
    CHECK(uuid[14] == '4');
    CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
    CHECK(seen.insert(uuid).second);
    CHECK(seen.insert(new_token()).second);
  }
  CHECK(new_token().size() == 64);
  CHECK(hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "ab"));
}
