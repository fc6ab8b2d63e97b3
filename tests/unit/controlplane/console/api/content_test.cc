// Packs of IPS rules in the API.
#include "api_fixture.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

const std::string kRule =
    "alert http any any -> any any (msg:\"first\"; http.uri; content:\"/a-path\"; sid:7; rev:2;)\n";

json files(const std::string& text = kRule, const std::string& name = "a.rules") {
  return json::array({{{"name", name}, {"text", text}}});
}

struct Bench {
  explicit Bench(Backend backend = Backend::sqlite) : api(backend) {}

  ApiFixture api;
  std::string tenant = api.add_tenant();
  std::string group = api.first_group(tenant);
  std::string path = "/tenants/" + tenant + "/content";

  json content() { return api.must(api.root, "GET", path); }
  json publish(const std::string& name, const json& changes = json::object()) {
    json body{{"name", name}, {"files", files()}};
    body.update(changes);
    return api.must(api.root, "POST", path + "/packs", body);
  }
  json gateway(const std::string& name) {
    const auto all = content();
    for (const auto& one : all["gateways"])
      if (one["name"] == name) return one;
    FAIL("no gateway " + name);
    return {};
  }
  /// As the gateway's stream does when the packs are in force.
  void accept(const std::string& id) {
    api.sql([&](Database::Session& session) {
      session << "UPDATE gateways SET state = 'enrolled', content_state = 'accepted', "
                 "content_version = content_desired WHERE id = :id",
          soci::use(id);
    });
  }
  std::string audit() {
    const auto entry =
        api.must(api.root, "GET", "/tenants/" + tenant + "/audit?limit=1")["entries"][0];
    return entry["action"].get<std::string>() + " " + entry["target"].get<std::string>() + ": " +
           entry["detail"].get<std::string>();
  }
};

}  // namespace

TEST_CASE("a pack is published, and on its way to every gateway at once") {
  Bench bench(GENERATE(from_range(tests::backends_here())));
  const auto box = bench.api.add_gateway(bench.tenant, bench.group, "box");
  CHECK(bench.content()["version"] == 0);
  CHECK(bench.gateway("box")["state"] == "none");
  const auto pack = bench.publish(
      "et-open", {{"notes", "of today"}, {"files", files(kRule + "alert nonsense\n")}});
  CHECK(pack["version"] == 1);
  REQUIRE(pack["versions"].size() == 1);
  CHECK(pack["versions"][0]["num_rules"] == 1);
  CHECK(pack["versions"][0]["num_refused"] == 1);
  CHECK(pack["versions"][0]["notes"] == "of today");
  CHECK(pack["versions"][0]["created_by"] == "root");
  CHECK_FALSE(pack.contains("group"));
  CHECK(bench.audit() == "publishContentPack et-open: version 1, all groups, 1 rules, 1 refused");
  CHECK(bench.content()["version"] == 1);
  CHECK(bench.gateway("box")["state"] == "waiting_for_enrolment");
  bench.accept(box);
  CHECK(bench.gateway("box")["state"] == "accepted");
  CHECK(bench.publish("et-open")["version"] == 2);
  CHECK(bench.gateway("box")["state"] == "delivering");
  CHECK(bench.gateway("box")["desired_version"] == 2);
}

TEST_CASE("a pack of one group goes to its gateways alone, also to one that is moved there") {
  Bench bench;
  const auto other = bench.api.must(bench.api.root, "POST", "/tenants/" + bench.tenant + "/groups",
                                    {{"name", "other"}})["id"];
  const auto here = bench.api.add_gateway(bench.tenant, bench.group, "here");
  const auto there = bench.api.add_gateway(bench.tenant, other, "there");
  bench.publish("ours", {{"group", bench.group}});
  CHECK(bench.gateway("here")["desired_version"] == 1);
  CHECK(bench.gateway("there")["state"] == "none");
  for (const auto& gateway : {here, there}) bench.accept(gateway);
  bench.api.must(bench.api.root, "PATCH", "/tenants/" + bench.tenant + "/gateways/" + there,
                 {{"group", bench.group}});
  CHECK(bench.gateway("there")["desired_version"] == 2);
  CHECK(bench.gateway("there")["state"] == "delivering");
  CHECK(bench.gateway("here")["state"] == "accepted");
  // Whose it was must lose it, whose it is must get it.
  bench.publish("ours", {{"group", other}});
  CHECK(bench.gateway("here")["state"] == "delivering");
  const auto kept = bench.api.call(
      bench.api.root, "DELETE", "/tenants/" + bench.tenant + "/groups/" + other.get<std::string>());
  CHECK(kept.status == 409);
  CHECK(kept.body["message"] == "the pack of rules ours is for this group");
}

