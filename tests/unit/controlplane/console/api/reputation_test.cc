// Ratings of URLs in the API.
#include "api_fixture.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

struct Bench {
  explicit Bench(Backend backend = Backend::sqlite) : api(backend) {}

  ApiFixture api;

  json import(const json& changes) {
    json body{{"name", "feed"}, {"text", "bad.example\n"}, {"score", 10}};
    body.update(changes);
    return api.must(api.root, "POST", "/reputation/feeds", body);
  }
  json look_up(const std::string& url) {
    return api.must(api.root, "GET", "/reputation/lookup?url=" + url);
  }
  json all() { return api.must(api.root, "GET", "/reputation"); }
  json rate(const std::string& url, int score) {
    return api.must(api.root, "PUT", "/reputation/rating", {{"url", url}, {"score", score}});
  }
  std::string audit() {
    const auto entry = api.must(api.root, "GET", "/audit?limit=1")["entries"][0];
    return entry["action"].get<std::string>() + " " + entry["target"].get<std::string>() + ": " +
           entry["detail"].get<std::string>();
  }
};

}  // namespace

TEST_CASE("a feed is imported with its mistakes, and replaces the one of its name") {
  Bench bench(GENERATE(from_range(tests::backends_here())));
  const auto feed = bench.import(
      {{"text", "bad.example\nb ad\nhxxp://worse[.]example/a\n" + std::string(64, 'a') + "\n"},
       {"category", "phishing"}});
  CHECK(feed["format"] == "plain");
  CHECK(feed["num_ratings"] == 2);
  CHECK(feed["num_refused"] == 1);
  CHECK(feed["num_left_out"] == 1);
  CHECK(feed["category"] == "phishing");
  CHECK(feed["changed_by"] == "root");
  CHECK(feed["mistakes"] ==
        json::array({{{"place", "line 2"}, {"message", "'b ad' has more than one word"}}}));
  CHECK(bench.audit() == "importReputationFeed feed: 2 ratings, 1 refused");
  CHECK(bench.look_up("www.bad.example/x") == json{{"url", "http://www.bad.example/x"},
                                                   {"rated", true},
                                                   {"expression", "bad.example/"},
                                                   {"score", 10},
                                                   {"category", "phishing"},
                                                   {"source", "feed"},
                                                   {"feed", "feed"}});
  CHECK(bench.all()["feeds"] == json::array({feed}));

  (void)bench.import({{"text", "url,score\nnew.example,3\n"}});
  CHECK(bench.look_up("bad.example") == json{{"url", "http://bad.example/"}, {"rated", false}});
  CHECK(bench.look_up("new.example")["score"] == 3);
  CHECK(bench.all()["feeds"].size() == 1);
  CHECK(bench.all()["num_ratings"] == 1);
  bench.api.must(bench.api.root, "DELETE", "/reputation/feeds/feed");
  CHECK(bench.audit() == "removeReputationFeed feed: ");
  CHECK(bench.look_up("new.example")["rated"] == false);
  CHECK(bench.api.call(bench.api.root, "DELETE", "/reputation/feeds/feed").status == 404);
}

TEST_CASE("of a feed what has expired is left out when it is imported") {
  Bench bench;
  const auto indicator = [](const std::string& host, const std::string& valid_until) {
    return R"({"type":"indicator","valid_until":")" + valid_until +
           R"(","pattern":"[domain-name:value = ')" + host + R"(']"})";
  };
  const auto feed =
      bench.import({{"text", R"({"type":"bundle","objects":[)" +
                                 indicator("old.example", "2026-09-21T00:00:00Z") + "," +
                                 indicator("new.example", "2026-09-23T00:00:00Z") + "]}"}});
  CHECK(feed["num_ratings"] == 1);
  CHECK(feed["num_left_out"] == 1);
  CHECK(bench.look_up("old.example")["rated"] == false);
  CHECK(bench.look_up("new.example")["rated"] == true);
}

