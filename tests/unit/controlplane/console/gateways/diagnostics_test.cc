#include <catch2/catch.hpp>
#include <string>

#include "controlplane/console/secrets/random.h"
#include "controlplane/console/secrets/sealed_arguments.h"
#include "office.h"

using namespace sekisho;
using namespace sekisho::console;
using tests::LinkClient;
using tests::Office;

namespace {

struct Fixture {
  explicit Fixture(Backend backend)
      : office(backend), client(office.client(office.enrol().identity)) {}
  void connect() {
    client.open(tests::fresh_hello());
    REQUIRE(client.receive()->has_welcome());
  }
  std::string ask(const std::string& op, std::int64_t created_at = unix_ms()) {
    const std::string id = new_uuid();
    office.write([&](Database::Session& session) {
      session << "INSERT INTO diagnostics (id, tenant, gateway, op, arguments, state, created_at, "
                 "created_by) VALUES (:id, :tenant, :gateway, :op, '{\"a\":1}', 'waiting', :now, "
                 "'test')",
          soci::use(id), soci::use(office.tenant), soci::use(office.gateway), soci::use(op),
          soci::use(created_at);
      notify_gateway(session, office.gateway);
    });
    return id;
  }
  std::string wait_for(const std::string& id, const std::string& state) {
    return office.eventually("SELECT state FROM diagnostics WHERE id = '" + id + "'", state);
  }
  std::string column(const std::string& id, const std::string& name) {
    return office.text("SELECT " + name + " FROM diagnostics WHERE id = '" + id + "'");
  }
  void reply(const std::string& id, const std::string& json, const std::string& file, bool last) {
    link::v1::FromGateway message;
    auto& reply = *message.mutable_diagnostic();
    reply.set_id(id);
    reply.set_json(json);
    reply.set_file(file);
    reply.set_last(last);
    client.send(message);
  }
  Office office;
  LinkClient client;
};

}  // namespace

TEST_CASE("a question goes down the stream and its answer comes back") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  f.connect();
  const auto id = f.ask("status");
  const auto request = f.client.receive();
  REQUIRE(request);
  REQUIRE(request->has_diagnostic());
  CHECK(request->diagnostic().id() == id);
  CHECK(request->diagnostic().op() == "status");
  CHECK(request->diagnostic().arguments() == "{\"a\":1}");
  CHECK(f.column(id, "state") == "sent");
  f.reply(id, R"({"up":true})", "", true);
  CHECK(f.wait_for(id, "done") == "done");
  CHECK(f.column(id, "result") == R"({"up":true})");
}

TEST_CASE("a key on its way to the box is opened when it is sent, and then forgotten") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  const auto seal = [&](const std::string& id, const std::string& as) {
    const auto sealed = seal_arguments(f.office.console.master_key, as, R"({"key":"secret"})");
    f.office.write([&](Database::Session& session) {
      session << "UPDATE diagnostics SET arguments = :sealed WHERE id = :id", soci::use(sealed),
          soci::use(id);
    });
  };
  const auto id = f.ask("ca.import"), other = f.ask("ca.import");
  seal(id, id);
  seal(other, id);  // somebody moved it
  f.connect();
  const auto request = f.client.receive();
  REQUIRE(request->has_diagnostic());
  CHECK(request->diagnostic().arguments() == R"({"key":"secret"})");
  CHECK(f.column(id, "arguments").empty());
  CHECK(f.wait_for(other, "failed") == "failed");
  CHECK(f.column(other, "arguments").empty());
  f.reply(id, R"({"ok":true})", "", true);
  CHECK(f.wait_for(id, "done") == "done");
  CHECK(f.client.receive()->has_status_wanted());  // its authority is another one by now
}

TEST_CASE("a capture comes in pieces") {
  Fixture f(Backend::sqlite);
  f.connect();
  const auto id = f.ask("capture");
  REQUIRE(f.client.receive()->has_diagnostic());
  f.reply(id, "", std::string("\x00\x01", 2), false);
  f.reply(id, "", "\xff", false);
  f.reply(id, "{}", "", true);
  CHECK(f.wait_for(id, "done") == "done");
  CHECK(f.column(id, "file") == "AAH/");
  CHECK(f.office.number("SELECT file_bytes FROM diagnostics") == 3);
}

