#include "api_fixture.h"
#include "controlplane/console/store/online.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

struct Office {
  explicit Office(ApiFixture& fixture)
      : tenant(fixture.add_tenant()),
        group(fixture.first_group(tenant)),
        base("/tenants/" + tenant) {}
  std::string tenant, group, base;
};

std::vector<std::string> notified(Database& database) {
  return database.read([](Database::Session& session) {
    std::vector<std::string> gateways;
    std::string gateway;
    soci::statement select =
        (session.prepare << "SELECT gateway FROM notices ORDER BY id", soci::into(gateway));
    select.execute();
    while (select.fetch()) gateways.push_back(gateway);
    return gateways;
  });
}

}  // namespace

TEST_CASE("a new gateway gets an activation code once and waits for its box") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  ApiFixture fixture(backend);
  const Office office(fixture);
  const auto made = fixture.must(fixture.root, "POST", office.base + "/gateways",
                                 {{"name", "Tokyo"}, {"group", office.group}});
  CHECK(made["gateway"]["state"] == "waiting_for_activation");
  CHECK(made["gateway"]["group_name"] == "Default");
  CHECK(made["gateway"]["ports"] == json::array());
  CHECK_FALSE(made["activation_code"].get<std::string>().empty());
  CHECK(made["link"] == kLink);
  CHECK(made["expires_at"].get<std::int64_t>() > fixture.now);
  const auto taken = fixture.call(fixture.root, "POST", office.base + "/gateways",
                                  {{"name", "Tokyo"}, {"group", office.group}});
  CHECK(taken.status == 409);
  CHECK(taken.code() == "conflict");
  fixture.add_gateway(office.tenant, office.group, "Osaka");
  CHECK(fixture.must(fixture.root, "GET", office.base + "/groups")["groups"][0]["gateways"] == 2);

  const auto again = fixture.must(
      fixture.root, "POST",
      office.base + "/gateways/" + made["gateway"]["id"].get<std::string>() + "/activation");
  CHECK(again["activation_code"] != made["activation_code"]);
}

TEST_CASE("a gateway shows what its last report said") {
  ApiFixture fixture;
  const Office office(fixture);
  const auto gateway = fixture.add_gateway(office.tenant, office.group);
  fixture.sql([&](auto& session) {
    session << "UPDATE gateways SET console = 'c', seen_at = 1790000000000, version = 3, status = "
               "'{\"dataplane_up\": true, \"flows\": 7, \"ports\": [{\"name\": \"lan0\", "
               "\"side\": \"lan\", \"link_up\": true, \"rx_bytes\": 12}, 5]}'";
  });
  const auto row = fixture.must(fixture.root, "GET", office.base + "/gateways/" + gateway);
  CHECK(row["online"] == true);
  CHECK(row["flows"] == 7);
  CHECK(row["version"] == 3);
  REQUIRE(row["ports"].size() == 1);
  CHECK(row["ports"][0]["name"] == "lan0");
  CHECK(row["ports"][0]["rx_bytes"] == 12);
}

TEST_CASE(
    "the gateways of a console that was killed are offline as soon as they should have spoken") {
  ApiFixture fixture;
  const Office office(fixture);
  const auto gateway = fixture.add_gateway(office.tenant, office.group);
  fixture.must(fixture.root, "POST", office.base + "/deliveries",
               {{"revisions", {{{"group", office.group}, {"revision", 1}}}}});
  fixture.sql([&](auto& session) {
    session << "UPDATE gateways SET console = 'killed', seen_at = :now",
        soci::use(fixture.now, "now");
  });
  const auto online = [&] {
    const auto row = fixture.must(fixture.root, "GET", office.base + "/gateways/" + gateway);
    const auto delivery = fixture.must(fixture.root, "GET", office.base + "/deliveries/1");
    CHECK(row["online"] == delivery["gateways"][0]["online"]);
    return row["online"].get<bool>();
  };
  fixture.now += kOnlineForMs - 1;
  CHECK(online());
  fixture.now += 1;
  CHECK_FALSE(online());
  CHECK(fixture
            .call(fixture.root, "POST", office.base + "/gateways/" + gateway + "/diagnostics",
                  {{"op", "status"}})
            .code() == "offline");
}

