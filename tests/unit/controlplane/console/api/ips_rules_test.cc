#include "api_fixture.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

const std::string kGood =
    "alert http any any -> any any (msg:\"first\"; http.uri; content:\"/a-path\"; sid:7; rev:2; "
    "priority:1;)";

std::string path_of(ApiFixture& fixture, const std::string& tenant) {
  return "/tenants/" + tenant + "/groups/" + fixture.first_group(tenant) + "/draft/check-ips-rules";
}

json checked(ApiFixture& fixture, const std::string& text) {
  return fixture.must(fixture.root, "POST", path_of(fixture, fixture.add_tenant()),
                      {{"text", text}});
}

}  // namespace

TEST_CASE("a file of IPS rules is told rule by rule") {
  ApiFixture fixture;
  const auto found = checked(fixture, "# ours\n" + kGood +
                                          "\n#alert udp any any -> any any (sid:8;)\n"
                                          "pass ip any any -> any any (sid:9;)\n");
  CHECK(found["num_rules"] == 2);
  CHECK(found["num_disabled"] == 1);
  CHECK(found["num_refused"] == 0);
  CHECK(found["refused"].empty());
  REQUIRE(found["rules"].size() == 2);
  CHECK(found["rules"][0] == json{{"line", 2},
                                  {"signature", 7},
                                  {"revision", 2},
                                  {"action", "alert"},
                                  {"message", "first"},
                                  {"class_type", ""},
                                  {"priority", 1}});
  CHECK(found["rules"][1]["action"] == "pass");
}

TEST_CASE("an IPS rule may use the variables of the draft that it is meant for") {
  ApiFixture fixture;
  const auto tenant = fixture.add_tenant();
  const json text{{"text", "drop tcp any any -> $OUR_PRINTERS any (sid:11;)"}};
  CHECK(fixture.must(fixture.root, "POST", path_of(fixture, tenant), text)["num_refused"] == 1);
  const auto draft = "/tenants/" + tenant + "/groups/" + fixture.first_group(tenant) + "/draft";
  auto policy = fixture.must(fixture.root, "GET", draft)["policy"];
  policy["ips_variables"] = {{"OUR_PRINTERS", "10.1.2.0/24"}};
  REQUIRE(fixture.call(fixture.root, "PUT", draft, {{"policy", policy}}, "\"1\"").status == 200);
  CHECK(fixture.must(fixture.root, "POST", path_of(fixture, tenant), text)["num_rules"] == 1);
}

TEST_CASE("every IPS rule that is refused is told with its line, column and reason") {
  ApiFixture fixture;
  const std::string wrong = "alert http any any -> any any (http.url; content:\"/a\"; sid:10;)";
  const auto found = checked(fixture, kGood + "\n\n" + wrong + "\nnonsense\n");
  CHECK(found["num_rules"] == 1);
  CHECK(found["num_refused"] == 2);
  REQUIRE(found["refused"].size() == 2);
  CHECK(found["refused"][0]["line"] == 3);
  CHECK(found["refused"][0]["column"] == wrong.find("http.url") + 1);
  CHECK(found["refused"][0]["signature"] == 10);
  CHECK_THAT(found["refused"][0]["message"].get<std::string>(), Catch::Contains("http.url"));
  CHECK(found["refused"][1]["line"] == 4);
  CHECK_FALSE(found["refused"][1].contains("signature"));
}

TEST_CASE("a column is counted in characters, on the line where the mistake stands") {
  ApiFixture fixture;
  const auto found =
      checked(fixture,
              "alert udp any any -> any any (msg:\"関所\"; contents:\"x\"; sid:1;)\n"
              "alert udp any any -> any any ( \\\n  msg:\"関\"; wrong; \\\n  sid:2;)");
  REQUIRE(found["refused"].size() == 2);
  CHECK(found["refused"][0]["column"] == 41);
  CHECK(found["refused"][1]["line"] == 3);
  CHECK(found["refused"][1]["column"] == 12);
}

TEST_CASE("an IPS rule that costs much is a warning, not a mistake") {
  ApiFixture fixture;
  const auto found = checked(fixture, "alert tcp any any -> any any (content:\"ab\"; sid:1;)");
  CHECK(found["num_refused"] == 0);
  CHECK(found["num_warnings"] == 1);
  REQUIRE(found["warnings"].size() == 1);
  CHECK(found["warnings"][0]["line"] == 1);
}

TEST_CASE("of very many IPS rules the first thousand are told, and how many there are") {
  ApiFixture fixture;
  std::string text;
  for (int sid = 1; sid <= 1200; ++sid)
    text += "alert udp any any -> any any (content:\"abcd\"; sid:" + std::to_string(sid) + ";)\n" +
            "alert udp any any -> any any (contents:\"abcd\"; sid:" + std::to_string(sid + 5000) +
            ";)\n";
  const auto found = checked(fixture, text);
  CHECK(found["num_rules"] == 1200);
  CHECK(found["rules"].size() == 1000);
  CHECK(found["num_refused"] == 1200);
  REQUIRE(found["refused"].size() == 1000);
  CHECK(found["refused"][0]["line"] == 2);
  CHECK(found["refused"][999]["line"] == 2000);
}

TEST_CASE("a text of IPS rules has bounds, and whoever may change policies may check one") {
  ApiFixture fixture;
  const auto tenant = fixture.add_tenant();
  const auto path = path_of(fixture, tenant);
  CHECK(fixture.call(fixture.root, "POST", path, {{"text", ""}}).status == 400);
  CHECK(fixture.call(fixture.root, "POST", path, {{"text", std::string((4 << 20) + 1, '#')}})
            .code() == "invalid_request");
  CHECK(fixture.call(fixture.root, "POST", path, {{"text", std::string(13 << 20, '#')}}).status ==
        413);
  fixture.add_user(tenant, "hanako", "customer");
  CHECK(fixture.call(fixture.log_in("hanako"), "POST", path, {{"text", kGood}}).status == 200);
  CHECK(fixture.call({}, "POST", path, {{"text", kGood}}).status == 401);
  const auto other = fixture.add_tenant("Shokai");
  CHECK(fixture
            .call(fixture.root, "POST",
                  "/tenants/" + other + "/groups/" + fixture.first_group(tenant) +
                      "/draft/check-ips-rules",
                  {{"text", kGood}})
            .status == 404);
}
