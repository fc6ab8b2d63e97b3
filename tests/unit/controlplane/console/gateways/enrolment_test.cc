#include <catch2/catch.hpp>
#include <string>

#include "config/bundle/keys.h"
#include "office.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::LinkClient;
using tests::Office;

TEST_CASE("a box with a code becomes its gateway, once") {
  Office office(GENERATE(from_range(tests::backends_here())));
  LinkClient client(office.console.server->port(), office.console.authority->certificate_pem());
  const auto code = office.new_code();
  const auto enrolled = client.enrol(code, tests::make_device());
  REQUIRE(enrolled.code == LinkClient::kOk);
  CHECK(enrolled.identity.tenant == office.tenant);
  CHECK(enrolled.identity.gateway == office.gateway);
  CHECK(bundle::PublicKey::from_bytes(enrolled.identity.signing_key));
  const auto peer = read_peer_certificate(enrolled.identity.chain_pem);
  REQUIRE(peer);
  CHECK(peer->gateway == office.gateway);
  CHECK(office.text("SELECT state FROM gateways") == "enrolled");
  CHECK(office.text("SELECT certificate_serial FROM gateways") == peer->serial);
  CHECK(office.text("SELECT action FROM audit") == "enrolGateway");
  CHECK(office.text("SELECT target FROM audit") == office.text("SELECT name FROM gateways"));
  CHECK(client.enrol(code, tests::make_device()).code == LinkClient::kUnauthenticated);
  CHECK(client.enrol("nonsense", tests::make_device()).code == LinkClient::kUnauthenticated);
}

TEST_CASE("a bad certificate request leaves the code good") {
  Office office(Backend::sqlite);
  LinkClient client(office.console.server->port(), office.console.authority->certificate_pem());
  const auto code = office.new_code();
  CHECK(client.enrol(code, {"", "nonsense"}).code == LinkClient::kInvalidArgument);
  CHECK(client.enrol(code, {"", std::string(1'000'000, 'x')}).code == LinkClient::kInvalidArgument);
  CHECK(client.enrol(code, tests::make_device(tests::DeviceKey::rsa2048)).code ==
        LinkClient::kInvalidArgument);
  CHECK(client.enrol(code, tests::make_device()).code == LinkClient::kOk);
}

TEST_CASE("a gateway that enrols after a delivery is given its group's newest version") {
  Office office(Backend::sqlite);
  office.deliver(1);
  const auto late = office.database.add_gateway(office.tenant, office.group, "late");
  office.gateway = late;
  const auto enrolled = office.enrol();
  REQUIRE(enrolled.code == LinkClient::kOk);
  CHECK(office.number("SELECT desired_version FROM gateways WHERE name = 'late'") == 1);
  CHECK(office.text("SELECT state FROM gateway_deliveries WHERE gateway = '" + late + "'") ==
        "delivering");
  auto client = office.client(enrolled.identity);
  client.open(tests::fresh_hello());
  REQUIRE(client.receive()->has_welcome());
  CHECK(client.receive()->bundle().version() == 1);
}

TEST_CASE("a replaced box shuts the one before out and gets the policy again") {
  Office office(Backend::sqlite);
  const auto first = office.enrol();
  office.deliver(1);
  auto client = office.client(first.identity);
  client.open(tests::fresh_hello());
  REQUIRE(client.receive()->has_welcome());
  REQUIRE(client.receive()->has_bundle());
  client.send(tests::policy_report(1, link::v1::POLICY_STATE_CONFIRMED, 1));
  REQUIRE(office.wait_for_delivery(1, "succeeded") == "succeeded");
  const auto second = office.enrol();
  REQUIRE(second.code == LinkClient::kOk);
  CHECK(client.code() == LinkClient::kPermissionDenied);
  CHECK(office.delivery_state(1) == "delivering");
  client.open(tests::fresh_hello());
  CHECK(client.code() == LinkClient::kPermissionDenied);
  auto other = office.client(second.identity);
  other.open(tests::fresh_hello());
  REQUIRE(other.receive()->has_welcome());
  CHECK(other.receive()->has_bundle());
}

TEST_CASE("without a certificate there is no stream and no renewal") {
  Office office(Backend::sqlite);
  LinkClient client(office.console.server->port(), office.console.authority->certificate_pem());
  client.open();
  CHECK(client.code() == LinkClient::kUnauthenticated);
  CHECK(client.renew(tests::make_device()).code == LinkClient::kUnauthenticated);
}

TEST_CASE("a certificate of another authority does not get through TLS") {
  Office office(Backend::sqlite), other(Backend::sqlite);
  const auto foreign = other.enrol();
  auto client = office.client(foreign.identity);
  client.open(tests::fresh_hello());
  CHECK(client.code() == LinkClient::kUnavailable);
}

TEST_CASE("a certificate of this authority that was never written down is not let in") {
  Office office(Backend::sqlite);
  REQUIRE(office.enrol().code == LinkClient::kOk);
  const auto device = tests::make_device();
  const auto issued = office.console.authority->issue_gateway(device.request, office.gateway,
                                                              office.tenant, unix_ms());
  auto client = office.client({device.key_pem, issued->chain_pem, "", "", "", 0});
  client.open(tests::fresh_hello());
  CHECK(client.code() == LinkClient::kPermissionDenied);
}

TEST_CASE("a renewed certificate becomes the only one when it is used") {
  Office office(GENERATE(from_range(tests::backends_here())));
  const auto enrolled = office.enrol();
  auto old_client = office.client(enrolled.identity);
  const auto lost = old_client.renew(tests::make_device());
  const auto renewed = old_client.renew(tests::make_device());
  REQUIRE(renewed.code == LinkClient::kOk);
  old_client.open(tests::fresh_hello());
  CHECK(old_client.receive()->has_welcome());  // still good

  auto lost_client = office.client(lost.identity);
  lost_client.open(tests::fresh_hello());
  CHECK(lost_client.code() == LinkClient::kPermissionDenied);

  auto new_client = office.client(renewed.identity);
  new_client.open(tests::fresh_hello());
  REQUIRE(new_client.receive()->has_welcome());
  old_client.open(tests::fresh_hello());
  CHECK(old_client.code() == LinkClient::kPermissionDenied);
  CHECK(old_client.renew(tests::make_device()).code == LinkClient::kPermissionDenied);
  CHECK(office.text("SELECT certificate_serial FROM gateways") ==
        read_peer_certificate(renewed.identity.chain_pem)->serial);
}

TEST_CASE("a box's name is cut between characters and has no zero bytes") {
  Office office(GENERATE(from_range(tests::backends_here())));
  LinkClient client(office.console.server->port(), office.console.authority->certificate_pem());
  const std::string letters(198, 'a');
  const auto name = std::string(1, '\0') + letters + "関所";
  CHECK(client.enrol(office.new_code(), tests::make_device(), name).code == LinkClient::kOk);
  CHECK(office.text("SELECT detail FROM audit") == letters);
}
