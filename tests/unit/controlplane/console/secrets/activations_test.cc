#include "controlplane/console/secrets/activations.h"

#include <catch2/catch.hpp>
#include <string>

#include "console_support/test_database.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

constexpr activation::Fingerprint kAuthority{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
constexpr std::int64_t kNow = 1'000'000;

struct Fixture {
  explicit Fixture(Backend backend) : database(backend) {
    tenant = database.add_tenant();
    gateway = database.add_gateway(tenant, database.add_group(tenant));
  }
  Activation create() {
    return database.get().write(
        [&](Database::Session& session) { return activations.create(session, gateway, kNow); });
  }
  std::optional<Activations::Redeemed> redeem(const std::string& code, std::int64_t now = kNow) {
    return database.get().write([&](Database::Session& session) {
      return activations.redeem(database.get(), session, code, now);
    });
  }
  tests::TestDatabase database;
  Activations activations{kAuthority};
  std::string tenant, gateway;
};

}  // namespace

TEST_CASE("a code is good once, for its gateway") {
  Fixture fixture(GENERATE(from_range(tests::backends_here())));
  const auto activation = fixture.create();
  CHECK(activation.expires_at == kNow + kActivationMs);
  const auto redeemed = fixture.redeem(activation.code);
  REQUIRE(redeemed);
  CHECK(redeemed->gateway == fixture.gateway);
  CHECK(redeemed->tenant == fixture.tenant);
  CHECK_FALSE(fixture.redeem(activation.code));
}

TEST_CASE("a code that expired, was replaced or is another console's is worth nothing") {
  Fixture fixture(Backend::sqlite);
  const auto first = fixture.create();
  CHECK_FALSE(fixture.redeem(first.code, first.expires_at));
  const auto second = fixture.create();
  CHECK_FALSE(fixture.redeem(first.code));
  auto other = *activation::parse_activation_code(second.code);
  other.authority[0] ^= 1;
  CHECK_FALSE(fixture.redeem(activation::to_text(other)));
  CHECK_FALSE(fixture.redeem("not a code"));
  CHECK_FALSE(fixture.redeem(""));
  CHECK(fixture.redeem(second.code));
}

TEST_CASE("the database holds only a hash of the code") {
  Fixture fixture(Backend::sqlite);
  const auto activation = fixture.create();
  std::string stored;
  fixture.database.get().read([&](Database::Session& session) {
    session << "SELECT activation_hash FROM gateways", soci::into(stored);
  });
  CHECK(stored.size() == 64);
  CHECK(activation.code.find(stored) == std::string::npos);
}