TEST_CASE("a revoked gateway loses certificate and code, and gets no more deliveries") {
  ApiFixture fixture;
  const Office office(fixture);
  const auto gateway = fixture.add_gateway(office.tenant, office.group);
  const auto deliver = [&] {
    return fixture.must(fixture.root, "POST", office.base + "/deliveries",
                        {{"revisions", {{{"group", office.group}, {"revision", 1}}}}});
  };
  CHECK(deliver()["waiting_for_enrolment"] == 1);
  const auto revoked =
      fixture.must(fixture.root, "POST", office.base + "/gateways/" + gateway + "/revocation");
  CHECK(revoked["state"] == "revoked");
  CHECK(revoked["last_delivery"] == "failed");
  CHECK(revoked["last_reason_code"] == "revoked");
  CHECK(revoked["last_reason"] == "the gateway's certificate was revoked");
  CHECK(notified(fixture.database()).back() == gateway);
  std::string code;
  fixture.sql(
      [&](auto& session) { session << "SELECT activation_hash FROM gateways", soci::into(code); });
  CHECK(code.empty());
  const auto waiting =
      fixture.must(fixture.root, "POST", office.base + "/gateways/" + gateway + "/activation");
  CHECK(waiting["gateway"]["state"] == "waiting_for_activation");
  CHECK(waiting["gateway"]["last_delivery"] == "waiting_for_enrolment");
}

TEST_CASE("a removed gateway's events keep its name, and its number is never used again") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  ApiFixture fixture(backend);
  const Office office(fixture);
  const auto gateway = fixture.add_gateway(office.tenant, office.group, "old");
  fixture.sql([&](auto& session) {
    session << "INSERT INTO events (tenant, gateway, time, type, action, rule, version, source, "
               "source_port, destination, destination_port, protocol, application, eve) SELECT "
               "tenant, number, 1, 'policy', 'block', 'r', 1, '', 0, '', 0, 'TCP', '', '{}' FROM "
               "gateways";
  });
  CHECK(fixture.call(fixture.root, "DELETE", office.base + "/gateways/" + gateway).status == 204);
  CHECK(fixture.call(fixture.root, "GET", office.base + "/gateways/" + gateway).status == 404);
  fixture.add_gateway(office.tenant, office.group, "old");
  const auto events = fixture.must(fixture.root, "GET", office.base + "/events")["events"];
  REQUIRE(events.size() == 1);
  CHECK(events[0]["gateway"] == gateway);
  CHECK(events[0]["gateway_name"] == "old");
  CHECK(fixture.must(fixture.root, "GET", office.base + "/events?gateway=" + gateway)["events"]
            .size() == 1);
}

TEST_CASE("a group with gateways stays, an empty one can go") {
  ApiFixture fixture;
  const Office office(fixture);
  const auto gateway = fixture.add_gateway(office.tenant, office.group);
  CHECK(fixture.call(fixture.root, "DELETE", office.base + "/groups/" + office.group).code() ==
        "conflict");
  const std::string other =
      fixture.must(fixture.root, "POST", office.base + "/groups", {{"name", "Other"}})["id"];
  CHECK(fixture.call(fixture.root, "PATCH", office.base + "/groups/" + other, {{"name", "Default"}})
            .status == 409);
  CHECK(fixture.must(fixture.root, "PATCH", office.base + "/groups/" + other,
                     {{"name", "Another"}})["name"] == "Another");
  fixture.must(fixture.root, "PATCH", office.base + "/gateways/" + gateway, {{"group", other}});
  CHECK(fixture.call(fixture.root, "DELETE", office.base + "/groups/" + office.group).status ==
        204);
}

