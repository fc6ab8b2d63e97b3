// Databases of URLs, ratings and C&C servers in the API.
#include "api_fixture.h"
#include "config/content/packing.h"
#include "controlplane/console/store/base64.h"

using namespace sekisho;
using namespace sekisho::console;

namespace {

struct DatabaseBench {
  explicit DatabaseBench(Backend backend = Backend::sqlite) : api(backend) {}

  ApiFixture api;
  std::string tenant = api.add_tenant();
  std::string path = "/tenants/" + tenant + "/content";

  static json upload(const std::string& kind, const std::string& list) {
    return {{"kind", kind}, {"list", to_base64(content::pack(list))}, {"notes", "of today"}};
  }
  json publish(const std::string& list, const std::string& kind = "urls") {
    return api.must(api.root, "POST", path + "/databases", upload(kind, list));
  }
};

const std::string kList = "one.example\t+\tgambling\n";

}  // namespace

TEST_CASE("each kind of database counts versions of its own, and five are kept") {
  DatabaseBench bench(GENERATE(from_range(tests::backends_here())));
  CHECK(bench.api.must(bench.api.root, "GET", bench.path)["databases"].empty());
  const auto first = bench.publish(kList);
  CHECK(first["kind"] == "urls");
  CHECK(first["version"] == 1);
  REQUIRE(first["versions"].size() == 1);
  CHECK(first["versions"][0]["entries"] == 1);
  CHECK(first["versions"][0]["bytes"] == kList.size());
  CHECK(first["versions"][0]["notes"] == "of today");
  CHECK(bench.publish("c2.example/\t0\t-\n", "reputation")["version"] == 1);
  for (int i = 2; i <= 7; ++i)
    CHECK(bench.publish("h" + std::to_string(i) + ".example\t+\tnews\n")["version"] == i);
  const auto all = bench.api.must(bench.api.root, "GET", bench.path)["databases"];
  REQUIRE(all.size() == 2);
  CHECK(all[1]["kind"] == "urls");
  CHECK(all[1]["versions"].size() == 5);
  CHECK(all[1]["versions"][0]["version"] == 7);
}

TEST_CASE("a return is a new version with the entries and the age of the old one") {
  DatabaseBench bench;
  const auto built = bench.publish(kList)["versions"][0]["built"];
  bench.publish("two.example\t+\tgambling\n");
  const auto place = bench.path + "/databases/urls/return";
  const auto again = bench.api.must(bench.api.root, "POST", place, {{"version", 1}});
  CHECK(again["version"] == 3);
  CHECK(again["versions"][0]["built"] == built);
  CHECK(again["versions"][0]["bytes"] == kList.size());
  CHECK(bench.api.call(bench.api.root, "POST", place, {{"version", 3}}).status == 409);
  CHECK(bench.api.call(bench.api.root, "POST", place, {{"version", 9}}).status == 404);
  CHECK(
      bench.api.call(bench.api.root, "POST", bench.path + "/databases/ips/return", {{"version", 1}})
          .status == 400);
}

TEST_CASE("what gateways would refuse is refused at once, with its line") {
  DatabaseBench bench;
  struct Row {
    json body;
    const char* why;
  };
  for (const auto& row :
       std::vector<Row>{{bench.upload("urls", "one.example\t+\tno-such\n"), "line 1"},
                        {bench.upload("urls", ""), "no entry"},
                        {bench.upload("indicators", kList), "line 1"},
                        {{{"kind", "urls"}, {"list", "!"}}, "base64"},
                        {{{"kind", "urls"}, {"list", to_base64("no zlib")}}, "zlib"}}) {
    CAPTURE(row.body);
    const auto refused =
        bench.api.call(bench.api.root, "POST", bench.path + "/databases", row.body);
    CHECK(refused.status == 422);
    CHECK(refused.text.find(row.why) != std::string::npos);
  }
  CHECK(bench.api.must(bench.api.root, "GET", bench.path)["databases"].empty());
}
