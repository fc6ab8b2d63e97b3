#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "batch.h"
#include "controlplane/console/secrets/random.h"
#include "office.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::batch_of;
using tests::LinkClient;
using tests::Office;

namespace {

const std::string kEvents = "SELECT COUNT(*) FROM events";

/// Lines number `first` to `last` of a spool: each says which it is.
std::vector<std::string> lines(std::uint64_t first, std::uint64_t last) {
  std::vector<std::string> all;
  for (auto i = first; i <= last; ++i)
    all.push_back(R"({"event_type":"policy","src_port":)" + std::to_string(i % 60'000) +
                  R"(,"note":"\"'{}\\ 日本"})");
  return all;
}

struct Fixture {
  explicit Fixture(Backend backend)
      : office(backend), client(office.client(office.enrol().identity)) {}
  std::uint64_t connect(const std::string& epoch = "e1") {
    auto hello = tests::fresh_hello();
    hello.set_spool_epoch(epoch);
    client.open(hello);
    const auto welcome = client.receive();
    REQUIRE(welcome);
    REQUIRE(welcome->has_welcome());
    return welcome->welcome().events_stored();
  }
  /// Sends a batch and gives what the console says is stored.
  std::uint64_t upload(const link::v1::EventBatch& batch) {
    link::v1::FromGateway message;
    *message.mutable_events() = batch;
    client.send(message);
    const auto reply = client.receive();
    REQUIRE(reply);
    REQUIRE(reply->has_events_stored());
    CHECK(reply->events_stored().epoch() == batch.epoch());
    return reply->events_stored().sequence();
  }
  long long lost() { return office.number("SELECT lost FROM event_cursors"); }

  Office office;
  LinkClient client;
};

}  // namespace

TEST_CASE("what is stored is stored once, and the next stream hears how far") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  CHECK(f.connect() == 0);
  CHECK(f.upload(batch_of(1, lines(1, 10))) == 10);
  CHECK(f.upload(batch_of(1, lines(1, 10))) == 10);
  CHECK(f.upload(batch_of(6, lines(6, 15))) == 15);
  CHECK(f.office.number(kEvents) == 15);
  CHECK(f.connect() == 15);
  CHECK(f.connect("another") == 0);
  CHECK(f.upload(batch_of(1, lines(1, 1), "another")) == 1);
  CHECK(f.office.number(kEvents) == 16);
  CHECK(
      f.office.number("SELECT SUM(src.source_port) FROM (SELECT DISTINCT source_port FROM events) "
                      "src") == 15 * 16 / 2);
  CHECK(f.office.text("SELECT eve FROM events ORDER BY id LIMIT 1") == lines(1, 1)[0]);
  CHECK(f.office.text("SELECT tenant FROM events LIMIT 1") == f.office.tenant);
}

TEST_CASE("lines that are missing count as lost") {
  Fixture f(Backend::sqlite);
  f.connect();
  CHECK(f.upload(batch_of(11, lines(11, 20))) == 20);
  CHECK(f.lost() == 10);
  CHECK(f.upload(batch_of(31, lines(31, 31))) == 31);
  CHECK(f.lost() == 20);
  CHECK(f.upload(batch_of(25, lines(25, 40))) == 40);
  CHECK(f.lost() == 20);
  CHECK(f.office.number(kEvents) == 20);
}

TEST_CASE("a line that is no JSON takes no other with it") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  f.connect();
  CHECK(f.upload(batch_of(1, {"{}", "nonsense \xff", std::string("a\0b", 3), "{}"})) == 4);
  CHECK(f.office.number("SELECT COUNT(*) FROM events WHERE type = 'invalid'") == 2);
}

TEST_CASE("a batch that contradicts itself ends the stream and stores nothing") {
  Fixture f(Backend::sqlite);
  f.connect();
  link::v1::FromGateway message;
  *message.mutable_events() = batch_of(1, lines(1, 3));
  message.mutable_events()->set_lines(2);
  f.client.send(message);
  CHECK(f.client.code() == LinkClient::kInvalidArgument);
  CHECK(f.office.number(kEvents) == 0);
}

TEST_CASE("many gateways at once, over two consoles, cut off at random: nothing lost or doubled") {
  Office office(GENERATE(from_range(tests::backends_here())));
  tests::Console other(office.database.where(), office.database.scratch().file("master.key"));
  constexpr int kGateways = 6;
  constexpr std::uint64_t kLines = 300;
  std::vector<tests::BoxIdentity> identities;
  for (int i = 0; i < kGateways; ++i) {
    office.gateway = office.database.add_gateway(office.tenant, office.group, std::to_string(i));
    identities.push_back(office.enrol().identity);
  }
  std::vector<std::jthread> threads;
  for (int i = 0; i < kGateways; ++i)
    threads.emplace_back([&, i] {
      std::mt19937 random(static_cast<unsigned>(i));
      std::uint64_t stored = 0;
      for (int round = 0; stored < kLines && round < 1000; ++round) {
        const auto& console = random() % 2 == 0 ? office.console : other;
        LinkClient client(console.server->port(), console.authority->certificate_pem(),
                          identities[static_cast<std::size_t>(i)]);
        auto hello = tests::fresh_hello();
        hello.set_spool_epoch("e");
        client.open(hello);
        const auto welcome = client.receive();
        if (!welcome || !welcome->has_welcome()) continue;
        stored = welcome->welcome().events_stored();
        for (auto next = stored + 1; next <= kLines && random() % 8 != 0;) {
          const auto last = std::min<std::uint64_t>(kLines, next + random() % 40);
          link::v1::FromGateway message;
          *message.mutable_events() = batch_of(next, lines(next, last), "e");
          client.send(message);
          next = last + 1;
        }
        client.receive(std::chrono::milliseconds(random() % 30));
      }
    });
  threads.clear();
  CHECK(office.number("SELECT COUNT(*) FROM events") == kGateways * kLines);
  CHECK(
      office.number("SELECT COUNT(*) FROM (SELECT DISTINCT gateway, source_port FROM events) d") ==
      kGateways * kLines);
  CHECK(office.number("SELECT SUM(lost) FROM event_cursors") == 0);
}
