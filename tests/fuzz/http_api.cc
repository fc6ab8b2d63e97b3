// A request below the socket, to the whole API on a database of its own, from a logged-in
// administrator. An input is the request as text: "METHOD PATH", headers, an empty line, the body.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "console_support/test_database.h"
#include "controlplane/console/api/api.h"
#include "controlplane/console/secrets/random.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

constexpr std::int64_t kNow = 1'790'000'000'000;
constexpr int kRequestsOfWorld = 500;  // then it is made anew, so that nothing piles up
const std::string kToken(64, 'a');
const std::string kTenant = "11111111-1111-4111-8111-111111111111";
const std::string kGroup = "22222222-2222-4222-8222-222222222222";
const std::string kGateway = "33333333-3333-4333-8333-333333333333";
const std::string kUser = "44444444-4444-4444-8444-444444444444";

struct World {
  World() {
    auto made = Api::make({.database = database.get(),
                           .tenant_keys = keys,
                           .activations = activations,
                           .software_version = "fuzz",
                           .now_ms = [] { return kNow; }},
                          std::nullopt);
    if (!made) std::abort();
    api = std::move(*made);
    database.get().write([&](Database::Session& session) { fill(session); });
  }

  void fill(Database::Session& session) const {
    const std::string hash = hash_of(kToken);
    session << "INSERT INTO tenants (id, name, created_at) VALUES ('" + kTenant + "', 'T', 0)";
    keys.create(session, kTenant);
    session << "INSERT INTO gateway_groups (id, tenant, name, revision, policy, policy_hash, "
               "changed_at, changed_by) VALUES ('" +
                   kGroup + "', '" + kTenant + "', 'G', 1, '{\"version\":1}', 'h', 0, 'x')";
    session
        << "INSERT INTO gateways (id, number, tenant, group_id, name, state, console) VALUES ('" +
               kGateway + "', 1, '" + kTenant + "', '" + kGroup + "', 'g', 'enrolled', 'c')";
    session << "INSERT INTO users (id, login, password, role, created_at) VALUES ('" + kUser +
                   "', 'root', '', 'admin', 0)";
    session << "INSERT INTO sessions (token_hash, user_id, csrf_token, created_at, seen_at, "
               "expires_at) VALUES ('" +
                   hash + "', '" + kUser + "', 'csrf', 0, " + std::to_string(kNow) + ", " +
                   std::to_string(kNow + 1'000'000) + ")";
  }

  tests::TestDatabase database{Backend::sqlite};
  MasterKey master_key = *MasterKey::open(database.scratch().file("master.key"));
  TenantKeys keys{master_key};
  Activations activations{activation::Fingerprint{}};
  std::unique_ptr<Api> api;
};

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

http::Request request_of(std::string_view text) {
  http::Request request;
  request.client = "192.0.2.1";
  const auto first = take_line(text);
  const auto space = first.find(' ');
  request.method = first.substr(0, space);
  const auto target =
      space == std::string_view::npos ? std::string_view() : first.substr(space + 1);
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
  for (auto line = take_line(text); !line.empty(); line = take_line(text)) {
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos)
      request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  request.headers.emplace_back("cookie", "sekisho_session=" + kToken);
  request.headers.emplace_back("x-csrf-token", "csrf");
  request.headers.emplace_back("content-type", "application/json");
  request.body = text;
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::unique_ptr<World> world;
  static int requests = 0;
  if (!world || ++requests % kRequestsOfWorld == 0) {
    world.reset();
    world = std::make_unique<World>();
  }
  const auto request = request_of({reinterpret_cast<const char*>(data), size});
  static_cast<void>(world->api->admit(request));
  const auto response = world->api->handle(request);
  // 503 is the database's: a value that it does not take came through the checks.
  if (response.status < 200 || response.status == 500 || response.status == 503) std::abort();
  return 0;
}
