#include <set>

#include "api_fixture.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

const json& named(const json& array, const std::string& name) {
  for (const auto& value : array)
    if (value["name"] == name) return value;
  FAIL("there is no " << name);
  return array;
}

}  // namespace

TEST_CASE("the applications that rules can name are told with their categories") {
  ApiFixture fixture;
  const auto found = fixture.must(fixture.root, "GET", "/catalogue/applications");
  CHECK(found["applications"].size() > 1900);
  std::set<json> categories;
  for (const auto& category : found["categories"]) categories.insert(category["name"]);
  CHECK(categories.size() == 33);
  std::set<json> used;
  for (const auto& application : found["applications"]) used.insert(application["category"]);
  CHECK(used == categories);
  CHECK(named(found["applications"], "instagram") ==
        json{{"id", 1602},
             {"name", "instagram"},
             {"title", "Instagram"},
             {"title_ja", "Instagram"},
             {"category", "social_network"},
             {"parent", "meta_platforms"},
             {"risk", 3},
             {"japanese", false},
             {"tags", {"sns", "photo"}},
             {"functions", {"view", "post", "comment", "upload", "chat"}}});
  CHECK_FALSE(named(found["applications"], "mixi").contains("functions"));
  CHECK(named(found["functions"], "upload") ==
        json{{"name", "upload"}, {"title", "Upload"}, {"title_ja", "アップロード"}});
  CHECK(named(found["applications"], "mixi")["japanese"] == true);
  CHECK_FALSE(named(found["applications"], "mixi").contains("parent"));
  CHECK(named(found["categories"], "streaming")["title_ja"] == "動画配信");
}

TEST_CASE("the URL categories that rules can name are told with their groups") {
  ApiFixture fixture;
  const auto found = fixture.must(fixture.root, "GET", "/catalogue/url-categories");
  CHECK(found["groups"].size() == 17);
  CHECK(found["groups"][0]["name"] == "security");  // in the order in which they are shown
  CHECK(found["categories"].size() > 130);
  CHECK(named(found["categories"], "phishing") == json{{"id", 1},
                                                       {"name", "phishing"},
                                                       {"title", "Phishing"},
                                                       {"title_ja", "フィッシング"},
                                                       {"group", "security"}});
}

TEST_CASE("a catalogue that the reader has is not sent again") {
  ApiFixture fixture;
  const std::string path = GENERATE("/catalogue/applications", "/catalogue/url-categories");
  const auto first = fixture.call(fixture.root, "GET", path);
  const auto etag = first.header("ETag");
  REQUIRE(etag.size() > 10);
  CHECK(first.header("Cache-Control") == "private, no-cache");

  auto again = fixture.request(fixture.root, "GET", path);
  again.headers.emplace_back("if-none-match", "\"another\", W/" + etag);
  const auto kept = fixture.send(again);
  CHECK(kept.status == 304);
  CHECK(kept.text.empty());
  CHECK(kept.header("ETag") == etag);

  auto other = fixture.request(fixture.root, "GET", path);
  other.headers.emplace_back("if-none-match", "\"another\"");
  CHECK(fixture.send(other).status == 200);
}

TEST_CASE("a catalogue is for who has logged in") {
  ApiFixture fixture;
  CHECK(fixture.call({}, "GET", "/catalogue/applications").status == 401);
}
