#include "api_fixture.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

/// A tenant with one group and its gateways.
struct Tenant {
  explicit Tenant(ApiFixture& given) : fixture(given), id(fixture.add_tenant()) {
    group = fixture.first_group(id);
  }

  std::string path(const std::string& rest) const { return "/tenants/" + id + rest; }
  json seen() const {
    json revisions = json::array();
    const json changes = fixture.must(fixture.root, "GET", path("/changes"));
    for (const json& entry : changes["groups"])
      revisions.push_back({{"group", entry["group"]}, {"revision", entry["revision"]}});
    return revisions;
  }
  std::string add_enrolled(const std::string& name) const {
    const auto gateway = fixture.add_gateway(id, group, name);
    fixture.sql([&](auto& session) {
      session << "UPDATE gateways SET state = 'enrolled' WHERE id = :id", soci::use(gateway, "id");
    });
    return gateway;
  }
  Answer deliver() const {
    return fixture.call(fixture.root, "POST", path("/deliveries"), {{"revisions", seen()}});
  }
  void change(const std::string& rule) const {
    const std::string draft = path("/groups/" + group + "/draft");
    auto got = fixture.call(fixture.root, "GET", draft);
    got.body["policy"]["rules"].push_back({{"name", rule}, {"action", "block"}});
    const auto saved = fixture.call(fixture.root, "PUT", draft, {{"policy", got.body["policy"]}},
                                    got.header("ETag"));
    INFO(saved.text);
    REQUIRE(saved.status == 200);
  }
  void report(const std::string& gateway, const std::string& state) const {
    fixture.sql([&](auto& session) {
      session << "UPDATE gateway_deliveries SET state = :state WHERE gateway = :id AND state = "
                 "'delivering'",
          soci::use(state, "state"), soci::use(gateway, "id");
    });
  }

  ApiFixture& fixture;
  std::string id;
  std::string group;
};

}  // namespace

TEST_CASE("deliver all makes one version for every group and sends it to every gateway") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  ApiFixture fixture(backend);
  const Tenant tenant(fixture);
  fixture.must(fixture.root, "POST", tenant.path("/groups"), {{"name", "Osaka"}});
  const auto first = tenant.add_enrolled("one");
  const auto second = tenant.add_enrolled("two");
  CHECK(fixture.must(fixture.root, "GET", tenant.path("/changes"))["pending"] == true);

  const auto delivered = tenant.deliver();
  REQUIRE(delivered.status == 201);
  CHECK(delivered.body["version"] == 1);
  CHECK(delivered.body["delivering"] == 2);
  REQUIRE(delivered.body["gateways"].size() == 2);
  CHECK(delivered.body["gateways"][0]["name"] == "one");
  CHECK(delivered.body["gateways"][0]["state"] == "delivering");
  CHECK(delivered.body["gateways"][0]["online"] == false);

  CHECK(fixture.must(fixture.root, "GET", tenant.path("/changes"))["pending"] == false);
  const auto gateway = fixture.must(fixture.root, "GET", tenant.path("/gateways/" + first));
  CHECK(gateway["desired_version"] == 1);
  CHECK(gateway["last_delivery"] == "delivering");

  tenant.report(second, "failed");
  const auto got = fixture.must(fixture.root, "GET", tenant.path("/deliveries/1"));
  CHECK(got["delivering"] == 1);
  CHECK(got["failed"] == 1);
  const auto tenants = fixture.must(fixture.root, "GET", "/tenants");
  CHECK(tenants["tenants"][0]["delivered_version"] == 1);
}

TEST_CASE("a newer version supersedes what is still on its way, and only that") {
  ApiFixture fixture;
  const Tenant tenant(fixture);
  const auto done = fixture.add_gateway(tenant.id, tenant.group, "done");
  fixture.add_gateway(tenant.id, tenant.group, "slow");
  REQUIRE(tenant.deliver().status == 201);
  tenant.report(done, "succeeded");
  fixture.sql([&](auto& session) {
    session << "UPDATE gateway_deliveries SET state = 'delivering' WHERE gateway_name = 'slow'";
  });
  tenant.change("another");
  REQUIRE(tenant.deliver().body["version"] == 2);
  const auto first = fixture.must(fixture.root, "GET", tenant.path("/deliveries/1"));
  CHECK(first["succeeded"] == 1);
  CHECK(first["superseded"] == 1);
}