TEST_CASE("a question reaches the gateway's stream, and its answer the one who asked") {
  ApiFixture fixture;
  const Office office(fixture);
  const auto gateway = fixture.add_gateway(office.tenant, office.group);
  const std::string path = office.base + "/gateways/" + gateway + "/diagnostics";
  CHECK(fixture.call(fixture.root, "POST", path, {{"op", "status"}}).code() == "offline");
  fixture.sql([](auto& session) {
    session << "UPDATE gateways SET console = 'c', seen_at = 1790000000000";
  });
  const auto asked = fixture.must(fixture.root, "POST", path,
                                  {{"op", "capture"}, {"arguments", {{"packets", 5}}}});
  CHECK(asked["state"] == "waiting");
  CHECK(notified(fixture.database()) == std::vector{gateway});
  const auto audited = fixture.must(fixture.root, "GET", office.base + "/audit")["entries"][0];
  CHECK(audited["action"] == "startDiagnostic");
  CHECK(audited["target"] ==
        fixture.must(fixture.root, "GET", office.base + "/gateways/" + gateway)["name"]);
  const std::string answer_path = path + "/" + asked["id"].get<std::string>();
  fixture.sql([](auto& session) { session << "UPDATE diagnostics SET state = 'sent'"; });
  CHECK(fixture.must(fixture.root, "GET", answer_path)["state"] == "waiting");
  CHECK(fixture.call(fixture.root, "GET", answer_path + "/file").status == 404);
  fixture.sql([](auto& session) {
    session << "UPDATE diagnostics SET state = 'done', result = '{\"ok\":true}', file = "
               "'cGFja2V0cw==', file_bytes = 7";
  });
  const auto done = fixture.must(fixture.root, "GET", answer_path);
  CHECK(done["state"] == "done");
  CHECK(done["result"]["ok"] == true);
  CHECK(fixture.call(fixture.root, "GET", answer_path + "/file").text == "packets");
  fixture.now += 3'600'001;
  CHECK(fixture.call(fixture.root, "GET", answer_path).status == 404);
}

TEST_CASE("a gateway is not asked more than it can answer, and customers get no captures") {
  ApiFixture fixture;
  const Office office(fixture);
  const auto gateway = fixture.add_gateway(office.tenant, office.group);
  fixture.sql([](auto& session) {
    session << "UPDATE gateways SET console = 'c', seen_at = 1790000000000";
  });
  const std::string path = office.base + "/gateways/" + gateway + "/diagnostics";
  fixture.add_user(office.tenant, "taro", "customer");
  const auto taro = fixture.log_in("taro");
  CHECK(fixture.call(taro, "POST", path, {{"op", "capture"}}).code() == "forbidden");
  for (int i = 0; i < 4; ++i)
    CHECK(fixture.call(taro, "POST", path, {{"op", "flows"}}).status == 202);
  CHECK(fixture.call(taro, "POST", path, {{"op", "flows"}}).code() == "busy");
}

TEST_CASE("a rotated signing key is told to every gateway") {
  ApiFixture fixture;
  const Office office(fixture);
  const auto gateway = fixture.add_gateway(office.tenant, office.group);
  const auto before = fixture.must(fixture.root, "GET", "/tenants")["tenants"][0]["signing_key"];
  const auto rotated = fixture.must(fixture.root, "POST", office.base + "/signing-key/rotation");
  CHECK(rotated["id"] != before["id"]);
  CHECK(rotated["sequence"] == before["sequence"].get<int>() + 1);
  CHECK(notified(fixture.database()) == std::vector{gateway});
}

