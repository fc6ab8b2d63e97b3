#include <random>

#include "api_fixture.h"
#include "config/base/address.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

struct Event {
  std::int64_t time;
  std::string type;
  std::string action;
  std::string rule;
  std::string source;
  std::string destination;
  int port;
};

std::string digits(const std::string& address) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  const IpAddress parsed = *parse_ip_address(address);
  for (const auto byte : parsed.bytes) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

/// A tenant with one gateway and events.
struct Log {
  explicit Log(ApiFixture& given) : fixture(given), tenant(fixture.add_tenant()) {
    gateway = fixture.add_gateway(tenant, fixture.first_group(tenant), "edge");
  }

  void add(const std::vector<Event>& events) {
    fixture.sql([&](auto& session) {
      for (const Event& e : events) {
        const auto source = digits(e.source), destination = digits(e.destination);
        session
            << "INSERT INTO events (tenant, gateway, time, type, action, rule, version, source, "
               "source_port, destination, destination_port, protocol, application, eve) SELECT "
               "tenant, number, :t, :type, :action, :rule, 1, :source, 1024, :destination, "
               ":port, 'TCP', '', '{\"event_type\":\"x\"}' FROM gateways",
            soci::use(e.time, "t"), soci::use(e.type, "type"), soci::use(e.action, "action"),
            soci::use(e.rule, "rule"), soci::use(source, "source"),
            soci::use(destination, "destination"), soci::use(e.port, "port");
      }
    });
  }

  json page(const std::string& query) {
    return fixture.must(fixture.root, "GET", "/tenants/" + tenant + "/events" + query);
  }
  std::vector<std::int64_t> times(const std::string& query) {
    std::vector<std::int64_t> list;
    const json got = page(query);
    for (const json& event : got["events"]) list.push_back(event["time"]);
    return list;
  }

  ApiFixture& fixture;
  std::string tenant;
  std::string gateway;
};

using Times = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("each filter of the log leaves what it says") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  ApiFixture fixture(backend);
  Log log(fixture);
  log.add({{1, "policy", "block", "web", "192.0.2.1", "198.51.100.7", 80},
           {2, "policy", "allow", "mail", "192.0.2.200", "198.51.100.8", 25},
           {3, "flow", "", "", "2001:db8::1", "2001:db8::2", 443},
           {4, "policy", "block", "web", "10.1.2.3", "198.51.100.7", 443}});
  CHECK(log.times("") == Times{4, 3, 2, 1});
  CHECK(log.times("?type=policy") == Times{4, 2, 1});
  CHECK(log.times("?action=block") == Times{4, 1});
  CHECK(log.times("?rule=mail") == Times{2});
  CHECK(log.times("?source=192.0.2.0/24") == Times{2, 1});
  CHECK(log.times("?source=192.0.2.0/25&type=policy") == Times{1});
  CHECK(log.times("?source=2001:db8::/32") == Times{3});
  CHECK(log.times("?source=0.0.0.0/0") == Times{4, 2, 1});
  CHECK(log.times("?destination=198.51.100.7") == Times{4, 1});
  CHECK(log.times("?destination_port=443") == Times{4, 3});
  CHECK(log.times("?from=2&to=3") == Times{3, 2});
  CHECK(log.times("?gateway=" + log.gateway) == Times{4, 3, 2, 1});
  CHECK(log.times("?gateway=00000000-0000-4000-8000-000000000000").empty());
  const json event = log.page("?rule=mail")["events"][0];
  CHECK(event["source"] == "192.0.2.200");
  CHECK(event["destination_port"] == 25);
  CHECK(event["gateway_name"] == "edge");
  CHECK(event["eve"]["event_type"] == "x");
}

TEST_CASE("pages follow each other without a gap or a double, also within one millisecond") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  ApiFixture fixture(backend);
  Log log(fixture);
  std::mt19937 random(7);
  std::vector<Event> events;
  for (int i = 0; i < 200; ++i)
    events.push_back({static_cast<std::int64_t>(1000 + random() % 20),
                      random() % 3 == 0 ? "flow" : "policy", "block", "r" + std::to_string(i),
                      "192.0.2.1", "192.0.2.2", 1});
  log.add(events);
  for (const char* filter : {"", "&type=policy"}) {
    std::vector<std::string> seen;
    std::int64_t last = 1 << 20;
    std::string next;
    do {
      const json page =
          log.page("?limit=7" + std::string(filter) + (next.empty() ? "" : "&before=" + next));
      for (const json& event : page["events"]) {
        CHECK(event["time"].get<std::int64_t>() <= last);
        last = event["time"];
        seen.push_back(event["rule"]);
      }
      next = page.value("next", "");
    } while (!next.empty());
    const auto wanted = std::count_if(events.begin(), events.end(), [&](const Event& e) {
      return *filter == '\0' || e.type == "policy";
    });
    CHECK(seen.size() == static_cast<std::size_t>(wanted));
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  }
}

