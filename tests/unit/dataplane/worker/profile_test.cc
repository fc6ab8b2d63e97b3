// Which flows a worker inspects, under whose profile.
#include "inspected.h"

using namespace sekisho;
using namespace sekisho::dataplane;
using namespace sekisho::dataplane::test;
using namespace sekisho::packets;

namespace {

constexpr std::string_view kWebRule =
    "drop http any any -> any any (msg:\"not here\"; http.uri; content:\"/forbidden\"; sid:1;)\n"
    "alert tcp any any -> any any (msg:\"word\"; content:\"attack\"; priority:1; sid:2;)\n";

constexpr const char* kWebInspected =
    "{name: web, action: allow, log: false, profile: p, content: {applications: [http]}}";
constexpr const char* kRest = "{name: rest, action: allow, log: false}";

/// Whether the server gets to see the client's bytes.
bool says(Gateway& gateway, Connection& connection, std::string_view bytes) {
  return gateway.lan_passes(connection.to_server(kAck | kPsh, bytes));
}

}  // namespace

TEST_CASE("a profile on a rule for an application inspects from the first segment") {
  const IpsRuleText rules(kWebRule);
  const bool with_rest = GENERATE(false, true);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true",
                  with_rest ? std::string(kWebInspected) + ", " + kRest : kWebInspected),
      rules.get());
  Connection good, bad{.client_port = 40'001}, slow{.client_port = 40'002};
  REQUIRE(good.open(gateway));
  CHECK(says(gateway, good, "GET /index HTTP/1.1\r\nHost: a\r\n\r\n"));
  REQUIRE(bad.open(gateway));
  CHECK_FALSE(says(gateway, bad, "GET /forbidden HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(gateway.count("drop.ips_drop") == 1);

  // What settles the rule may hold half of the attack.
  REQUIRE(slow.open(gateway));
  CHECK(says(gateway, slow, "GET /for"));
  CHECK_FALSE(says(gateway, slow, "bidden HTTP/1.1\r\nHost: a\r\n\r\n"));
}

TEST_CASE("what may yet come under a profile is treated as if it did, until it does not") {
  const IpsRuleText rules(kWebRule);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true", std::string(kWebInspected) + ", " + kRest), rules.get());
  Connection unknown, other{.client_port = 40'001};
  REQUIRE(unknown.open(gateway));
  CHECK_FALSE(says(gateway, unknown, "attack"));
  REQUIRE(other.open(gateway));
  CHECK(gateway.wan_passes(other.to_client(kAck | kPsh, "SSH-2.0-OpenSSH_9.2\r\n")));
  CHECK(says(gateway, other, "SSH-2.0-OpenSSH_9.2\r\n"));
  CHECK(says(gateway, other, "attack"));
}

TEST_CASE("a rule for an application without a profile leaves the rest its own") {
  const IpsRuleText rules(kWebRule);
  Gateway gateway({}, inspecting());
  gateway.harness().publish_with_rules(
      policy_with("enabled: true",
                  "{name: dns, action: allow, log: false, content: {applications: [dns]}}, "
                  "{name: rest, action: allow, log: false, profile: p}"),
      rules.get());
  Connection bad;
  REQUIRE(bad.open(gateway));
  CHECK_FALSE(says(gateway, bad, "GET /forbidden HTTP/1.1\r\nHost: a\r\n\r\n"));
}
