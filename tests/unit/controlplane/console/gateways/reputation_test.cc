// Gateways that ask for ratings.
#include <catch2/catch.hpp>
#include <string>

#include "controlplane/console/reputation/rating_rows.h"
#include "office.h"
#include "rules/reputation/url_expressions.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::LinkClient;
using tests::Office;

namespace {

namespace v1 = link::v1;

rules::UrlHash hash(std::string_view expression) { return rules::hash_of({expression, {}}); }
rules::UrlHashPrefix prefix(std::string_view expression) {
  return rules::prefix_of(hash(expression));
}

void rate(Office& office, const std::string& expression, rules::ReputationScore score) {
  office.write([&](Database::Session& session) {
    store_own_rating(session, {expression, {score, 7}}, 1, "somebody");
  });
}

v1::FromGateway query(std::uint64_t id, const std::vector<rules::UrlHashPrefix>& prefixes) {
  v1::FromGateway message;
  message.mutable_reputation()->set_id(id);
  message.mutable_reputation()->mutable_prefixes()->Add(prefixes.begin(), prefixes.end());
  return message;
}

v1::ReputationAnswer ask(LinkClient& client, std::uint64_t id,
                         const std::vector<rules::UrlHashPrefix>& prefixes) {
  REQUIRE(client.send(query(id, prefixes)));
  const auto answer = client.receive();
  REQUIRE(answer);
  REQUIRE(answer->has_reputation());
  CHECK(answer->reputation().id() == id);
  CHECK(answer->reputation().ttl_seconds() > 0);
  return answer->reputation();
}

void connect(LinkClient& client) {
  client.open(tests::fresh_hello());
  const auto welcome = client.receive();
  REQUIRE(welcome);
  REQUIRE(welcome->has_welcome());
  CHECK(welcome->welcome().answers_reputation());
}

}  // namespace

TEST_CASE("what was rated before a console began is answered, and nothing else") {
  Office office(Backend::sqlite);
  office.console.server.reset();
  rate(office, "bad.example/", 5);
  office.console.start();
  auto client = office.client(office.enrol().identity);
  connect(client);
  const auto answer = ask(client, 3, {prefix("bad.example/"), prefix("other.example/")});
  REQUIRE(answer.rated_size() == 1);
  const auto expected = hash("bad.example/");
  CHECK(answer.rated(0).hash() == std::string(expected.begin(), expected.end()));
  CHECK(answer.rated(0).score() == 5);
  CHECK(answer.rated(0).category() == 7);
}

TEST_CASE("a rating that changes is told to whoever asked, by every console of the database") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  Office office(backend);
  const auto identity = office.enrol().identity;
  const tests::Console other(office.database.where(), office.database.scratch().file("master.key"));
  LinkClient client(other.server->port(), other.authority->certificate_pem(), identity);
  connect(client);
  CHECK(ask(client, 1, {prefix("bad.example/")}).rated_size() == 0);
  rate(office, "bad.example/", 5);  // through the other console's connection
  const auto changed = client.receive();
  REQUIRE(changed);
  REQUIRE(changed->has_reputation_changed());
  REQUIRE(changed->reputation_changed().prefixes_size() == 1);
  CHECK(changed->reputation_changed().prefixes(0) == prefix("bad.example/"));
  CHECK_FALSE(changed->reputation_changed().all());
  CHECK(ask(client, 2, {prefix("bad.example/")}).rated_size() == 1);
}

TEST_CASE("more changes than a message may have are told as a change of all") {
  Office office(Backend::sqlite);
  auto client = office.client(office.enrol().identity);
  connect(client);
  (void)ask(client, 1, {1});
  std::vector<StoredRating> many;
  for (int i = 0; i < 5'000; ++i) many.push_back({std::to_string(i) + ".example/", {1, 0}});
  RatingFeed feed;
  feed.name = "many";
  feed.format = "plain";
  office.write(
      [&](Database::Session& session) { store_feed(office.database.get(), session, feed, many); });
  const auto changed = client.receive();
  REQUIRE(changed);
  REQUIRE(changed->has_reputation_changed());
  CHECK(changed->reputation_changed().all());
  CHECK(changed->reputation_changed().prefixes_size() == 0);
}

TEST_CASE("a query of no prefix or of too many ends the stream") {
  Office office(Backend::sqlite);
  const auto identity = office.enrol().identity;
  const std::size_t count = GENERATE(0u, 4'097u);
  CAPTURE(count);
  auto client = office.client(identity);
  connect(client);
  REQUIRE(client.send(query(1, std::vector<rules::UrlHashPrefix>(count, 1))));
  CHECK(client.code() == LinkClient::kInvalidArgument);
}

TEST_CASE("a query of as many prefixes as possible is answered") {
  Office office(Backend::sqlite);
  office.console.server.reset();
  rate(office, "bad.example/", 5);
  office.console.start();
  auto client = office.client(office.enrol().identity);
  connect(client);
  std::vector<rules::UrlHashPrefix> prefixes(4'096, prefix("bad.example/"));
  for (std::uint32_t i = 2; i < prefixes.size(); ++i) prefixes[i] = i;
  CHECK(ask(client, 1, prefixes).rated_size() == 1);  // also of a prefix that comes twice
}
