// Who may call what, computed from the document and not from the program: every operation, every
// kind of caller, the caller's own tenant and another's, with and without the CSRF token.
#include <set>

#include "api_fixture.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

constexpr const char* kNobody = "00000000-0000-4000-8000-000000000000";

struct Route {
  std::string id;
  std::string method;
  std::string path;
  std::set<std::string> roles;
  json operation;
};

std::vector<Route> routes_of(const json& document) {
  std::vector<Route> routes;
  for (const auto& [path, item] : document["paths"].items())
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      std::string upper = method;
      std::transform(upper.begin(), upper.end(), upper.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      routes.push_back({operation["operationId"], upper, path,
                        operation["x-roles"].get<std::set<std::string>>(), operation});
    }
  return routes;
}

/// A value that the schema accepts. Ids are of things that are not there.
json sample_of(const json& document, const json& schema) {
  if (schema.contains("$ref"))
    return sample_of(document,
                     document.at(json::json_pointer(schema["$ref"].get<std::string>().substr(1))));
  if (schema.contains("enum")) return schema["enum"][0];
  const std::string type = schema.value("type", "object");
  if (type == "integer") return schema.value("minimum", 1);
  if (type == "array") return json::array();
  if (type == "boolean") return true;
  if (type == "string") {
    const std::string pattern = schema.value("pattern", "");
    if (pattern.starts_with("^[0-9a-f]{8}")) return kNobody;
    if (pattern.starts_with("^\"")) return "\"1\"";
    return std::string(schema.value("minLength", std::size_t{3}), 'a');
  }
  json object = json::object();
  for (const auto& name : schema.value("required", json::array()))
    object[name.get<std::string>()] =
        sample_of(document, schema["properties"][name.get<std::string>()]);
  if (schema.contains("minProperties") && object.empty()) object["name"] = "another";
  return object;
}

std::string filled(std::string path, const std::string& tenant) {
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
    const auto close = path.find('}', open);
    const std::string name = path.substr(open + 1, close - open - 1);
    path.replace(open, close - open + 1,
                 name == "tenant"    ? tenant
                 : name == "version" ? "1"
                                     : kNobody);
  }
  return path;
}

struct World {
  World() {
    tenant = fixture.add_tenant("ours");
    foreign = fixture.add_tenant("theirs");
    group = fixture.first_group(tenant);
    fixture.add_user(tenant, "customer", "customer");
    fixture.add_user(tenant, "provider", "provider");
    fixture.add_user(foreign, "stranger", "provider");
    document = fixture.must({}, "GET", "/openapi.json");
  }
  ApiFixture fixture;
  std::string tenant, foreign, group;
  json document;
};

http::Request request_for(World& world, const Route& route, const Caller& caller,
                          const std::string& tenant) {
  json body;
  if (route.operation.contains("requestBody")) {
    body = sample_of(world.document,
                     route.operation["requestBody"]["content"]["application/json"]["schema"]);
    if (body.contains("login")) body["login"] = "x" + std::to_string(rand());
    if (body.contains("name")) body["name"] = "x" + std::to_string(rand());
  }
  auto request = ApiFixture::request(caller, route.method, filled(route.path, tenant), body);
  request.headers.emplace_back("if-match", "\"1\"");
  return request;
}

struct Someone {
  std::string name;
  std::string role;  // "": nobody
  std::string login;
  Caller caller;
  std::set<std::string> tenants;
};

/// What the document promises; 0: past all doors, whatever the operation then says.
int expected(const Route& route, const Someone& who, bool with_csrf, const std::string& tenant) {
  if (route.roles.contains("anyone")) return 0;
  if (who.role.empty()) return 401;
  if (route.method != "GET" && !with_csrf) return 403;
  if (!route.roles.contains(who.role)) return 403;
  const bool of_tenant = route.path.starts_with("/tenants/{tenant}");
  if (of_tenant && !who.tenants.contains(tenant)) return 404;
  return 0;
}

}  // namespace

TEST_CASE("every operation lets in whom the document names and nobody else") {
  World world;
  auto& fixture = world.fixture;
  const std::vector<Someone> everybody{
      {"nobody", "", "", {}, {}},
      {"customer", "customer", "customer", fixture.log_in("customer"), {world.tenant}},
      {"provider of another tenant",
       "provider",
       "stranger",
       fixture.log_in("stranger"),
       {world.foreign}},
      {"provider", "provider", "provider", fixture.log_in("provider"), {world.tenant}},
      {"admin", "admin", "root", fixture.root, {world.tenant, world.foreign}}};
  std::size_t cells = 0;
  for (const Route& route : routes_of(world.document))
    for (const Someone& who : everybody)
      for (const std::string& tenant : {world.tenant, world.foreign, std::string(kNobody)})
        for (const bool with_csrf : {true, false}) {
          Caller caller = who.caller;
          if (route.id == "deleteSession") {
            if (tenant != world.tenant) continue;  // no tenant in it: once is enough
            if (!who.role.empty()) caller = fixture.log_in(who.login);
          }
          if (!with_csrf) caller.csrf.clear();
          CAPTURE(route.id, who.name, tenant == world.tenant, with_csrf);
          const auto answer = fixture.send(request_for(world, route, caller, tenant));
          const int wanted = expected(route, who, with_csrf, tenant);
          CAPTURE(answer.status, answer.text.substr(0, 200));
          ++cells;
          if (wanted == 0) {
            CHECK(answer.code() != "unauthenticated");
            CHECK(answer.code() != "csrf");
            CHECK(answer.status < 500);
            continue;
          }
          CHECK(answer.status == wanted);
          if (wanted == 403) CHECK((answer.code() == "csrf" || answer.code() == "forbidden"));
          // What is not the caller's looks like what is not there at all.
          if (wanted == 404) CHECK(answer.body["message"] == "there is no such tenant");
        }
  CHECK(cells > 1000);
}

