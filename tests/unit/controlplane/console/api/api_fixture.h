#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "console_support/test_database.h"
#include "controlplane/console/api/api.h"
#include "controlplane/console/secrets/master_key.h"

namespace sekisho::console {

using nlohmann::json;

inline constexpr const char* kPassword = "correct horse battery";
inline constexpr const char* kLink = "console.example:8443";

/// Somebody who calls the API; without a token nobody is logged in.
struct Caller {
  std::string cookie;
  std::string csrf;
};

struct Answer {
  int status = 0;
  json body;  // null: no JSON
  http::Headers headers;
  std::string text;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
  std::string code() const { return body.is_object() ? body.value("code", "") : ""; }
};

/// A whole API below the socket, on an empty database of its own, with an administrator "root".
class ApiFixture {
 public:
  explicit ApiFixture(Backend backend = Backend::sqlite) : database_(backend) {
    auto made = Api::make({.database = database_.get(),
                           .tenant_keys = keys_,
                           .activations = activations_,
                           .software_version = "test",
                           .now_ms = [this] { return now; },
                           .link = kLink},
                          std::nullopt);
    if (!made) FAIL(made.error().message);
    api_ = std::move(*made);
    REQUIRE(create_admin(database_.get(), "root", kPassword, now));
    root = log_in("root");
  }

  Answer send(const http::Request& request) {
    const auto response = api_->handle(request);
    Answer answer;
    answer.status = response.status;
    answer.headers = response.headers;
    answer.text = std::string(response.content());
    if (answer.header("Content-Type") == "application/json") answer.body = json::parse(answer.text);
    return answer;
  }

  /// `path` behind /api/v1, with its query.
  static http::Request request(const Caller& who, const std::string& method,
                               const std::string& path, const json& body = nullptr) {
    http::Request request;
    request.method = method;
    request.path = "/api/v1" + path.substr(0, path.find('?'));
    if (path.find('?') != std::string::npos) request.query = path.substr(path.find('?') + 1);
    request.client = "192.0.2.1";
    if (!who.cookie.empty()) request.headers.emplace_back("cookie", who.cookie);
    if (!who.csrf.empty()) request.headers.emplace_back("x-csrf-token", who.csrf);
    if (!body.is_null()) {
      request.headers.emplace_back("content-type", "application/json");
      request.body = body.dump();
    }
    return request;
  }

  Answer call(const Caller& who, const std::string& method, const std::string& path,
              const json& body = nullptr, const std::string& if_match = "") {
    auto asked = request(who, method, path, body);
    if (!if_match.empty()) asked.headers.emplace_back("if-match", if_match);
    return send(asked);
  }

  /// The answer to a call that must succeed.
  json must(const Caller& who, const std::string& method, const std::string& path,
            const json& body = nullptr) {
    const auto answer = call(who, method, path, body);
    INFO(method << " " << path << ": " << answer.text);
    REQUIRE(answer.status / 100 == 2);
    return answer.body;
  }

  Caller log_in(const std::string& login, const std::string& password = kPassword) {
    const auto answer = call({}, "POST", "/session", {{"login", login}, {"password", password}});
    INFO(answer.text);
    REQUIRE(answer.status == 200);
    const auto cookie = answer.header("Set-Cookie");
    return {cookie.substr(0, cookie.find(';')), answer.body["csrf_token"].get<std::string>()};
  }

  std::string add_tenant(const std::string& name = "Kaisha") {
    return must(root, "POST", "/tenants", {{"name", name}})["id"];
  }
  std::string first_group(const std::string& tenant) {
    return must(root, "GET", "/tenants/" + tenant + "/groups")["groups"][0]["id"];
  }
  std::string add_user(const std::string& tenant, const std::string& login,
                       const std::string& role) {
    return must(root, "POST", "/tenants/" + tenant + "/users",
                {{"login", login}, {"password", kPassword}, {"role", role}})["id"];
  }
  std::string add_gateway(const std::string& tenant, const std::string& group,
                          const std::string& name = "gateway") {
    return must(root, "POST", "/tenants/" + tenant + "/gateways",
                {{"name", name}, {"group", group}})["gateway"]["id"];
  }

  template <class Work>
  void sql(Work work) {
    database_.get().write([&](Database::Session& session) { work(session); });
  }
  Database& database() { return database_.get(); }
  Api& api() { return *api_; }
  const TenantKeys& tenant_keys() const { return keys_; }

  std::int64_t now = 1'790'000'000'000;
  Caller root;

 private:
  tests::TestDatabase database_;
  MasterKey master_key_ = *MasterKey::open(database_.scratch().file("master.key"));
  TenantKeys keys_{master_key_};
  Activations activations_{activation::Fingerprint{}};
  std::unique_ptr<Api> api_;
};

}  // namespace sekisho::console
