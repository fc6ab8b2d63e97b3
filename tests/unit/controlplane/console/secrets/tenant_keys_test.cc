#include "controlplane/console/secrets/tenant_keys.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "config/bundle/rotation.h"
#include "console_support/test_database.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

struct Fixture {
  explicit Fixture(Backend backend)
      : database(backend), master_key(*MasterKey::open(database.scratch().file("master.key"))) {
    tenant = database.add_tenant();
  }
  template <class Work>
  auto write(Work work) {
    return database.get().write(work);
  }
  TenantKeyName create() {
    return write([&](Database::Session& session) { return keys.create(session, tenant); });
  }
  Result<TenantKeyName> rotate() {
    return write(
        [&](Database::Session& session) { return keys.rotate(database.get(), session, tenant); });
  }
  std::vector<std::string> chain_after(std::uint64_t sequence) {
    return write(
        [&](Database::Session& session) { return keys.chain_after(session, tenant, sequence); });
  }
  tests::TestDatabase database;
  MasterKey master_key;
  TenantKeys keys{master_key};
  std::string tenant;
};

}  // namespace

TEST_CASE("a tenant's key is found again and signs") {
  Fixture fixture(GENERATE(from_range(tests::backends_here())));
  const auto created = fixture.create();
  CHECK(created.sequence == 0);
  auto found = fixture.write([&](Database::Session& session) {
    return fixture.keys.signing_key(session, fixture.tenant);
  });
  REQUIRE(found);
  CHECK(found->key.public_key() == created.key);
  const auto name = fixture.write(
      [&](Database::Session& session) { return fixture.keys.name(session, fixture.tenant); });
  CHECK(name->key == created.key);
}

TEST_CASE("a tenant without a key has none, and another master key opens none") {
  Fixture fixture(Backend::sqlite);
  CHECK(fixture.rotate().error().code == Error::Code::not_found);
  fixture.create();
  const auto other = *MasterKey::open(fixture.database.scratch().file("other.key"));
  const TenantKeys keys(other);
  const auto refused = fixture.write(
      [&](Database::Session& session) { return keys.signing_key(session, fixture.tenant); });
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Error::Code::signature);
}

TEST_CASE("a gateway follows the chain of rotations from wherever it is") {
  Fixture fixture(GENERATE(from_range(tests::backends_here())));
  const auto first = fixture.create();
  bundle::Pinned pinned{first.key, 0};
  for (int i = 0; i < 3; ++i) REQUIRE(fixture.rotate());
  REQUIRE(fixture.chain_after(0).size() == 3);
  CHECK(fixture.chain_after(2).size() == 1);
  CHECK(fixture.chain_after(3).empty());
  for (const auto& statement : fixture.chain_after(0)) {
    const auto next = bundle::accept_rotation(statement, fixture.tenant, pinned);
    REQUIRE(next);
    pinned = *next;
  }
  const auto newest = fixture.write(
      [&](Database::Session& session) { return fixture.keys.name(session, fixture.tenant); });
  CHECK(pinned.key == newest->key);
  CHECK(pinned.sequence == 3);
}

TEST_CASE("the secret of a key that was rotated away is destroyed") {
  Fixture fixture(Backend::sqlite);
  fixture.create();
  REQUIRE(fixture.rotate());
  std::string secret = "?";
  fixture.write([&](Database::Session& session) {
    session << "SELECT sealed_secret FROM signing_keys WHERE sequence = 0", soci::into(secret);
  });
  CHECK(secret.empty());
}

TEST_CASE("rotations at the same moment follow each other") {
  Fixture fixture(GENERATE(from_range(tests::backends_here())));
  fixture.create();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { static_cast<void>(fixture.rotate()); });
  }
  CHECK(fixture.chain_after(0).size() == 4);
}