TEST_CASE("a thing of one tenant is not there under another tenant's path") {
  World world;
  auto& fixture = world.fixture;
  const auto gateway = fixture.add_gateway(world.foreign, fixture.first_group(world.foreign));
  const auto group = fixture.first_group(world.foreign);
  const auto user = fixture.add_user(world.foreign, "somebody", "customer");
  const auto provider = fixture.log_in("provider");
  const std::string base = "/tenants/" + world.tenant;
  struct Case {
    const char* method;
    std::string path;
    json body;
  };
  for (const auto& [method, path, body] :
       std::vector<Case>{{"GET", "/gateways/" + gateway, nullptr},
                         {"PATCH", "/gateways/" + gateway, {{"name", "mine"}}},
                         {"DELETE", "/gateways/" + gateway, nullptr},
                         {"POST", "/gateways/" + gateway + "/activation", nullptr},
                         {"POST", "/gateways/" + gateway + "/revocation", nullptr},
                         {"POST", "/gateways/" + gateway + "/diagnostics", {{"op", "status"}}},
                         {"GET", "/groups/" + group + "/draft", nullptr},
                         {"PATCH", "/groups/" + group, {{"name", "mine"}}},
                         {"DELETE", "/groups/" + group, nullptr},
                         {"POST", "/groups", {{"name", "stolen"}, {"copy_of", group}}},
                         {"POST", "/gateways", {{"name", "stolen"}, {"group", group}}},
                         {"DELETE", "/users/" + user, nullptr},
                         {"PUT", "/users/" + user + "/password", {{"password", kPassword}}}}) {
    CAPTURE(method, path);
    for (const Caller& who : {provider, fixture.root})
      CHECK(fixture.call(who, method, base + path, body).status == 404);
  }
}

TEST_CASE("a session's CSRF token is not another session's") {
  ApiFixture fixture;
  const auto other = fixture.log_in("root");
  CHECK(
      fixture.call({fixture.root.cookie, other.csrf}, "POST", "/tenants", {{"name", "x"}}).code() ==
      "csrf");
  CHECK(fixture.call(fixture.root, "POST", "/tenants", {{"name", "x"}}).status == 201);
}

TEST_CASE("every operation answers with statuses that the document has") {
  World world;
  auto& fixture = world.fixture;
  REQUIRE(fixture
              .call(fixture.root, "POST", "/tenants/" + world.tenant + "/deliveries",
                    {{"revisions", {{{"group", world.group}, {"revision", 1}}}}})
              .status == 201);
  for (const Route& route : routes_of(world.document)) {
    if (route.id == "deleteSession") continue;
    std::set<int> documented{404};  // of ids in the path
    for (const auto& [status, answer] : route.operation["responses"].items())
      documented.insert(std::stoi(status));
    // What the head of the document says of all operations.
    const std::set<int> checks{400, 401, 403, 413, 415};
    auto valid = request_for(world, route, fixture.root, world.tenant);
    std::vector<std::pair<const char*, http::Request>> variants{{"valid", valid}};
    auto broken = valid;
    broken.body = "{";
    variants.emplace_back("no JSON", broken);
    broken.body = "[]";
    variants.emplace_back("another type", broken);
    broken = valid;
    broken.query = "nonsense=1";
    variants.emplace_back("unknown parameter", broken);
    broken.query = "%zz";
    variants.emplace_back("bad encoding", broken);
    broken = valid;
    std::erase_if(broken.headers,
                  [](const auto& header) { return header.first == "content-type"; });
    variants.emplace_back("no type", broken);
    for (const auto& [name, request] : variants) {
      const auto answer = fixture.send(request);
      CAPTURE(route.id, name, answer.status, answer.text.substr(0, 200));
      CHECK((documented.contains(answer.status) || checks.contains(answer.status)));
      if (answer.status < 400) continue;
      REQUIRE(answer.body.is_object());
      CHECK(answer.body["message"].is_string());
      const auto& codes =
          world.document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
      CHECK(std::find(codes.begin(), codes.end(), answer.code()) != codes.end());
    }
  }
}
