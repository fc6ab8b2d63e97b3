#include "api_fixture.h"
#include "config/policy/policy.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

struct Draft {
  explicit Draft(ApiFixture& fixture)
      : tenant(fixture.add_tenant()),
        path("/tenants/" + tenant + "/groups/" + fixture.first_group(tenant) + "/draft") {}
  std::string tenant;
  std::string path;
};

json with_rule(json policy, const std::string& name) {
  policy["rules"].insert(policy["rules"].begin(), json{{"name", name}, {"action", "block"}});
  return policy;
}

}  // namespace

TEST_CASE("a new tenant's draft is the factory policy") {
  ApiFixture fixture;
  const Draft draft(fixture);
  const auto got = fixture.call(fixture.root, "GET", draft.path);
  REQUIRE(got.status == 200);
  CHECK(got.header("ETag") == "\"1\"");
  CHECK(got.body["revision"] == 1);
  CHECK(got.body["pending"] == true);
  CHECK(got.body["policy"]["time_zone"] == "Asia/Tokyo");
  CHECK(got.body["policy"]["version"] == 1);
  CHECK(got.body["policy"]["rules"].size() == 5);
  CHECK(got.body["policy"]["profiles"][0]["mail"]["smtp_error_code"] == 450);
}

TEST_CASE("a draft is saved over the revision that it was made from") {
  ApiFixture fixture;
  const Draft draft(fixture);
  const json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];
  const json changed{{"policy", with_rule(policy, "first")}};

  CHECK(fixture.call(fixture.root, "PUT", draft.path, changed).status == 428);
  const auto saved = fixture.call(fixture.root, "PUT", draft.path, changed, "\"1\"");
  REQUIRE(saved.status == 200);
  CHECK(saved.header("ETag") == "\"2\"");
  CHECK(saved.body["changed_by"] == "root");
  CHECK(fixture.must(fixture.root, "GET", draft.path)["policy"] == changed["policy"]);
  // The same once more changes nothing.
  CHECK(fixture.call(fixture.root, "PUT", draft.path, changed, "\"2\"").body["revision"] == 2);

  const auto entries =
      fixture.must(fixture.root, "GET", "/tenants/" + draft.tenant + "/audit")["entries"];
  REQUIRE(entries[0]["action"] == "saveDraft");
  CHECK_THAT(entries[0]["detail"].get<std::string>(), Catch::Contains("first"));
}

TEST_CASE("of two administrators who save at once the second is told who was first") {
  ApiFixture fixture;
  const Draft draft(fixture);
  fixture.add_user(draft.tenant, "hanako", "customer");
  const auto hanako = fixture.log_in("hanako");
  const json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];

  CHECK(fixture.call(hanako, "PUT", draft.path, {{"policy", with_rule(policy, "hers")}}, "\"1\"")
            .status == 200);
  const auto late = fixture.call(fixture.root, "PUT", draft.path,
                                 {{"policy", with_rule(policy, "mine")}}, "\"1\"");
  CHECK(late.status == 412);
  CHECK(late.code() == "stale");
  CHECK(late.body["revision"] == 2);
  CHECK(late.body["changed_by"] == "hanako");
  CHECK(fixture.must(fixture.root, "GET", draft.path)["policy"]["rules"][0]["name"] == "hers");
}

TEST_CASE("a wrong IPS rule is told by its entry, and the others are kept") {
  ApiFixture fixture;
  const Draft draft(fixture);
  json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];
  policy["ips_rules"] = {"alert http any any -> any any (http.uri; content:\"/a\"; sid:1;)",
                         "alert http any any -> any any (http.url; content:\"/a\"; sid:2;)"};
  const auto refused = fixture.call(fixture.root, "PUT", draft.path, {{"policy", policy}}, "\"1\"");
  REQUIRE(refused.status == 422);
  REQUIRE(refused.body["mistakes"].size() == 1);
  CHECK(refused.body["mistakes"][0]["pointer"] == "/ips_rules/1");
  CHECK_THAT(refused.body["mistakes"][0]["message"].get<std::string>(),
             Catch::Contains("IPS rule 2") && Catch::Contains("http.url"));
  policy["ips_rules"].erase(1);
  CHECK(fixture.call(fixture.root, "PUT", draft.path, {{"policy", policy}}, "\"1\"").status == 200);
}