TEST_CASE(
    "a delivery waits for a gateway's enrolment and says so, and is on its way from then on") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  ApiFixture fixture(backend);
  const Tenant tenant(fixture);
  tenant.add_enrolled("here");
  const auto later = fixture.add_gateway(tenant.id, tenant.group, "later");
  const auto delivered = tenant.deliver();
  REQUIRE(delivered.status == 201);
  const auto check = [&](int waiting, const std::string& state) {
    const auto got = fixture.must(fixture.root, "GET", tenant.path("/deliveries/1"));
    CHECK(got["delivering"] == 2 - waiting);
    CHECK(got["waiting_for_enrolment"] == waiting);
    CHECK(got["gateways"][0]["state"] == "delivering");
    CHECK(got["gateways"][1]["state"] == state);
    const auto listed = fixture.must(fixture.root, "GET", tenant.path("/deliveries"));
    CHECK(listed["deliveries"][0]["waiting_for_enrolment"] == waiting);
    const auto gateway = fixture.must(fixture.root, "GET", tenant.path("/gateways/" + later));
    CHECK(gateway["last_delivery"] == state);
  };
  check(1, "waiting_for_enrolment");
  CHECK(tenant.deliver().code() == "nothing_to_deliver");
  fixture.sql([&](auto& session) { session << "UPDATE gateways SET state = 'enrolled'"; });
  check(0, "delivering");
}

TEST_CASE("a version that a gateway never enrolled for is superseded by the next") {
  ApiFixture fixture;
  const Tenant tenant(fixture);
  fixture.add_gateway(tenant.id, tenant.group, "later");
  REQUIRE(tenant.deliver().status == 201);
  tenant.change("another");
  REQUIRE(tenant.deliver().status == 201);
  const auto first = fixture.must(fixture.root, "GET", tenant.path("/deliveries/1"));
  CHECK(first["waiting_for_enrolment"] == 0);
  CHECK(first["superseded"] == 1);
}

TEST_CASE("a draft that became a mistake is not delivered, and each mistake names its group") {
  ApiFixture fixture;
  const Tenant tenant(fixture);
  for (const auto* name : {"Osaka", "Sapporo"})
    fixture.must(fixture.root, "POST", tenant.path("/groups"), {{"name", name}});
  fixture.sql([&](auto& session) {  // as a console of another version may have stored it
    session << "UPDATE gateway_groups SET policy_hash = name, policy = "
               "'{\"rules\":[{\"action\":\"block\",\"name\":\"odd\",\"services\":[\"tcp/99999\"]}],"
               "\"version\":1}' WHERE name <> 'Sapporo'";
  });
  const auto refused = tenant.deliver();
  CHECK(refused.status == 422);
  CHECK(refused.code() == "invalid_policy");
  CHECK(refused.body["message"] == "there are mistakes in the draft of Default, Osaka");
  REQUIRE(refused.body["mistakes"].size() == 2);
  CHECK(refused.body["mistakes"][0]["group"] == "Default");
  CHECK(refused.body["mistakes"][1]["group"] == "Osaka");
  CHECK_THAT(refused.body["mistakes"][1]["pointer"].get<std::string>(),
             Catch::StartsWith("/rules/0/services"));
}

TEST_CASE("with nothing changed there is nothing to deliver, unless a gateway failed") {
  ApiFixture fixture;
  const Tenant tenant(fixture);
  const auto gateway = fixture.add_gateway(tenant.id, tenant.group);
  REQUIRE(tenant.deliver().status == 201);
  CHECK(tenant.deliver().code() == "nothing_to_deliver");
  tenant.report(gateway, "failed");
  CHECK(tenant.deliver().body["version"] == 2);
  tenant.report(gateway, "succeeded");
  CHECK(tenant.deliver().code() == "nothing_to_deliver");
}