TEST_CASE("a page is chosen from an index alone") {
  ApiFixture fixture;
  Log log(fixture);
  for (const char* filter : {"", " AND type = 'policy'"}) {
    CAPTURE(filter);
    std::string plan;
    fixture.sql([&](auto& session) {
      int id = 0, parent = 0, unused = 0;
      session << "EXPLAIN QUERY PLAN SELECT id FROM events WHERE tenant = 't' AND rule = 'r' AND "
                 "source BETWEEN 'a' AND 'b' AND gateway = 1 AND destination_port = 5" +
                     std::string(filter) + " ORDER BY time DESC, id DESC LIMIT 101",
          soci::into(id), soci::into(parent), soci::into(unused), soci::into(plan);
    });
    CHECK_THAT(plan, Catch::Contains("USING COVERING INDEX events_by_"));
    CHECK_THAT(plan, !Catch::Contains("TEMP B-TREE"));
  }
}

TEST_CASE("the audit is the tenant's own, newest first, page by page") {
  ApiFixture fixture;
  const auto ours = fixture.add_tenant("ours");
  const auto theirs = fixture.add_tenant("theirs");
  for (int i = 0; i < 5; ++i)
    fixture.must(fixture.root, "POST", "/tenants/" + ours + "/groups",
                 {{"name", "g" + std::to_string(i)}});
  fixture.must(fixture.root, "POST", "/tenants/" + theirs + "/groups", {{"name", "secret"}});
  const std::string path = "/tenants/" + ours + "/audit";
  const json all = fixture.must(fixture.root, "GET", path)["entries"];
  REQUIRE(all.size() == 6);
  CHECK(all[0]["action"] == "createGroup");
  CHECK(all[0]["target"] == "g4");
  CHECK(all[0]["user"] == "root");
  CHECK(all[5]["action"] == "createTenant");
  const json page = fixture.must(
      fixture.root, "GET", path + "?limit=2&before=" + std::to_string(all[1]["id"].get<int>()));
  CHECK(page["entries"] == json::array({all[2], all[3]}));
}

TEST_CASE("log-ins are in their tenant's audit, those of users without one in the console's") {
  ApiFixture fixture;
  const auto tenant = fixture.add_tenant();
  fixture.add_user(tenant, "customer", "customer");
  fixture.add_user(tenant, "provider", "provider");
  fixture.log_in("customer");
  const auto provider = fixture.log_in("provider");
  CHECK(fixture.call({}, "POST", "/session", {{"login", "provider"}, {"password", "not this"}})
            .status == 401);
  const auto log_ins = [&](const std::string& path) {
    json found = json::array();
    const json entries = fixture.must(fixture.root, "GET", path)["entries"];
    for (const json& entry : entries)
      if (entry["action"] == "createSession")
        found.push_back({entry["user"], entry["detail"].get<std::string>().substr(0, 6)});
    return found;
  };
  CHECK(log_ins("/tenants/" + tenant + "/audit") ==
        json::array({json::array({"customer", "logged"})}));
  CHECK(log_ins("/audit") ==
        json::array({json::array({"provider", "wrong "}), json::array({"provider", "logged"}),
                     json::array({"root", "logged"})}));
  CHECK(fixture.call(provider, "GET", "/audit").code() == "forbidden");
  const json page = fixture.must(fixture.root, "GET", "/audit?limit=1");
  CHECK(page["entries"].size() == 1);
}