TEST_CASE("users are made and removed by those above them") {
  ApiFixture fixture;
  const Office office(fixture);
  const auto provider_id = fixture.add_user(office.tenant, "provider", "provider");
  const auto provider = fixture.log_in("provider");
  const std::string users = office.base + "/users";
  const auto make = [&](const std::string& login, const std::string& role) {
    return fixture.call(provider, "POST", users,
                        {{"login", login}, {"password", kPassword}, {"role", role}});
  };
  CHECK(make("hanako", "customer").status == 201);
  CHECK(make("hanako", "customer").status == 409);
  CHECK(make("other", "provider").code() == "forbidden");
  CHECK(make("other", "admin").code() == "forbidden");
  const auto hanako = fixture.log_in("hanako");
  const auto list = fixture.must(hanako, "GET", users)["users"];
  REQUIRE(list.size() == 2);  // administrators are not shown
  CHECK(list[0]["login"] == "hanako");
  CHECK(list[0]["tenant"] == office.tenant);
  CHECK(fixture.must(fixture.root, "GET", users)["users"].size() == 3);

  const std::string hanako_path = users + "/" + list[0]["id"].get<std::string>();
  CHECK(fixture.call(provider, "PUT", hanako_path + "/password", {{"password", "a new long one"}})
            .status == 204);
  CHECK(fixture.call(hanako, "GET", "/session").status == 401);
  fixture.log_in("hanako", "a new long one");
  CHECK(fixture.call(provider, "DELETE", users + "/" + provider_id).code() == "forbidden");
  CHECK(fixture.call(provider, "DELETE", hanako_path).status == 204);
  CHECK(fixture.call(fixture.root, "DELETE", users + "/" + provider_id).status == 204);
  CHECK(fixture.call(provider, "GET", "/session").status == 401);
}

TEST_CASE("a provider who makes a tenant looks after it") {
  ApiFixture fixture;
  const Office office(fixture);
  fixture.add_user(office.tenant, "provider", "provider");
  const auto provider = fixture.log_in("provider");
  fixture.must(provider, "POST", "/tenants", {{"name", "New"}});
  const auto tenants = fixture.must(provider, "GET", "/tenants")["tenants"];
  REQUIRE(tenants.size() == 2);
  CHECK(tenants[0]["name"] == "Kaisha");
  CHECK(fixture.must(fixture.root, "GET", "/tenants")["tenants"].size() == 2);
  CHECK(fixture.call(provider, "POST", "/tenants", {{"name", "New"}}).status == 409);
}

TEST_CASE("an administrator gives tenants to providers and takes them away") {
  ApiFixture fixture;
  const Office first(fixture);
  const auto second = fixture.add_tenant("Second");
  const auto id = fixture.add_user(first.tenant, "provider", "provider");
  const auto customer = fixture.add_user(first.tenant, "customer", "customer");
  const auto provider = fixture.log_in("provider");
  const std::string path = "/tenants/" + second + "/providers/";
  const auto seen = [&] { return fixture.must(provider, "GET", "/tenants")["tenants"].size(); };

  const auto known = fixture.must(fixture.root, "GET", "/providers")["users"];
  REQUIRE(known.size() == 1);
  CHECK(known[0]["id"] == id);
  CHECK(fixture.call(provider, "GET", "/providers").code() == "forbidden");
  CHECK(fixture.call(provider, "PUT", path + id).code() == "forbidden");
  CHECK(fixture.call(fixture.root, "PUT", path + customer).status == 404);

  CHECK(seen() == 1);
  for (int twice = 0; twice < 2; ++twice)
    CHECK(fixture.call(fixture.root, "PUT", path + id).status == 204);
  CHECK(seen() == 2);
  CHECK(fixture.call(provider, "GET", "/tenants/" + second + "/groups").status == 200);
  CHECK(fixture.must(fixture.root, "GET", "/tenants/" + second + "/users")["users"].size() == 2);

  CHECK(fixture.call(fixture.root, "DELETE", path + id).status == 204);
  CHECK(fixture.call(fixture.root, "DELETE", path + id).status == 404);
  CHECK(fixture.call(provider, "GET", "/tenants/" + second + "/groups").status == 404);
  CHECK(seen() == 1);  // he and his other tenant stay
  const auto audited =
      fixture.must(fixture.root, "GET", "/tenants/" + second + "/audit")["entries"];
  REQUIRE(audited.size() == 3);  // what changed nothing is not told
  CHECK(audited[0]["action"] == "unassignProvider");
  CHECK(audited[1]["action"] == "assignProvider");
  CHECK(audited[1]["target"] == "provider");
}