TEST_CASE("mistakes of a policy are told by JSON pointer and nothing is saved") {
  ApiFixture fixture;
  const Draft draft(fixture);
  json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];
  policy["rules"][2]["source"] = {{"addresses", "no such object"}};
  policy["rules"][4]["action"] = "explode";
  const auto refused = fixture.call(fixture.root, "PUT", draft.path, {{"policy", policy}}, "\"1\"");
  REQUIRE(refused.status == 422);
  CHECK(refused.code() == "invalid_policy");
  REQUIRE(refused.body["mistakes"].size() == 2);
  CHECK(refused.body["mistakes"][0]["pointer"] == "/rules/2/source/addresses");
  CHECK(refused.body["mistakes"][1]["pointer"] == "/rules/4/action");
  CHECK(fixture.must(fixture.root, "GET", draft.path)["revision"] == 1);

  const auto checked =
      fixture.must(fixture.root, "POST", draft.path + "/check", {{"policy", policy}});
  CHECK(checked["mistakes"] == refused.body["mistakes"]);
}

TEST_CASE("names of contents that the catalogues do not have are mistakes of their field") {
  ApiFixture fixture;
  const Draft draft(fixture);
  json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];
  policy["objects"]["url_categories"] = {{{"name", "取引先"}, {"entries", {"*.example.com"}}},
                                         {{"name", "gambling"}, {"entries", json::array()}}};
  policy["rules"][0]["content"] = {{"applications", {"dns", "yuotube"}}};
  policy["rules"][1]["content"] = {{"url_categories", {"取引先", "gamling", "group:adults"}}};
  auto refused = fixture.call(fixture.root, "PUT", draft.path, {{"policy", policy}}, "\"1\"");
  REQUIRE(refused.status == 422);
  const auto& mistakes = refused.body["mistakes"];
  REQUIRE(mistakes.size() == 4);
  CHECK(mistakes[0]["pointer"] == "/objects/url_categories/1");
  CHECK(mistakes[0]["message"] == "URL category 'gambling' has the name of a built-in one");
  CHECK(mistakes[1]["pointer"] == "/rules/0/content/applications");
  CHECK(mistakes[1]["message"] ==
        "rule '【50-1】アプリケーションコントロール': no application is called 'yuotube'");
  CHECK(mistakes[2]["pointer"] == "/rules/1/content/url_categories");
  CHECK(mistakes[3]["message"].get<std::string>().ends_with(
      "no group of URL categories is called 'adults'"));
  policy["objects"]["url_categories"].erase(1);
  policy["rules"][0]["content"] = {{"applications", {"dns"}}};
  policy["rules"][1]["content"] = {{"url_categories", {"取引先", "gambling", "group:adult"}}};
  CHECK(fixture.call(fixture.root, "PUT", draft.path, {{"policy", policy}}, "\"1\"").status == 200);

  policy["objects"]["url_categories"][0]["entries"] = {"*.example.com", "http://x.test/"};
  refused = fixture.call(fixture.root, "PUT", draft.path, {{"policy", policy}}, "\"2\"");
  REQUIRE(refused.body["mistakes"].size() == 1);
  CHECK(refused.body["mistakes"][0]["pointer"] == "/objects/url_categories/0/entries/1");
}

TEST_CASE("own applications are checked as the gateway's compiler would") {
  ApiFixture fixture;
  const Draft draft(fixture);
  json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];
  policy["objects"]["applications"] = {
      {{"name", "基幹"}, {"hosts", {"*.example.com"}}},
      {{"name", "youtube"}, {"category", "nothing"}, {"hosts", {"*.example.com"}}}};
  policy["rules"][0]["content"] = {{"applications", {"基幹", "category:custom"}}};
  auto refused = fixture.call(fixture.root, "PUT", draft.path, {{"policy", policy}}, "\"1\"");
  REQUIRE(refused.status == 422);
  const auto& mistakes = refused.body["mistakes"];
  REQUIRE(mistakes.size() == 3);
  CHECK(mistakes[0]["pointer"] == "/objects/applications/1");
  CHECK(mistakes[0]["message"] == "application 'youtube' has the name of one of the catalogue");
  CHECK(mistakes[1]["pointer"] == "/objects/applications/1/category");
  CHECK(mistakes[2]["pointer"] == "/objects/applications/1/hosts/0");
  policy["objects"]["applications"].erase(1);
  CHECK(fixture.call(fixture.root, "PUT", draft.path, {{"policy", policy}}, "\"1\"").status == 200);

  policy["objects"]["applications"][0]["servers"] = {{{"addresses", "10.0.0.0/8"}},
                                                     {{"services", "icmp/8"}}};
  refused = fixture.call(fixture.root, "PUT", draft.path, {{"policy", policy}}, "\"2\"");
  REQUIRE(refused.body["mistakes"].size() == 1);
  CHECK(refused.body["mistakes"][0]["pointer"] == "/objects/applications/0/servers/1/services");
}

