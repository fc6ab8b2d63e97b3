// Packs of IPS rules on their way to a gateway.
#include <catch2/catch.hpp>
#include <string>

#include "config/bundle/bundle.h"
#include "office.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::LinkClient;
using tests::Office;

namespace {

namespace v1 = link::v1;

v1::Hello hello_with_content(std::uint64_t in_force = 0) {
  auto hello = tests::fresh_hello();
  hello.mutable_content()->set_version_in_force(in_force);
  return hello;
}

v1::FromGateway content_report(std::uint64_t version, v1::ContentState state,
                               std::uint64_t in_force) {
  v1::FromGateway message;
  auto& report = *message.mutable_content();
  report.set_version(version);
  report.set_state(state);
  report.set_version_in_force(in_force);
  return message;
}

struct Fixture {
  explicit Fixture(Backend backend = Backend::sqlite)
      : office(backend), identity(office.enrol().identity), client(office.client(identity)) {}

  void connect(const v1::Hello& hello = hello_with_content()) {
    client.open(hello);
    REQUIRE(client.receive()->has_welcome());
  }
  /// As REST's publishContentPack does, for the one gateway; `group` empty: for all.
  void publish(int version, const std::string& pack, const std::string& group = "") {
    office.write([&](Database::Session& session) {
      const std::string id = pack;
      const auto files = R"([{"name":"a.rules","text":"rules of )" + pack + R"("}])";
      session << "INSERT INTO content_packs (id, tenant, name, group_id, version, newest) VALUES "
                 "(:id, :tenant, :name, :group_id, :version, :newest)",
          soci::use(id), soci::use(office.tenant), soci::use(pack), soci::use(group),
          soci::use(version), soci::use(version);
      session << "INSERT INTO content_pack_versions (pack, version, files, num_files, bytes, "
                 "num_rules, num_refused, notes, created_at, created_by) VALUES (:pack, :version, "
                 ":files, 1, 9, 1, 0, '', 0, 'test')",
          soci::use(id), soci::use(version), soci::use(files);
      session << "UPDATE gateways SET content_desired = :version, content_state = 'delivering' "
                 "WHERE id = :gateway",
          soci::use(version), soci::use(office.gateway);
      notify_gateway(session, office.gateway);
    });
  }
  bundle::Verified<bundle::Bundle> open(const v1::ToGateway& message) {
    return bundle::open(message.content_bundle().bytes(),
                        {*bundle::PublicKey::from_bytes(identity.signing_key), office.tenant,
                         office.gateway, 0, bundle::Kind::content});
  }
  std::string eventually(const std::string& column, const std::string& value) {
    return office.eventually("SELECT " + column + " FROM gateways", value);
  }

  Office office;
  tests::BoxIdentity identity;
  LinkClient client;
};

}  // namespace

TEST_CASE("all packs of a gateway's group reach it as one bundle, and what it says is kept") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  f.connect();
  f.publish(1, "for-another-group", "00000000-0000-0000-0000-000000000000");
  const auto none = f.client.receive();
  REQUIRE(none);
  CHECK(f.open(*none)->files.size() == 1);
  f.publish(2, "et");
  const auto message = f.client.receive();
  REQUIRE(message);
  CHECK(message->content_bundle().version() == 2);
  const auto opened = f.open(*message);
  REQUIRE(opened);
  CHECK(opened->version == 2);
  REQUIRE(opened->files.size() == 2);
  CHECK(opened->files[0].name == "et/a.rules");
  CHECK(opened->files[0].bytes == "rules of et");
  CHECK(opened->files[1].bytes == R"({"packs":[{"name":"et","version":2}]})");

  auto report = content_report(2, v1::CONTENT_STATE_ACCEPTED, 2);
  auto& pack = *report.mutable_content()->add_packs();
  pack.set_name("et");
  pack.set_version(2);
  pack.set_rules(1);
  f.client.send(report);
  CHECK(f.eventually("content_state", "accepted") == "accepted");
  CHECK(f.office.number("SELECT content_version FROM gateways") == 2);
  CHECK(f.office.text("SELECT content_packs FROM gateways") ==
        R"([{"name":"et","refused":0,"rules":1,"version":2}])");
}

TEST_CASE("packs that a gateway refuses are not sent again, newer ones are") {
  Fixture f;
  f.connect();
  f.publish(1, "one");
  REQUIRE(f.client.receive()->content_bundle().version() == 1);
  auto refused = content_report(1, v1::CONTENT_STATE_REFUSED, 0);
  refused.mutable_content()->set_reason_code("compiler");
  refused.mutable_content()->set_reason("too large");
  f.client.send(refused);
  CHECK(f.eventually("content_state", "refused") == "refused");
  CHECK(f.office.text("SELECT content_reason FROM gateways") == "too large");
  f.connect();
  f.publish(2, "two");
  CHECK(f.client.receive()->content_bundle().version() == 2);
  f.client.send(content_report(2, v1::CONTENT_STATE_ACCEPTED, 2));
  CHECK(f.eventually("content_state", "accepted") == "accepted");
  // What the gateway says of an older version says nothing about this one.
  f.client.send(refused);
  f.client.send(content_report(2, v1::CONTENT_STATE_ROLLED_BACK, 1));
  CHECK(f.eventually("content_state", "rolled_back") == "rolled_back");
}

TEST_CASE("a gateway that lost its packs gets them again; one that knows none gets none") {
  Fixture f;
  f.publish(4, "et");
  SECTION("lost") {
    f.office.write([](Database::Session& session) {
      session << "UPDATE gateways SET content_state = 'accepted', content_version = 4";
    });
    f.connect(hello_with_content(0));
    CHECK(f.client.receive()->content_bundle().version() == 4);
  }
  SECTION("there") {
    f.connect(hello_with_content(4));
    f.office.deliver(1);
    CHECK(f.client.receive()->has_bundle());
  }
  SECTION("of an older make") {
    f.connect(tests::fresh_hello());
    f.office.deliver(1);
    CHECK(f.client.receive()->has_bundle());
  }
}