TEST_CASE("what people rate stands before feeds, until it is taken away") {
  Bench bench(GENERATE(from_range(tests::backends_here())));
  (void)bench.import(json::object());
  CHECK(bench.rate("https://BAD.example:8443/#x", 95) ==
        json{{"expression", "bad.example/"}, {"score", 95}});
  CHECK(bench.audit() == "rateUrl bad.example/: score 95");
  const auto found = bench.look_up("bad.example");
  CHECK(found["score"] == 95);
  CHECK(found["source"] == "own");
  CHECK_FALSE(found.contains("feed"));
  (void)bench.rate("bad.example", 80);
  CHECK(bench.all()["num_own"] == 1);
  CHECK(bench.all()["num_ratings"] == 2);
  CHECK(bench.all()["ratings"] == json::array({{{"expression", "bad.example/"}, {"score", 80}}}));
  bench.api.must(bench.api.root, "DELETE", "/reputation/rating?url=bad.example");
  CHECK(bench.audit() == "removeUrlRating bad.example/: ");
  CHECK(bench.look_up("bad.example")["score"] == 10);
  CHECK(bench.api.call(bench.api.root, "DELETE", "/reputation/rating?url=bad.example").status ==
        404);
}

TEST_CASE("the most specific rating of a URL decides") {
  Bench bench;
  (void)bench.rate("example.com", 20);
  (void)bench.rate("example.com/good/", 90);
  (void)bench.rate("www.example.com", 60);
  CHECK(bench.look_up("http://example.com/good/page")["score"] == 90);
  CHECK(bench.look_up("http://example.com/other")["score"] == 20);
  CHECK(bench.look_up("http://www.example.com/good/page")["expression"] == "www.example.com/");
}

TEST_CASE("what cannot be rated is refused, with the field") {
  Bench bench;
  auto& api = bench.api;
  const auto put = [&](const json& body) {
    const auto answer = api.call(api.root, "PUT", "/reputation/rating", body);
    return std::to_string(answer.status) + ' ' + answer.body.value("field", "") + ' ' +
           answer.body.value("message", "");
  };
  CHECK(put({{"url", "http://a..b/"}, {"score", 1}}) ==
        "400 /url the URL has nothing between two dots of its host");
  CHECK(put({{"url", "a.example"}, {"score", 101}}).starts_with("400 /score"));
  CHECK(put({{"url", "a.example"}, {"score", 1}, {"category", "nonsense"}}) ==
        "422 /category there is no URL category nonsense");
  CHECK(
      put({{"url", "a.example/" + std::string(2'000, 'a')}, {"score", 1}}).starts_with("422 /url"));
  const auto missing = api.call(api.root, "GET", "/reputation/lookup");
  CHECK(missing.status == 400);
  CHECK(missing.body["field"] == "/query/url");
  const auto answer =
      api.call(api.root, "POST", "/reputation/feeds", {{"name", "x"}, {"text", "{"}, {"score", 1}});
  CHECK(answer.status == 422);
  CHECK(answer.body["field"] == "/text");
  CHECK(answer.body["message"] == "line 1, column 1: no JSON from here on");
}

TEST_CASE("feeds have a number") {
  Bench bench;
  for (int i = 0; i < 64; ++i) (void)bench.import({{"name", "feed" + std::to_string(i)}});
  auto& api = bench.api;
  const json body{{"name", "more"}, {"text", "bad.example\n"}, {"score", 1}};
  CHECK(api.call(api.root, "POST", "/reputation/feeds", body).status == 422);
  (void)bench.import({{"name", "feed5"}, {"score", 11}});
}

TEST_CASE("ratings are not for customers") {
  Bench bench;
  const auto tenant = bench.api.add_tenant();
  (void)bench.api.add_user(tenant, "keiko", "customer");
  const auto customer = bench.api.log_in("keiko");
  CHECK(bench.api.call(customer, "GET", "/reputation").status == 403);
  CHECK(bench.api.call(customer, "PUT", "/reputation/rating", {{"url", "a.example"}, {"score", 1}})
            .status == 403);
}
