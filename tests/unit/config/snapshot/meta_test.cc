#include "config/snapshot/meta.h"

#include <catch2/catch.hpp>

using namespace sekisho;
using namespace sekisho::snapshot;

namespace {

SnapshotMeta sample() {
  SnapshotMeta meta;
  meta.edition = "0.1.0+7c65";
  meta.time_zone = "Asia/Tokyo";
  meta.rules = {{"業務サーバ \"A\"", "allow", true, false, 12}, {"rest", "block", false, true, 20}};
  meta.fqdns = {"www.example.com", "*.example.net"};
  meta.warnings = {"rule 2 is disabled"};
  meta.midstream_pickup = false;
  meta.accept_asymmetric = true;
  meta.block_page = {.organisation = "株式会社例", .message = "a\nb", .contact = "<x@example.com>"};
  meta.url_categories = {{"取引先", "Suppliers"}, {"b", ""}};
  meta.applications = {{"基幹", "ERP", "custom", 1}, {"b", "", "mail", 5}};
  meta.users = {{"taro",
                 {"sales"},
                 {*parse_address_range("192.0.2.7"), *parse_address_range("2001:db8::/64")},
                 {}},
                {"花子", {}, {}, {*parse_mac_address("02:00:00:12:34:56")}}};
  return meta;
}

constexpr std::string_view kMinimal =
    R"({"time_zone":"UTC","rules":[{"name":"a","action":"allow","enabled":true,"log":true,"line":1}],)"
    R"("fqdns":[],"warnings":[],"drop_malformed":true,"midstream_pickup":true,)"
    R"("drop_out_of_window":true,"accept_asymmetric":false,"ips_rules":"",)"
    R"("block_page":{"organisation":"","message":"","contact":""},)"
    R"("url_categories":[{"name":"c","title":""}]})";

std::string replaced(std::string_view from, std::string_view to) {
  std::string text(kMinimal);
  const auto at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("meta survives the way through JSON") {
  const auto before = sample();
  const auto after = parse_meta(to_json(before));
  REQUIRE(after);
  CHECK(after->edition == before.edition);
  CHECK(after->time_zone == before.time_zone);
  REQUIRE(after->rules.size() == 2);
  CHECK(after->rules[0].name == before.rules[0].name);
  CHECK(after->rules[0].line == 12);
  CHECK_FALSE(after->rules[0].log);
  CHECK(after->rules[1].action == "block");
  CHECK_FALSE(after->rules[1].enabled);
  CHECK(after->fqdns == before.fqdns);
  CHECK(after->warnings == before.warnings);
  CHECK(after->drop_malformed);
  CHECK_FALSE(after->midstream_pickup);
  CHECK(after->accept_asymmetric);
  CHECK(after->block_page == before.block_page);
  CHECK(after->url_categories == before.url_categories);
  CHECK(after->applications == before.applications);
  CHECK(after->users == before.users);
  CHECK(to_json(*after) == to_json(before));
}

TEST_CASE("a name that is not UTF-8 is written as replacement characters") {
  auto meta = sample();
  meta.rules[0].name = "bad \xff byte";
  const auto after = parse_meta(to_json(meta));
  REQUIRE(after);
  CHECK(after->rules[0].name == "bad \xef\xbf\xbd byte");
}

TEST_CASE("a snapshot of an earlier version has no users; what it says of them is checked") {
  const auto with_users = [](const std::string& users) {
    return parse_meta(replaced(R"("fqdns":[])", R"("fqdns":[],"users":)" + users));
  };
  CHECK(parse_meta(kMinimal)->users.empty());
  CHECK_FALSE(with_users("{}"));
  const std::string user = R"({"name":"a","groups":[],"addresses":["ADDRESS"],"macs":[]})";
  CHECK_FALSE(with_users("[" + user + "]"));
  CHECK(with_users(R"([{"name":"a","groups":[],"addresses":["192.0.2.0/24"],"macs":[]}])"));
  CHECK_FALSE(with_users(R"([{"name":"a","groups":[],"addresses":[],"macs":["0"]}])"));
  CHECK_FALSE(with_users(R"([{"name":"a","groups":[],"addresses":[]}])"));
}

TEST_CASE("unknown members of meta are ignored") {
  CHECK(parse_meta(replaced(R"("fqdns":[])", R"("fqdns":[],"later":{"a":[1]})")));
}

TEST_CASE("every member of meta is checked") {
  struct Case {
    std::string json;
    std::string message;
  };
  const auto c = GENERATE(
      Case{"", "not JSON"}, Case{"{", "not JSON"}, Case{"[]", "meta is not an object"},
      Case{"\"x\"", "meta is not an object"}, Case{"{}", "meta.time_zone is missing"},
      Case{replaced(R"("UTC")", "7"), "meta.time_zone is not a string"},
      Case{replaced(R"("fqdns":[])", R"("fqdns":{})"), "meta.fqdns is not a list"},
      Case{replaced(R"("fqdns":[])", R"("fqdns":["a",1])"), "meta.fqdns holds something"},
      Case{replaced(R"("drop_malformed":true)", R"("drop_malformed":1)"),
           "meta.drop_malformed is not true or false"},
      Case{replaced(R"("ips_rules":"")", R"("ips_rules":"../x")"),
           "meta.ips_rules is no content address"},
      Case{replaced(R"("block_page":{)", R"("block_page":[],"x":{)"),
           "meta.block_page is not an object"},
      Case{replaced(R"("contact":"")", R"("contact":1)"),
           "meta.block_page.contact is not a string"},
      Case{replaced(R"([{"name":"c","title":""}])", "7"), "meta.url_categories is not a list"},
      Case{replaced(R"("title":"")", R"("title":1)"),
           "meta.url_categories[0].title is not a string"},
      Case{replaced(R"([{"name":"a")", R"([3,{"name":"a")"), "rules[0] is not an object"},
      Case{replaced(R"("name":"a",)", ""), "rules[0].name is missing"},
      Case{replaced(R"("action":"allow")", R"("action":"open")"), "rules[0].action is not allow"},
      Case{replaced(R"("line":1)", R"("line":-1)"), "rules[0].line is not a whole number"},
      Case{replaced(R"("line":1)", R"("line":4294967296)"), "rules[0].line is larger"},
      Case{replaced(R"("line":1)", R"("line":1.5)"), "rules[0].line is not a whole number"});
  CAPTURE(c.json);
  const auto meta = parse_meta(c.json);
  REQUIRE_FALSE(meta);
  CHECK_THAT(meta.error().message, Catch::StartsWith("snapshot meta: " + c.message));
}

TEST_CASE("deeply nested JSON is refused without exhausting the stack") {
  const std::string deep(1'000'000, '[');
  CHECK_FALSE(parse_meta(deep));
  CHECK_FALSE(parse_meta(deep + std::string(1'000'000, ']')));
}