TEST_CASE("a draft that changed since it was looked at is not delivered") {
  ApiFixture fixture;
  const Tenant tenant(fixture);
  const json seen = tenant.seen();
  tenant.change("meanwhile");
  const auto refused =
      fixture.call(fixture.root, "POST", tenant.path("/deliveries"), {{"revisions", seen}});
  CHECK(refused.status == 412);
  CHECK(refused.body["revision"] == 2);
  CHECK(refused.body["changed_by"] == "root");
  const auto unseen = fixture.call(fixture.root, "POST", tenant.path("/deliveries"),
                                   {{"revisions", json::array()}});
  CHECK(unseen.status == 412);
  const auto gone =
      fixture.call(fixture.root, "POST", tenant.path("/deliveries"),
                   {{"revisions",
                     {{{"group", tenant.group}, {"revision", 2}},
                      {{"group", "00000000-0000-4000-8000-000000000000"}, {"revision", 1}}}}});
  CHECK(gone.status == 412);
}

TEST_CASE("a gateway that is made or moved after a delivery gets its group's policy") {
  ApiFixture fixture;
  const Tenant tenant(fixture);
  REQUIRE(tenant.deliver().status == 201);
  const auto late = fixture.add_gateway(tenant.id, tenant.group, "late");
  const auto row = fixture.must(fixture.root, "GET", tenant.path("/gateways/" + late));
  CHECK(row["desired_version"] == 1);
  CHECK(row["last_delivery"] == "waiting_for_enrolment");
  CHECK(tenant.deliver().code() == "nothing_to_deliver");

  const std::string osaka = fixture.must(fixture.root, "POST", tenant.path("/groups"),
                                         {{"name", "Osaka"}, {"copy_of", tenant.group}})["id"];
  REQUIRE(tenant.deliver().status == 201);
  fixture.must(fixture.root, "PATCH", tenant.path("/gateways/" + late), {{"group", osaka}});
  const auto changes = fixture.must(fixture.root, "GET", tenant.path("/changes"));
  CHECK(changes["pending"] == true);
  CHECK(changes["groups"][1]["differences"][0] == "gateway late: moved here");
  CHECK(tenant.deliver().status == 201);
  CHECK(fixture.must(fixture.root, "GET", tenant.path("/changes"))["pending"] == false);
}

TEST_CASE("versions can be compared and returned to") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  ApiFixture fixture(backend);
  const Tenant tenant(fixture);
  REQUIRE(tenant.deliver().status == 201);
  tenant.change("second version's");
  REQUIRE(tenant.deliver().status == 201);

  const auto between =
      fixture.must(fixture.root, "GET", tenant.path("/deliveries/1/differences?to=2"));
  REQUIRE(between["groups"].size() == 1);
  CHECK_THAT(between["groups"][0]["differences"].dump(), Catch::Contains("second version's"));
  CHECK(fixture
            .must(fixture.root, "GET",
                  tenant.path("/deliveries/2/differences"))["groups"][0]["differences"]
            .empty());

  CHECK(fixture
            .call(fixture.root, "POST", tenant.path("/deliveries/1/return"),
                  {{"revisions", {{{"group", tenant.group}, {"revision", 1}}}}})
            .status == 412);
  const auto back = fixture.must(fixture.root, "POST", tenant.path("/deliveries/1/return"),
                                 {{"revisions", tenant.seen()}});
  CHECK(back["pending"] == true);
  CHECK(back["groups"][0]["revision"] == 3);
  CHECK(tenant.deliver().body["version"] == 3);
  const auto policy = [&](const std::string& version) {
    return fixture.must(fixture.root, "GET",
                        tenant.path("/deliveries/" + version + "/policies/" + tenant.group));
  };
  CHECK(policy("1") == policy("3"));
  CHECK(policy("1") != policy("2"));
}

TEST_CASE("deliveries are listed newest first, page by page") {
  ApiFixture fixture;
  const Tenant tenant(fixture);
  for (int i = 0; i < 5; ++i) {
    tenant.change("rule " + std::to_string(i));
    REQUIRE(tenant.deliver().status == 201);
  }
  const auto versions = [&](const std::string& query) {
    std::vector<int> list;
    const json got = fixture.must(fixture.root, "GET", tenant.path("/deliveries" + query));
    for (const json& entry : got["deliveries"]) list.push_back(entry["version"]);
    return list;
  };
  CHECK(versions("?limit=2") == std::vector{5, 4});
  CHECK(versions("?limit=2&before=4") == std::vector{3, 2});
  CHECK(versions("") == std::vector{5, 4, 3, 2, 1});
}
