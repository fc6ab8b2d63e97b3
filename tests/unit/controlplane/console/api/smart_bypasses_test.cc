#include "api_fixture.h"

using namespace sekisho::console;

TEST_CASE(
    "what smart bypass spares is listed and taken back by the gateway, which is written down") {
  ApiFixture fixture;
  const auto tenant = fixture.add_tenant();
  const auto gateway = fixture.add_gateway(tenant, fixture.first_group(tenant));
  const std::string path = "/tenants/" + tenant + "/gateways/" + gateway;
  fixture.add_user(tenant, "taro", "customer");
  const auto taro = fixture.log_in("taro");
  const auto removal = path + "/smart-bypasses/removal";
  const auto clearing = path + "/smart-bypasses/clearing";
  const json pair{{"client", "192.0.2.7"}, {"host", "pinned.example"}};
  CHECK(fixture.call(taro, "POST", removal, pair).code() == "offline");
  CHECK(fixture.call(taro, "POST", clearing, nullptr).code() == "offline");
  fixture.sql([&](auto& session) {
    session << "UPDATE gateways SET console = 'c', seen_at = 1790000000000";
  });

  const auto removed = fixture.must(taro, "POST", removal, pair);
  CHECK(removed["op"] == "tls.bypasses.remove");
  CHECK(removed["state"] == "waiting");
  std::string arguments;
  fixture.sql([&](auto& session) {
    session << "SELECT arguments FROM diagnostics", soci::into(arguments);
  });
  CHECK(json::parse(arguments) == pair);
  CHECK(fixture.must(taro, "POST", clearing, nullptr)["op"] == "tls.bypasses.clear");
  const auto listed =
      fixture.must(taro, "POST", path + "/diagnostics", {{"op", "tls.bypasses.list"}});
  CHECK(listed["op"] == "tls.bypasses.list");

  const auto entries = fixture.must(taro, "GET", "/tenants/" + tenant + "/audit")["entries"];
  const auto told = [&](const std::string& action) -> std::string {
    for (const auto& entry : entries)
      if (entry["action"] == action) return entry["detail"];
    return "nothing";
  };
  CHECK(told("removeSmartBypass") == "pinned.example 192.0.2.7");
  CHECK(told("clearSmartBypasses") == "tls.bypasses.clear");

  CHECK(fixture.call(taro, "POST", removal, {{"client", "192.0.2.7"}}).code() == "invalid_request");
  // The general way of asking leads to the list only: changes are written down as what they are.
  for (const char* op : {"tls.bypasses.remove", "tls.bypasses.clear"})
    CHECK(fixture.call(taro, "POST", path + "/diagnostics", {{"op", op}}).code() ==
          "invalid_request");
}