TEST_CASE("a capture over the limit and an error of the box are failures") {
  Fixture f(Backend::sqlite);
  f.connect();
  const auto large = f.ask("capture");
  REQUIRE(f.client.receive()->has_diagnostic());
  for (int i = 0; i < 5; ++i) f.reply(large, "", std::string(std::size_t{1} << 20, 'x'), false);
  CHECK(f.wait_for(large, "failed") == "failed");
  CHECK(f.column(large, "message") == "the gateway's file is over 4 MiB");
  const auto refused = f.ask("explain");
  REQUIRE(f.client.receive()->has_diagnostic());
  f.reply(refused, R"({"error":{"code":"invalid_input","message":"no such rule"}})", "", true);
  CHECK(f.wait_for(refused, "failed") == "failed");
  CHECK(f.column(refused, "message") == "no such rule");
  const auto nonsense = f.ask("status");
  REQUIRE(f.client.receive()->has_diagnostic());
  f.reply(nonsense, "nonsense", "", true);
  CHECK(f.wait_for(nonsense, "failed") == "failed");
}

TEST_CASE("two questions at a time, the others wait their turn") {
  Fixture f(Backend::sqlite);
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(f.ask("status", unix_ms() + i));
  f.connect();
  REQUIRE(f.client.receive()->diagnostic().id() == ids[0]);
  REQUIRE(f.client.receive()->diagnostic().id() == ids[1]);
  CHECK_FALSE(f.client.receive(std::chrono::milliseconds(300)));
  f.reply(ids[1], "{}", "", true);
  CHECK(f.client.receive()->diagnostic().id() == ids[2]);
}

TEST_CASE("another gateway's question cannot be answered") {
  Fixture f(Backend::sqlite);
  f.connect();
  const auto own = f.ask("status");
  REQUIRE(f.client.receive()->has_diagnostic());
  f.office.write([&](Database::Session& session) {
    session << "UPDATE diagnostics SET gateway = 'other', state = 'sent'";
  });
  f.reply(own, "{}", "", true);
  f.reply("unknown", "{}", "", true);
  f.client.send(tests::policy_report(0, link::v1::POLICY_STATE_UNSPECIFIED, 9));
  CHECK(f.office.eventually("SELECT CAST(version AS TEXT) FROM gateways", "9") == "9");
  CHECK(f.column(own, "state") == "sent");
}

TEST_CASE("a question to a gateway that is offline, or goes offline, fails") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  const auto offline = f.ask("status", unix_ms() - 11'000);
  CHECK(f.wait_for(offline, "failed") == "failed");
  CHECK(f.column(offline, "message") == "the gateway is offline");
  f.connect();
  const auto asked = f.ask("status");
  REQUIRE(f.client.receive()->has_diagnostic());
  f.client.cancel();
  CHECK(f.wait_for(asked, "failed") == "failed");
  CHECK(f.column(asked, "message") == "the connection to the gateway was lost");
}

TEST_CASE("questions nobody answers fail, old ones go") {
  Fixture f(Backend::sqlite);
  f.connect();
  const auto id = f.ask("status");
  const auto old = f.ask("status", unix_ms() - 3'700'000);
  f.office.write([&](Database::Session& session) {
    const auto before = unix_ms() - 91'000;
    session << "UPDATE diagnostics SET created_at = :before WHERE id = :id", soci::use(before),
        soci::use(id);
  });
  CHECK(f.wait_for(id, "failed") == "failed");
  CHECK(f.office.eventually("SELECT COUNT(*) || '' FROM diagnostics", "1") == "1");
}

TEST_CASE("an answer that is nested too deep to be written again is a failure, and said so") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  f.connect();
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const auto& answer : {"{\"a\":" + deep + "}", "{\"error\":" + deep + "}"}) {
    const auto id = f.ask("status");
    REQUIRE(f.client.receive()->has_diagnostic());
    f.reply(id, answer, "", true);
    CHECK(f.wait_for(id, "failed") == "failed");
    CHECK(f.column(id, "message") == "the gateway's answer is nested deeper than 64 levels");
    CHECK(f.column(id, "result") == "{}");
  }
}

TEST_CASE("the words of a box's error are cut to what is stored of a reason") {
  Fixture f(GENERATE(from_range(tests::backends_here())));
  f.connect();
  const auto id = f.ask("status");
  REQUIRE(f.client.receive()->has_diagnostic());
  f.reply(id, R"({"error":{"message":"a\u0000b)" + std::string(100'000, 'x') + "\"}}", "", true);
  CHECK(f.wait_for(id, "failed") == "failed");
  CHECK(f.column(id, "message") == "ab" + std::string(1'998, 'x'));
}
