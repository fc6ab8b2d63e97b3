// Flows that are judged by what they use an application for.
#include "../../engines/protocols/hello_builder.h"
#include "config/events/eve.h"
#include "inspected.h"
#include "rules/applications/catalogue.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

const std::string kNoUpload =
    "rules: [{name: no upload, action: block, content: {applications: [youtube/upload]}}]\n";
constexpr std::string_view kViewed = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

void enforce(Gateway& gateway, const std::string& policy) {
  gateway.harness().publish_policy(
      gateway.harness().load(tests::compile_snapshot("version: 1\n" + policy)));
}

std::string request(std::string_view method, std::string_view host, std::string_view path = "/",
                    std::string_view lines = "") {
  return std::string(method) + " " + std::string(path) + " HTTP/1.1\r\nHost: " + std::string(host) +
         "\r\n" + std::string(lines) + "\r\n";
}

constexpr std::string_view kForm =
    "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 0\r\n";

/// A connection of its own for each, to the port that it names.
struct Visitor {
  explicit Visitor(Gateway& to, bool v6 = false, std::uint16_t port = 80) : gateway(to) {
    static std::uint16_t next_port = 32'000;
    connection.client_port = next_port++;
    connection.server_port = port;
    if (v6) connection.client = kClient6, connection.server = kServer6;
    REQUIRE(connection.open(gateway));
  }
  bool asks(std::string_view text) {
    return gateway.lan_passes(connection.to_server(kAck | kPsh, text));
  }
  bool is_answered(std::string_view text) {
    return gateway.wan_passes(connection.to_client(kAck | kPsh, text));
  }
  Gateway& gateway;
  Connection connection;
};

std::string hello_for(const std::string& name) {
  sekisho::tests::HelloBuilder builder;
  builder.ciphers = {0x1301};
  builder.add_server_name(name);
  const auto message = builder.message();
  return tests::bytes_of({22, 3, 1}) + tests::be16(message.size()) + message;
}

/// Lines of the policy events since the last call.
std::vector<std::string> policy_lines(Gateway& gateway) {
  const events::EveNames names{
      .rule = [](std::uint32_t, events::RuleNumber rule) { return "r" + std::to_string(rule); },
      .application =
          [](std::uint16_t id) {
            const auto* const one = rules::application(id);
            return one == nullptr ? std::string() : std::string(one->name);
          },
      .application_function =
          [](std::uint8_t id) { return std::string(rules::function_kind(id)->name); },
      .port = [](std::uint8_t) { return std::string(); }};
  const auto records = gateway.harness().take_events();
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < records.size();) {
    auto next = events::next_eve(std::span(records).subspan(at), names);
    if (records[at].type == events::EventType::policy) lines.push_back(std::move(next.line));
    at += next.taken;
  }
  return lines;
}

}  // namespace

TEST_CASE("viewing passes and an upload is blocked, on the same connection too") {
  const bool v6 = GENERATE(false, true);
  CAPTURE(v6);
  Gateway gateway({}, inspecting());
  enforce(gateway, kNoUpload);
  Visitor visitor(gateway, v6);
  CHECK(visitor.asks(request("GET", "www.youtube.com", "/watch?v=1")));
  CHECK(visitor.is_answered(kViewed));
  CHECK(visitor.asks(request("POST", "www.youtube.com", "/youtubei/v1/player",
                             "Content-Type: application/json\r\nContent-Length: 0\r\n")));
  CHECK(visitor.is_answered(kViewed));
  CHECK_FALSE(visitor.asks(request("POST", "www.youtube.com", "/x", kForm)));
  CHECK_FALSE(visitor.asks(request("GET", "www.youtube.com")));
  const auto told = policy_lines(gateway);
  REQUIRE(told.size() == 1);
  CHECK(has(told[0], R"("app":{"name":"youtube","carrier":"http","function":"upload"})"));
  CHECK(has(told[0], R"("rule":1,"name":"r1","action":"block")"));
}

TEST_CASE("another application's upload passes, and the newest host counts") {
  Gateway gateway({}, inspecting());
  enforce(gateway, kNoUpload);
  Visitor visitor(gateway);
  CHECK(visitor.asks(request("POST", "www.dropbox.com", "/x", kForm)));
  CHECK(visitor.is_answered(kViewed));
  CHECK(visitor.asks(request("POST", "unknown.test", "/x", kForm)));
  CHECK(visitor.is_answered(kViewed));
  CHECK_FALSE(visitor.asks(request("POST", "upload.youtube.com")));
}

TEST_CASE(
    "an upload in a first request whose head comes in two segments is blocked with the second") {
  Gateway gateway({}, inspecting());
  enforce(gateway, kNoUpload);
  Visitor visitor(gateway);
  const auto whole = request("POST", "www.youtube.com", "/x", kForm);
  CHECK(visitor.asks(std::string_view(whole).substr(0, 40)));
  CHECK_FALSE(visitor.asks(std::string_view(whole).substr(40)));
}

TEST_CASE("of TLS a host of its own tells the function, others are let alone") {
  Gateway gateway({}, inspecting());
  enforce(gateway, kNoUpload);
  Visitor upload(gateway, false, 443), view(gateway, false, 443);
  CHECK_FALSE(upload.asks(hello_for("upload.youtube.com")));
  CHECK(view.asks(hello_for("www.youtube.com")));
  CHECK(view.is_answered("any bytes"));
}

TEST_CASE("the order of rules flips what a function comes to") {
  const std::string view = "{name: v, action: allow, content: {applications: [youtube/view]}}";
  const std::string all = "{name: a, action: block, content: {applications: [youtube]}}";
  for (const bool view_first : {true, false}) {
    CAPTURE(view_first);
    Gateway gateway({}, inspecting());
    enforce(gateway, "rules: [" + (view_first ? view + "," + all : all + "," + view) + "]\n");
    Visitor visitor(gateway), uploader(gateway);
    CHECK(visitor.asks(request("GET", "www.youtube.com")) == view_first);
    CHECK_FALSE(uploader.asks(request("POST", "www.youtube.com", "/x", kForm)));
  }
}

TEST_CASE("a protocol without requests is not waited for") {
  Gateway gateway({}, inspecting());
  enforce(gateway, kNoUpload);
  const auto before = gateway.worker().inspector()->pool().used_bytes();
  Visitor visitor(gateway, false, 22);
  CHECK(visitor.asks("SSH-2.0-OpenSSH_9.2\r\n"));
  CHECK(visitor.is_answered("SSH-2.0-OpenSSH_9.2\r\n"));
  CHECK(visitor.asks("more"));
  CHECK(gateway.worker().inspector()->pool().used_bytes() == before);  // it is let alone
}