TEST_CASE("a stored record that is nested too deep is left out of its event") {
  ApiFixture fixture;
  Log log(fixture);
  log.add({{1, "policy", "block", "web", "192.0.2.1", "198.51.100.7", 80}});
  const std::string deep = R"({"a":)" + std::string(300'000, '[') + std::string(300'000, ']') + "}";
  fixture.sql([&](auto& session) { session << "UPDATE events SET eve = :eve", soci::use(deep); });
  const json events = log.page("")["events"];
  REQUIRE(events.size() == 1);
  CHECK(events[0]["rule"] == "web");
  CHECK(events[0]["eve"] == json::object());
}

namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kBegin = 1'790'000'000 / kHour * kHour;  // Unix seconds

/// The account of a time in which one address used two applications.
std::string account(const char* type, std::int64_t begin, std::int64_t end, std::int64_t bytes) {
  const json row{{"address", "192.0.2.1"},
                 {"user", "taro"},
                 {"bytes_in", bytes},
                 {"pkts_in", 1},
                 {"pkts_out", 0}};
  json zoom = row, video = row;
  zoom.update({{"app", "Zoom"}, {"bytes_out", 0}});
  video.update({{"app", "YouTube"}, {"bytes_out", 2 * bytes}});
  return json{{"event_type", type},
              {"bandwidth", {{"begin", begin}, {"end", end}, {"rows", {zoom, video}}}}}
      .dump();
}

void add_account(Log& log, const std::string& type, std::int64_t end, const std::string& eve) {
  log.add({{end * 1000, type, "", "", "::", "::", 0}});
  log.fixture.sql([&](auto& session) {
    session << "UPDATE events SET eve = :eve WHERE id = (SELECT MAX(id) FROM events)",
        soci::use(eve);
  });
}

std::string between(std::int64_t from, std::int64_t to) {
  return "&from=" + std::to_string(from * 1000) + "&to=" + std::to_string(to * 1000);
}

}  // namespace

TEST_CASE("accounts of bandwidth are summed up by key, hours in place of their minutes") {
  const auto backend = GENERATE(from_range(tests::backends_here()));
  CAPTURE(name_of(backend));
  ApiFixture fixture(backend);
  Log log(fixture);
  for (std::int64_t minute = 1; minute <= 120; ++minute) {
    const auto end = kBegin + 60 * minute;
    add_account(log, "bandwidth", end, account("bandwidth", end - 60, end, 10));
  }
  add_account(log, "bandwidth_hour", kBegin + kHour,
              account("bandwidth_hour", kBegin, kBegin + kHour, 600));
  add_account(log, "bandwidth", kBegin + 5, R"({"bandwidth":{"begin":"soon"}})");
  const auto top = [&](const std::string& query) {
    return log.fixture.must(log.fixture.root, "GET",
                            "/tenants/" + log.tenant + "/bandwidth?" + query);
  };
  const json minutes = top("by=application" + between(kBegin, kBegin + kHour));
  REQUIRE(minutes["rows"].size() == 2);
  CHECK(minutes["rows"][0]["who"] == "YouTube");
  CHECK(minutes["rows"][0]["traffic"]["bytes_out"] == 1200);
  CHECK(minutes["rows"][0]["traffic"]["packets_in"] == 60);
  CHECK(minutes["total"]["bytes_in"] == 1200);
  CHECK(minutes["times"].size() == 60);
  const json day = top("by=user" + between(kBegin - 20 * kHour, kBegin + 2 * kHour));
  REQUIRE(day["rows"].size() == 1);
  CHECK(day["rows"][0]["who"] == "taro");
  CHECK(day["total"]["bytes_in"] == 2400);
  CHECK(day["times"].size() == 61);
  const json one = top("by=address&application=Zoom&limit=1&gateway=" + log.gateway +
                       between(kBegin, kBegin + 60));
  CHECK(one["total"]["bytes_in"] == 10);
  CHECK(one["total"]["bytes_out"] == 0);
  CHECK(top("by=address&user=jiro" + between(kBegin, kBegin + kHour))["rows"].empty());
  CHECK(top("by=address&gateway=00000000-0000-4000-8000-000000000000" +
            between(kBegin, kBegin + kHour))["num_rows"] == 0);
  const auto too_long = between(0, kBegin).substr(1);
  CHECK(fixture.call(fixture.root, "GET", "/tenants/" + log.tenant + "/bandwidth?" + too_long)
            .status == 400);
}

TEST_CASE("a reading that a gateway told twice counts once") {
  ApiFixture fixture;
  Log log(fixture);
  const auto reading = [](std::uint64_t number) {
    auto event = json::parse(account("bandwidth", kBegin, kBegin + 60, 10));
    event["bandwidth"]["boot_id"] = "17";
    event["bandwidth"]["number"] = number;
    return event.dump();
  };
  for (const auto number : {4U, 5U, 5U})
    add_account(log, "bandwidth", kBegin + 60, reading(number));
  const auto top =
      fixture.must(fixture.root, "GET",
                   "/tenants/" + log.tenant + "/bandwidth?by=user" + between(kBegin, kBegin + 60));
  CHECK(top["total"]["bytes_in"] == 2 * 20);
}