TEST_CASE("a check tells what a delivery would change") {
  ApiFixture fixture;
  const Draft draft(fixture);
  const auto group = fixture.first_group(draft.tenant);
  fixture.must(fixture.root, "POST", "/tenants/" + draft.tenant + "/deliveries",
               {{"revisions", {{{"group", group}, {"revision", 1}}}}});
  const json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];
  const auto same = fixture.must(fixture.root, "POST", draft.path + "/check", {{"policy", policy}});
  CHECK(same["differences"].empty());
  const auto other = fixture.must(fixture.root, "POST", draft.path + "/check",
                                  {{"policy", with_rule(policy, "newcomer")}});
  REQUIRE(other["differences"].size() >= 1);
  CHECK_THAT(other["differences"][0].get<std::string>(), Catch::Contains("newcomer"));
}

TEST_CASE("the order of members does not make another policy, the order of rules does") {
  ApiFixture fixture;
  const Draft draft(fixture);
  const json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];
  auto asked = ApiFixture::request(fixture.root, "PUT", draft.path);
  asked.headers.emplace_back("content-type", "application/json");
  asked.headers.emplace_back("if-match", "\"1\"");
  // The same members from last to first.
  nlohmann::ordered_json turned;
  for (auto member = policy.rbegin(); member != policy.rend(); ++member)
    turned[member.key()] = nlohmann::ordered_json::parse(member.value().dump());
  asked.body = nlohmann::ordered_json{{"policy", turned}}.dump(2);
  CHECK(fixture.send(asked).body["revision"] == 1);

  json reordered = policy;
  std::swap(reordered["rules"][0], reordered["rules"][1]);
  CHECK(fixture.call(fixture.root, "PUT", draft.path, {{"policy", reordered}}, "\"1\"")
            .body["revision"] == 2);
}

TEST_CASE("what is delivered means on the box what the draft means here") {
  ApiFixture fixture;
  const Draft draft(fixture);
  const auto described = [](std::string_view text) {
    const auto loaded = policy::load_yaml(text);
    REQUIRE(loaded.index() == 0);
    return policy::describe(std::get<0>(loaded).policy);
  };
  json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];
  CHECK(described(policy.dump()) == described(policy::factory_policy_yaml()));
  for (int i = 0; i < 1000; ++i)
    policy["rules"].push_back({{"name", "rule " + std::to_string(i) + ": \"#\\\n"},
                               {"action", "block"},
                               {"source", {{"addresses", "10.0.0.0/8, 2001:db8::/32"}}},
                               {"services", {"tcp/80", "udp/53"}}});
  // In one line, as it is stored and sent, and one value a line, as it is checked.
  CHECK(described(policy.dump()) == described(policy.dump(1)));
}

TEST_CASE("a name as long as the policy itself costs no more than its length") {
  ApiFixture fixture;
  const Draft draft(fixture);
  const std::string name(1'000'000, 'n');
  json policy = fixture.must(fixture.root, "GET", draft.path)["policy"];
  policy[name] = std::vector<int>(300'000, 7);
  const auto began = std::chrono::steady_clock::now();
  const auto checked =
      fixture.must(fixture.root, "POST", draft.path + "/check", {{"policy", policy}});
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));
  REQUIRE_FALSE(checked["mistakes"].empty());
  for (const json& mistake : checked["mistakes"])
    CHECK(mistake["pointer"].get<std::string>().size() < 5'000);
}
