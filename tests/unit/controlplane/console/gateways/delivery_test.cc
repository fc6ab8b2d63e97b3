#include <catch2/catch.hpp>
#include <string>

#include "config/bundle/bundle.h"
#include "config/bundle/rotation.h"
#include "office.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::LinkClient;
using tests::Office;
using tests::policy_report;
using namespace std::chrono_literals;

namespace {

namespace v1 = link::v1;

struct Fixture {
  explicit Fixture(Backend backend = Backend::sqlite)
      : office(backend), identity(office.enrol().identity), client(office.client(identity)) {}

  void connect(const v1::Hello& hello = tests::fresh_hello()) {
    client.open(hello);
    REQUIRE(client.receive()->has_welcome());
  }
  bundle::Verified<bundle::Bundle> open(const v1::ToGateway& message, std::uint64_t in_force = 0) {
    return bundle::open(message.bundle().bytes(), {*bundle::PublicKey::from_bytes(key),
                                                   office.tenant, office.gateway, in_force});
  }
  std::string column(int version, const std::string& name) {
    return office.text("SELECT " + name +
                       " FROM gateway_deliveries WHERE version = " + std::to_string(version));
  }

  Office office;
  tests::BoxIdentity identity;
  LinkClient client;
  std::string key = identity.signing_key;
};

}  // namespace

TEST_CASE("deliver all reaches a gateway, which is told that it was heard, and succeeds") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  f.connect();
  f.office.deliver(1, R"({"rules":["one"]})");
  const auto message = f.client.receive();
  REQUIRE(message);
  const auto opened = f.open(*message);
  REQUIRE(opened);
  CHECK(opened->version == 1);
  REQUIRE(opened->files.size() == 1);
  CHECK(opened->files[0].name == "policy.yaml");
  CHECK(opened->files[0].bytes == R"({"rules":["one"]})");

  f.client.send(policy_report(1, v1::POLICY_STATE_RECEIVED, 0));
  f.client.send(policy_report(1, v1::POLICY_STATE_ENFORCED, 1));
  const auto confirmation = f.client.receive();
  REQUIRE(confirmation);
  CHECK(confirmation->confirmation().version() == 1);
  CHECK(f.office.delivery_state(1) == "delivering");  // only what survives a restart has succeeded

  auto confirmed = policy_report(1, v1::POLICY_STATE_CONFIRMED, 1);
  confirmed.mutable_policy()->set_apply_ms(42);
  f.client.send(confirmed);
  CHECK(f.office.wait_for_delivery(1, "succeeded") == "succeeded");
  CHECK(f.column(1, "apply_ms") == "42");
  CHECK(f.office.number("SELECT version FROM gateways") == 1);
}

TEST_CASE("the same draft gives the same bytes") {
  Fixture f;
  f.office.deliver(1);
  f.connect();
  const auto first = f.client.receive()->bundle().bytes();
  f.connect();
  CHECK(f.client.receive()->bundle().bytes() == first);
  CHECK_FALSE(first.empty());
}

TEST_CASE("an offline gateway gets the newest version when it returns, and no older one") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  f.office.deliver(1);
  f.office.deliver(2);
  f.connect();
  CHECK(f.client.receive()->bundle().version() == 2);
  CHECK_FALSE(f.client.receive(500ms));
  f.client.send(policy_report(2, v1::POLICY_STATE_RECEIVED, 0));
  CHECK(f.office.wait_for_delivery(1, "superseded") == "superseded");
}

TEST_CASE("what a gateway refuses or takes back failed, with the reason, and is not sent again") {
  const auto state = GENERATE(v1::POLICY_STATE_REFUSED, v1::POLICY_STATE_ROLLED_BACK);
  Fixture f;
  f.connect();
  f.office.deliver(1);
  REQUIRE(f.client.receive()->has_bundle());
  auto report = policy_report(1, state, 0);
  report.mutable_policy()->set_reason_code("invalid_policy");
  report.mutable_policy()->set_reason("rule 3: no such zone");
  auto& mistake = *report.mutable_policy()->add_mistakes();
  mistake.set_line(7);
  mistake.set_message("no such \"zone\"");
  f.client.send(report);
  CHECK(f.office.wait_for_delivery(1, "failed") == "failed");
  CHECK(f.column(1, "reason") == "rule 3: no such zone");
  CHECK(f.column(1, "reason_code") ==
        (state == v1::POLICY_STATE_REFUSED ? "invalid_policy" : "rolled_back"));
  CHECK(f.column(1, "mistakes") == R"([{"column":0,"line":7,"message":"no such \"zone\""}])");
  f.connect();
  CHECK_FALSE(f.client.receive(500ms));
  f.office.deliver(2);
  CHECK(f.client.receive()->bundle().version() == 2);
}

TEST_CASE("a report that was lost with the stream comes with the next Hello") {
  Fixture f;
  f.connect();
  f.office.deliver(1);
  REQUIRE(f.client.receive()->has_bundle());
  f.client.cancel();
  auto hello = tests::fresh_hello();
  *hello.mutable_policy() = policy_report(1, v1::POLICY_STATE_ENFORCED, 1).policy();
  f.connect(hello);
  CHECK(f.client.receive()->confirmation().version() == 1);
  f.client.cancel();
  hello.mutable_policy()->set_state(v1::POLICY_STATE_CONFIRMED);
  f.connect(hello);
  CHECK(f.office.delivery_state(1) == "succeeded");
  CHECK_FALSE(f.client.receive(500ms));
}

