#include "api_fixture.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

Answer raw(ApiFixture& fixture, const std::string& method, const std::string& path,
           const std::string& body, const std::string& type = "application/json") {
  auto request = ApiFixture::request(fixture.root, method, path);
  request.headers.emplace_back("content-type", type);
  request.body = body;
  return fixture.send(request);
}

}  // namespace

TEST_CASE("a body is refused for what the document does not allow, and where") {
  struct Case {
    const char* name;
    std::string body;
    int status;
    const char* code;
    const char* field;
  };
  const auto test = GENERATE(values<Case>(
      {{"empty", "", 400, "invalid_request", ""},
       {"no JSON", "{\"name\": ", 400, "invalid_request", ""},
       {"two values", "{} {}", 400, "invalid_request", ""},
       {"no object", "[]", 400, "invalid_request", ""},
       {"missing", "{}", 400, "invalid_request", "/name"},
       {"another type", R"({"name": 5})", 400, "invalid_request", "/name"},
       {"null", R"({"name": null})", 400, "invalid_request", "/name"},
       {"too short", R"({"name": ""})", 400, "invalid_request", "/name"},
       {"too long", R"({"name": ")" + std::string(201, 'x') + "\"}", 400, "invalid_request",
        "/name"},
       {"unknown", R"({"name": "x", "a/b": 1})", 400, "unknown_field", "/a~1b"},
       {"twice", R"({"name": "x", "name": "y"})", 400, "invalid_request", ""},
       {"zero", R"({"name": "x\u0000"})", 400, "invalid_request", ""},
       {"no UTF-8", "{\"name\": \"\xff\"}", 400, "invalid_request", ""},
       {"half a surrogate", R"({"name": "\ud800"})", 400, "invalid_request", ""},
       {"deep", std::string(100'000, '['), 400, "invalid_request", ""},
       {"large", R"({"name": ")" + std::string(300'000, 'x') + "\"}", 413, "too_large", nullptr}}));
  CAPTURE(test.name);
  ApiFixture fixture;
  const auto answer = raw(fixture, "POST", "/tenants", test.body);
  CHECK(answer.status == test.status);
  CHECK(answer.code() == test.code);
  if (test.field != nullptr) CHECK(answer.body["field"] == test.field);
}

TEST_CASE("200 characters are 200 characters in any script") {
  ApiFixture fixture;
  std::string name;
  for (int i = 0; i < 200; ++i) name += "関";
  CHECK(fixture.call(fixture.root, "POST", "/tenants", {{"name", name}}).status == 201);
  CHECK(fixture.call(fixture.root, "POST", "/tenants", {{"name", name + "所"}}).status == 400);
}

TEST_CASE("only application/json is read as JSON") {
  ApiFixture fixture;
  CHECK(raw(fixture, "POST", "/tenants", R"({"name":"a"})", "text/plain").status == 415);
  CHECK(raw(fixture, "POST", "/tenants", R"({"name":"a"})", "application/x-www-form-urlencoded")
            .status == 415);
  CHECK(raw(fixture, "POST", "/tenants", R"({"name":"a"})", "Application/JSON; charset=utf-8")
            .status == 201);
}

TEST_CASE("parameters of the query are checked like bodies") {
  struct Case {
    const char* query;
    int status;
    const char* field;
  };
  const auto test =
      GENERATE(values<Case>({{"limit=1", 200, ""},
                             {"", 200, ""},
                             {"&&limit=5&", 200, ""},
                             {"rule=a+b%20%E9%96%A2", 200, ""},
                             {"limit=0", 400, "/query/limit"},
                             {"limit=1001", 400, "/query/limit"},
                             {"limit=x", 400, "/query/limit"},
                             {"limit=", 400, "/query/limit"},
                             {"limit=99999999999999999999", 400, "/query/limit"},
                             {"limit=1&limit=2", 400, "/query/limit"},
                             {"nonsense=1", 400, "/query/nonsense"},
                             {"rule=%zz", 400, "/query"},
                             {"rule=%00", 400, "/query"},
                             {"rule=%ff", 400, "/query"},
                             {"rule=%", 400, "/query"},
                             {"action=explode", 400, "/query/action"},
                             {"gateway=1", 400, "/query/gateway"},
                             {"source=10.0.0.0/8", 200, ""},
                             {"source=10.0.0", 400, "/query/source"},
                             {"before=1-2", 200, ""},
                             {"before=1", 400, "/query/before"},
                             {"destination_port=65536", 400, "/query/destination_port"}}));
  CAPTURE(test.query);
  ApiFixture fixture;
  const auto answer = fixture.call(fixture.root, "GET",
                                   "/tenants/" + fixture.add_tenant() + "/events?" + test.query);
  CHECK(answer.status == test.status);
  if (test.status == 400) CHECK(answer.body["field"] == test.field);
}

TEST_CASE("paths and methods that the document does not have are told apart") {
  ApiFixture fixture;
  for (const char* path :
       {"", "/", "/nothing", "/session/", "/tenants//users", "/tenants/x/../y"}) {
    CAPTURE(path);
    CHECK(fixture.call(fixture.root, "GET", path).status == 404);
  }
  const auto wrong = fixture.call(fixture.root, "PATCH", "/session");
  CHECK(wrong.status == 405);
  CHECK(wrong.header("Allow") == "DELETE, GET, POST");
  CHECK(wrong.code() == "method_not_allowed");
}

TEST_CASE("an id that is none and a tenant that is none look the same") {
  ApiFixture fixture;
  CHECK(fixture.call(fixture.root, "GET", "/tenants/'%20OR%201=1/users").status == 404);
  const auto tenant = fixture.add_tenant();
  const auto answer = fixture.call(fixture.root, "GET", "/tenants/" + tenant + "/gateways/%27");
  CHECK(answer.status == 400);
  CHECK(answer.body["field"] == "/path/gateway");
}

TEST_CASE("the document that is served is whole: every reference in it resolves") {
  ApiFixture fixture;
  const json document = fixture.must({}, "GET", "/openapi.json");
  int references = 0;
  const std::function<void(const json&)> walk = [&](const json& value) {
    if (value.is_object() && value.contains("$ref") && value["$ref"].is_string()) {
      const auto target = value["$ref"].get<std::string>();
      CAPTURE(target);
      REQUIRE(target.starts_with("#/"));
      CHECK(document.contains(json::json_pointer(target.substr(1))));
      ++references;
    }
    if (value.is_structured())
      for (const auto& member : value) walk(member);
  };
  walk(document);
  CHECK(references > 50);
  const auto& policy = document["components"]["schemas"]["Policy"];
  CHECK(policy["properties"].contains("rules"));
}

TEST_CASE("health says which database it is, without a session") {
  ApiFixture fixture;
  const json health = fixture.must({}, "GET", "/health");
  CHECK(health == json{{"version", "test"}, {"database", "sqlite"}});
}

TEST_CASE("reading a body takes time in proportion to it") {
  ApiFixture fixture;
  constexpr int kObjects = 400'000;  // four at a time would hold up everybody for minutes
  std::string body = "[{}";
  for (int i = 1; i < kObjects; ++i) body += ",{}";
  const auto tenant = fixture.add_tenant();
  const auto path =
      "/tenants/" + tenant + "/groups/" + fixture.first_group(tenant) + "/draft/check";
  const auto began = std::chrono::steady_clock::now();
  const auto answer = raw(fixture, "POST", path, body + "]");
  CHECK(answer.status == 400);
  CHECK(answer.body["message"] == "the body: not an object");
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
}
