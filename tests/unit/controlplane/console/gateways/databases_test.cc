// Databases on their way to a gateway.
#include <catch2/catch.hpp>
#include <string>

#include "config/content/description.h"
#include "config/content/entry_list.h"
#include "config/content/packing.h"
#include "controlplane/console/store/base64.h"
#include "office.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::LinkClient;
using tests::Office;

namespace {

namespace v1 = link::v1;

/// A gateway's Hello that says which version of URLs it has, and how the last one fared.
v1::Hello hello_with_urls(std::uint64_t in_force = 0, std::uint64_t version = 0,
                          v1::ContentState state = v1::CONTENT_STATE_UNSPECIFIED) {
  auto hello = tests::fresh_hello();
  auto& report = *hello.mutable_content()->add_databases();
  report.set_kind("urls");
  report.set_version_in_force(in_force);
  report.set_version(version);
  report.set_state(state);
  return hello;
}

struct DatabaseOffice {
  explicit DatabaseOffice(Backend backend = Backend::sqlite)
      : office(backend), identity(office.enrol().identity), client(office.client(identity)) {}

  void connect(const v1::Hello& hello) {
    client.open(hello);
    REQUIRE(client.receive()->has_welcome());
  }
  /// As REST's publishDatabase does.
  void publish(int version, const std::string& list) {
    office.write([&](Database::Session& session) {
      const auto packed = to_base64(content::pack(list));
      const auto digest = content::digest_of(list);
      const auto bytes = static_cast<long long>(list.size());
      const auto entries = static_cast<long long>(content::num_entries(list));
      session << "INSERT INTO content_databases (tenant, kind, version, list, bytes, packed_bytes, "
                 "entries, sha256, built, notes, created_at, created_by) VALUES (:tenant, 'urls', "
                 ":version, :list, :bytes, 1, :entries, :sha256, 1790000000, '', 0, 'test')",
          soci::use(office.tenant), soci::use(version), soci::use(packed), soci::use(bytes),
          soci::use(entries), soci::use(digest);
      notify_gateway(session, office.gateway);
    });
  }
  v1::DatabasePiece piece(std::uint64_t version, std::uint64_t base, std::uint32_t number = 0) {
    v1::FromGateway message;
    auto& wanted = *message.mutable_database();
    wanted.set_kind("urls");
    wanted.set_version(version);
    wanted.set_base(base);
    wanted.set_piece(number);
    client.send(message);
    const auto answer = client.receive();
    REQUIRE(answer);
    return answer->database_piece();
  }

  Office office;
  tests::BoxIdentity identity;
  LinkClient client;
};

}  // namespace

TEST_CASE("a gateway is offered the newest list, signed, and fetches it or the difference") {
  DatabaseOffice f(GENERATE(from_range(tests::backends_here())));
  // Lists that are large enough for a difference to be the smaller.
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i) lines.push_back("host" + std::to_string(i * 7919 % 211));
  const auto first = content::make_entry_list(lines);
  lines.emplace_back("one more");
  const auto second = content::make_entry_list(lines);
  f.publish(1, first);
  f.publish(2, second);
  f.connect(hello_with_urls(1, 1, v1::CONTENT_STATE_ACCEPTED));
  const auto message = f.client.receive();
  REQUIRE(message);
  CHECK(message->database_offer().kind() == "urls");
  CHECK(message->database_offer().version() == 2);
  const auto opened =
      content::open_description(message->database_offer().description(),
                                {*bundle::PublicKey::from_bytes(f.identity.signing_key),
                                 f.office.tenant, f.office.gateway, 1, bundle::Kind::urls});
  REQUIRE(opened);
  CHECK(content::check_against(*opened, second));
  const auto difference = f.piece(2, 1);
  CHECK(difference.pieces() == 1);
  CHECK(content::unpack(difference.bytes(), 100) == "+one more\n");
  CHECK(content::unpack(f.piece(2, 0).bytes(), second.size()) == second);
  CHECK(f.piece(2, 7).pieces() == 0);  // no such base
  CHECK(f.piece(3, 0).pieces() == 0);
  CHECK(f.piece(2, 0, 1).bytes().empty());
}

TEST_CASE("what a gateway refused comes again when it asks, what it left does not") {
  DatabaseOffice f;
  f.publish(1, "a\n");
  const auto state = GENERATE(v1::CONTENT_STATE_REFUSED, v1::CONTENT_STATE_ROLLED_BACK);
  f.connect(hello_with_urls(0, 1, state));
  v1::FromGateway asks;
  asks.mutable_content_wanted();
  f.client.send(asks);
  if (state == v1::CONTENT_STATE_ROLLED_BACK) f.publish(2, "b\n");
  const auto message = f.client.receive();
  REQUIRE(message);
  CHECK(message->database_offer().version() == (state == v1::CONTENT_STATE_REFUSED ? 1 : 2));
}

TEST_CASE("what a gateway says of its databases is kept") {
  DatabaseOffice f;
  f.connect(hello_with_urls());
  v1::FromGateway message;
  auto& report = *message.mutable_content()->add_databases();
  report.set_kind("urls");
  report.set_version_in_force(3);
  report.set_stale(true);
  f.client.send(message);
  CHECK(
      f.office.eventually("SELECT content_databases LIKE '%\"stale\":true%\"version_in_force\":3%' "
                          "FROM gateways",
                          "1") == "1");
}