TEST_CASE("an enforced version is confirmed although a newer one is on its way") {
  Fixture f;
  f.connect();
  f.office.deliver(1);
  REQUIRE(f.client.receive()->has_bundle());
  f.office.deliver(2);
  REQUIRE(f.client.receive()->bundle().version() == 2);
  f.client.send(policy_report(1, v1::POLICY_STATE_ENFORCED, 1));
  CHECK(f.client.receive()->confirmation().version() == 1);
  f.client.send(policy_report(1, v1::POLICY_STATE_CONFIRMED, 1));
  f.client.send(policy_report(2, v1::POLICY_STATE_CONFIRMED, 2));
  CHECK(f.office.wait_for_delivery(2, "succeeded") == "succeeded");
  CHECK(f.office.delivery_state(1) == "superseded");
}

TEST_CASE("a version that was never delivered to the gateway is not confirmed") {
  Fixture f;
  f.connect();
  f.client.send(policy_report(7, v1::POLICY_STATE_ENFORCED, 7));
  CHECK_FALSE(f.client.receive(500ms));
}

TEST_CASE("a policy of the box's own stays until the next delivery") {
  Fixture f;
  f.connect();
  f.office.deliver(1);
  REQUIRE(f.client.receive()->has_bundle());
  f.client.send(policy_report(1, v1::POLICY_STATE_CONFIRMED, 1));
  REQUIRE(f.office.wait_for_delivery(1, "succeeded") == "succeeded");
  auto hello = tests::fresh_hello();
  hello.mutable_policy()->set_local_policy(true);
  f.connect(hello);
  CHECK_FALSE(f.client.receive(500ms));
  CHECK(f.office.number("SELECT local_policy FROM gateways") == 1);
  f.office.deliver(2);
  CHECK(f.client.receive()->bundle().version() == 2);
}

TEST_CASE("a gateway that lost its policy is delivered to again") {
  Fixture f;
  f.connect();
  f.office.deliver(1);
  REQUIRE(f.client.receive()->has_bundle());
  f.client.send(policy_report(1, v1::POLICY_STATE_CONFIRMED, 1));
  REQUIRE(f.office.wait_for_delivery(1, "succeeded") == "succeeded");
  auto hello = tests::fresh_hello();
  hello.mutable_policy();  // nothing is in force
  f.connect(hello);
  CHECK(f.client.receive()->bundle().version() == 1);
  CHECK(f.office.delivery_state(1) == "delivering");
}

TEST_CASE("a gateway pins rotated keys one after another before it gets a bundle") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  for (int i = 0; i < 2; ++i)
    f.office.write([&](Database::Session& session) {
      CHECK(f.office.console.keys.rotate(f.office.database.get(), session, f.office.tenant));
    });
  f.office.deliver(1);
  f.connect();
  bundle::Pinned pinned{*bundle::PublicKey::from_bytes(f.key), 0};
  for (std::uint64_t sequence = 1; sequence <= 2; ++sequence) {
    const auto message = f.client.receive();
    REQUIRE(message);
    REQUIRE(message->has_key_rotation());
    const auto next =
        bundle::accept_rotation(message->key_rotation().statement(), f.office.tenant, pinned);
    REQUIRE(next);
    pinned = *next;
    CHECK_FALSE(f.client.receive(300ms));
    v1::FromGateway reply;
    reply.mutable_key_pinned()->set_sequence(pinned.sequence);
    f.client.send(reply);
  }
  const auto message = f.client.receive();
  REQUIRE(message);
  REQUIRE(message->has_bundle());
  f.key = std::string(pinned.key.bytes());
  CHECK(f.open(*message));
  CHECK(f.office.number("SELECT key_sequence FROM gateways") == 2);
}

TEST_CASE(
    "a gateway hears of a rotation while it is connected; one that it refuses fails the delivery") {
  Fixture f;
  f.connect();
  f.office.write([&](Database::Session& session) {
    CHECK(f.office.console.keys.rotate(f.office.database.get(), session, f.office.tenant));
    notify_gateway(session, f.office.gateway);
  });
  REQUIRE(f.client.receive()->has_key_rotation());
  v1::FromGateway refusal;
  refusal.mutable_key_pinned()->set_refusal("bad_signature");
  f.client.send(refusal);
  f.office.deliver(1);
  CHECK(f.office.wait_for_delivery(1, "failed") == "failed");
  CHECK(f.column(1, "reason_code") == "signing_key");
}

TEST_CASE("a version without a policy for the group fails and says so") {
  Fixture f;
  f.connect();
  f.office.deliver(1);
  REQUIRE(f.client.receive()->has_bundle());
  f.office.write([&](Database::Session& session) {
    session << "UPDATE gateway_deliveries SET group_id = 'none', state = 'delivering'";
    notify_gateway(session, f.office.gateway);
  });
  f.connect();
  CHECK(f.office.wait_for_delivery(1, "failed") == "failed");
  CHECK(f.column(1, "reason_code") == "console");
}
