#include "rules/feeds/ratings.h"

#include "feed_text.h"

using namespace sekisho::rules;

namespace {

Texts ratings(std::string_view text, Reputation fallback = {10, 3}) {
  const auto made = ratings_of(feed_of(text), fallback);
  Texts texts;
  for (const auto& [expression, reputation] : made.ratings)
    texts.push_back(expression + ' ' + std::to_string(reputation.score) + ' ' +
                    std::to_string(reputation.category));
  for (const auto& mistake : made.mistakes) texts.push_back(mistake.place + ": " + mistake.message);
  return texts;
}

}  // namespace

TEST_CASE("indicators rate the expression that stands for them") {
  CHECK(ratings("example.com") == Texts{"example.com/ 10 3"});
  CHECK(ratings("https://example.com:8443/a/b?c#d") == Texts{"example.com/a/b?c 10 3"});
  CHECK(ratings("192.0.2.1") == Texts{"192.0.2.1/ 10 3"});
  CHECK(ratings("2001:DB8:0::1") == Texts{"[2001:db8::1]/ 10 3"});
  CHECK(ratings("192.0.2.254-192.0.3.1") ==
        Texts{"192.0.2.254/ 10 3", "192.0.2.255/ 10 3", "192.0.3.0/ 10 3", "192.0.3.1/ 10 3"});
  CHECK(ratings("192.0.2.0/24").size() == 256);
}

TEST_CASE("an expression is rated once, by its worst score") {
  CHECK(ratings("url,score\nhttp://a.example/,60\nhttps://a.example,20\n") ==
        Texts{"a.example/ 20 3"});
}

TEST_CASE("what no URL has is left out, and what is too much is told") {
  const auto made = ratings_of(feed_of(std::string(64, 'a') + "\nexample.com\n"), {0, 0});
  CHECK(made.num_left_out == 1);
  CHECK(made.ratings.size() == 1);
  CHECK(ratings("192.0.2.0/23") ==
        Texts{"line 1: '192.0.2.0/23' has more than 256 addresses: ratings are of single ones"});
  CHECK(ratings("2001:db8::/32").front().ends_with("ratings are of single ones"));
  CHECK(ratings("http://example.com/" + std::string(2'000, 'a'))
            .front()
            .ends_with("has more than 2000 bytes"));
}
