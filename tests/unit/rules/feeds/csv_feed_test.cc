// Tables whose header names their columns.
#include "feed_text.h"

using namespace sekisho::rules;

TEST_CASE("a table's columns are known by their names, scores among them") {
  const auto feed = feed_of(
      "score,URL,comment,Domain\n"
      "5,http://a.example/x,\"one, two\",\n"
      ",,,b.example\n"
      "100,,\"he said \"\"no\"\"\",\"c.example\"\n");
  CHECK(feed.format == FeedFormat::csv);
  CHECK(indicators_of(feed) == Texts{"line 2: url http://a.example/x 5", "line 3: domain b.example",
                                     "line 4: domain c.example 100"});
}

TEST_CASE("a header may stand in a comment, and cells be parted by others than commas") {
  const auto ja3 = feed_of("# a list\n#\n# ja3_md5,Firstseen\n" + std::string(32, 'a') + ",2026\n");
  CHECK(indicators_of(ja3) == Texts{"line 4: ja3 " + std::string(32, 'a')});
  CHECK(indicators_of(feed_of("ip;score\n192.0.2.1;0\n")) == Texts{"line 2: address 192.0.2.1 0"});
  CHECK(indicators_of(feed_of("indicator\tscore\nexample.com\t9\n")) ==
        Texts{"line 2: domain example.com 9"});
}

TEST_CASE("each wrong row of a table is told alone, with its line") {
  const auto feed = feed_of(
      "domain,score\n"
      "a.example,101\n"
      "b.example\n"
      ",5\n"
      "# a comment\n"
      "\n"
      "\"two\nlines\",5\n"
      "c.example,5\n"
      "\"d.example,5\n");
  CHECK(indicators_of(feed) == Texts{"line 9: domain c.example 5"});
  REQUIRE(feed.mistakes.size() == 5);
  CHECK(mistakes_of(feed)[0] == "line 2: the score '101' is no number from 0 to 100");
  CHECK(mistakes_of(feed)[1] == "line 3: a row of 1 cells, the header has 2");
  CHECK(mistakes_of(feed)[2] == "line 4: a row without a value");
  CHECK(feed.mistakes[3].place == "line 7");
  CHECK(mistakes_of(feed)[4] ==
        "line 10: a quote that does not end, or a row of more than 16384 bytes");
}

TEST_CASE("a table without a column of values is refused whole") {
  const auto feed = read_feed("name,colour\na,b\n", FeedFormat::csv, kNow);
  REQUIRE_FALSE(feed);
  CHECK(feed.error().message.starts_with("no header with a column of values"));
}