TEST_CASE("a gateway that is made later wants the packs, too") {
  Bench bench;
  bench.publish("et");
  bench.api.add_gateway(bench.tenant, bench.group, "late");
  CHECK(bench.gateway("late")["state"] == "waiting_for_enrolment");
  CHECK(bench.gateway("late")["desired_version"] == 2);
}

TEST_CASE("the last versions of a pack are kept to return to") {
  Bench bench(GENERATE(from_range(tests::backends_here())));
  bench.api.add_gateway(bench.tenant, bench.group, "box");
  std::string id;
  for (int i = 1; i <= 7; ++i) id = bench.publish("et")["id"];
  const auto back = bench.path + "/packs/" + id + "/return";
  const auto pack = bench.api.must(bench.api.root, "POST", back, {{"version", 4}});
  CHECK(pack["version"] == 4);
  CHECK(pack["versions"].size() == 5);
  CHECK(bench.audit() == "returnToContentVersion et: version 4, was 7");
  CHECK(bench.gateway("box")["desired_version"] == 8);  // the box refuses what is not newer
  CHECK(bench.api.call(bench.api.root, "POST", back, {{"version", 4}}).status == 409);
  CHECK(bench.api.call(bench.api.root, "POST", back, {{"version", 2}}).status == 404);
  CHECK(bench.publish("et")["version"] == 8);
}

TEST_CASE("a pack that is deleted is taken from the gateways") {
  Bench bench;
  const auto box = bench.api.add_gateway(bench.tenant, bench.group, "box");
  const std::string id = bench.publish("et")["id"];
  bench.accept(box);
  CHECK(bench.api.call(bench.api.root, "DELETE", bench.path + "/packs/" + id).status == 204);
  CHECK(bench.content()["packs"].empty());
  CHECK(bench.gateway("box")["state"] == "delivering");
  CHECK(bench.audit() == "deleteContentPack et: version 1");
  CHECK(bench.api.call(bench.api.root, "DELETE", bench.path + "/packs/" + id).status == 404);
  CHECK(bench.publish("et")["version"] == 1);
}

TEST_CASE("what gateways would make of a pack is told before, file by file") {
  Bench bench;
  const json body{{"files",
                   {{{"name", "b.rules"},
                     {"text", "alert tcp any any -> any any (classtype:odd; sid:2;)\nnonsense\n"}},
                    {{"name", "classification.config"},
                     {"text", "config classification: odd,An odd thing,1\n"}},
                    {{"name", "threshold.config"}, {"text", "nonsense\n"}}}}};
  const auto found = bench.api.must(bench.api.root, "POST", bench.path + "/check", body);
  CHECK(found["num_rules"] == 1);
  CHECK(found["rules"][0]["priority"] == 1);
  REQUIRE(found["refused"].size() == 2);
  CHECK(found["refused"][0]["file"] == "b.rules");
  CHECK(found["refused"][0]["line"] == 2);
  CHECK(found["refused"][1]["file"] == "threshold.config");
  CHECK(bench.content()["version"] == 0);
}

TEST_CASE("a pack that makes no sense is refused, and nothing is on its way") {
  Bench bench;
  const auto send = [&](const json& body) {
    return bench.api.call(bench.api.root, "POST", bench.path + "/packs", body);
  };
  CHECK(send({{"name", "et"}, {"files", files("nonsense\n")}}).status == 422);
  for (const auto* name : {"", "ET", "-a", "a/b", "a.b"})
    CHECK(send({{"name", name}, {"files", files()}}).status == 400);
  for (const auto* name : {"a.txt", "../a.rules", "A.rules", ".rules", "reference.config"})
    CHECK(send({{"name", "et"}, {"files", files(kRule, name)}}).status == 400);
  auto twice = files();
  twice.push_back(twice[0]);
  CHECK(send({{"name", "et"}, {"files", twice}}).body["message"] == "two files are named a.rules");
  CHECK(send({{"name", "et"}, {"files", json::array()}}).status == 400);
  CHECK(
      send({{"name", "et"}, {"files", files()}, {"group", "00000000-0000-0000-0000-000000000000"}})
          .status == 404);
  CHECK(bench.content()["version"] == 0);
}

TEST_CASE("all packs together fit into one bundle") {
  Bench bench;
  auto many = json::array();
  for (int i = 0; i < 100; ++i)
    many.push_back({{"name", std::to_string(i) + ".rules"}, {"text", kRule}});
  bench.publish("one", {{"files", many}});
  const auto refused = bench.api.call(bench.api.root, "POST", bench.path + "/packs",
                                      {{"name", "two"}, {"files", many}});
  CHECK(refused.status == 422);
  CHECK(refused.code() == "too_large");
  CHECK(bench.content()["packs"].size() == 1);
  bench.publish("one", {{"files", many}});  // in the place of itself
}
