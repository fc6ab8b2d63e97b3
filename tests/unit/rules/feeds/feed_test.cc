// Lists of one entry a line, hosts files, and what all formats share.
#include "rules/feeds/feed.h"

#include "feed_text.h"

using namespace sekisho::rules;

namespace {

/// "kind value" of the one indicator of a line; the mistake where there is none.
std::string taken(std::string_view line) {
  const auto feed = feed_of(line, FeedFormat::plain);
  if (!feed.mistakes.empty()) return mistakes_of(feed).front();
  REQUIRE(feed.indicators.size() == 1);
  return std::string(name_of(feed.indicators[0].kind)) + ' ' + feed.indicators[0].value;
}

constexpr std::string_view kMd5 = "0123456789abcdef0123456789ABCDEF";

}  // namespace

TEST_CASE("the looks of an entry tell what it is") {
  const auto [line, expected] = GENERATE(table<std::string, std::string>({
      {"Example.COM", "domain example.com"},
      {"*.example.com", "domain example.com"},
      {"||example.com^", "domain example.com"},
      {"example.com.", "domain example.com"},
      {"example.com:8080", "domain example.com"},
      {"例え.jp", "domain xn--r8jz45g.jp"},
      {"http://Example.com:8080/a/../b?q", "url http://example.com:8080/b?q"},
      {"example.com/a", "url http://example.com/a"},
      {"192.0.2.1", "address 192.0.2.1"},
      {"192.0.2.1:4444", "address 192.0.2.1"},
      {"192.0.2.77/24", "address 192.0.2.0/24"},
      {"192.0.2.1-192.0.2.9", "address 192.0.2.1-192.0.2.9"},
      {"2001:DB8::1", "address 2001:db8::1"},
      {"[2001:db8::1]:443", "address 2001:db8::1"},
      {"2001:db8::/32", "address 2001:db8::/32"},
      {std::string(kMd5), "md5 0123456789abcdef0123456789abcdef"},
      {"ja3:" + std::string(kMd5), "ja3 0123456789abcdef0123456789abcdef"},
      {std::string(40, 'A'), "sha1 " + std::string(40, 'a')},
      {"certificate:" + std::string(40, 'A'), "certificate_sha1 " + std::string(40, 'a')},
      {"file:" + std::string(64, 'A'), "file_sha256 " + std::string(64, 'a')},
      {std::string(64, 'b'), "sha256 " + std::string(64, 'b')},
      {"t13d1516h2_8daaf6152771_02713d6af862", "ja4 t13d1516h2_8daaf6152771_02713d6af862"},
  }));
  CAPTURE(line);
  CHECK(taken(line) == expected);
}

TEST_CASE("entries that are written so that nobody clicks on them are read") {
  const auto [line, expected] = GENERATE(table<std::string, std::string>({
      {"hxxp://example[.]com/a", "url http://example.com/a"},
      {"hXXps[://]example(.)com/", "url https://example.com/"},
      {"hxxp[:]//example[dot]com/", "url http://example.com/"},
      {"example[.]com", "domain example.com"},
      {"192[.]0[.]2[.]1", "address 192.0.2.1"},
      {"hxxp.example.com", "domain hxxp.example.com"},
  }));
  CAPTURE(line);
  CHECK(taken(line) == expected);
}

TEST_CASE("each mistake is told alone, with its line") {
  const auto feed = feed_of(
      "good.example\nexa mple\n\n  bad..example # why\ncom\n192.0.2.300\n"
      "last.example");
  CHECK(indicators_of(feed) == Texts{"line 1: domain good.example", "line 7: domain last.example"});
  CHECK(feed.num_refused == 4);
  CHECK(mistakes_of(feed) ==
        Texts{"line 2: 'exa mple' has more than one word",
              "line 4: 'bad..example' is no domain, URL, address or hash: it has nothing between "
              "two dots of its host",
              "line 5: 'com' has one label: it would stand for all names below it",
              "line 6: '192.0.2.300' is no domain, URL, address or hash: it ends like an IPv4 "
              "address and is none"});
}

TEST_CASE("comments are none of the entries") {
  const auto feed =
      feed_of("# a\n; b\n! c\n// d\n\n a.example # e\r\nhttp://b.example/#f\n", FeedFormat::plain);
  CHECK(indicators_of(feed) == Texts{"line 6: domain a.example", "line 7: url http://b.example/"});
  CHECK(feed.num_refused == 0);
}

TEST_CASE("of a hosts file the names are taken, but not the machine's own") {
  const std::string_view text =
      "# hosts\n127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 a.example b.example\n";
  const auto feed = feed_of(text);
  CHECK(feed.format == FeedFormat::hosts);
  CHECK(indicators_of(feed) == Texts{"line 4: domain a.example", "line 4: domain b.example"});
  CHECK(feed_of("good.example\n" + std::string(text)).indicators.size() == 3);
  const auto wrong = feed_of("0.0.0.0\nexample.com\n", FeedFormat::hosts);
  CHECK(mistakes_of(wrong) == Texts{"line 1: '0.0.0.0' has no name",
                                    "line 2: 'example.com' does not begin with an address"});
}

TEST_CASE("a text's format is known by its looks") {
  const auto [text, format] = GENERATE(table<std::string, FeedFormat>({
      {"", FeedFormat::plain},
      {"\xef\xbb\xbf"
       "example.com\n",
       FeedFormat::plain},
      {"[2001:db8::1]\n", FeedFormat::plain},
      {"# x\n0.0.0.0 a.example\n", FeedFormat::hosts},
      {"url,score\n", FeedFormat::csv},
      {"# first,ja3_md5\n", FeedFormat::csv},
      {R"({"Event":{}})", FeedFormat::misp},
      {R"([{"Event":{}}])", FeedFormat::misp},
      {R"({"response":[]})", FeedFormat::misp},
      {R"({"type":"bundle","objects":[]})", FeedFormat::stix},
      {R"({"more":false,"objects":[]})", FeedFormat::stix},
  }));
  CAPTURE(text);
  CHECK(feed_of(text).format == format);
  CHECK(find_feed_format(name_of(format)) == format);
}

TEST_CASE("a line that is too long is a mistake, and ends nothing") {
  const auto feed = feed_of(std::string(kMaxFeedLineBytes + 1, 'a') + "\nexample.com\n");
  CHECK(feed.num_refused == 1);
  CHECK(indicators_of(feed) == Texts{"line 2: domain example.com"});
}

TEST_CASE("of many mistakes the first are told, and all are counted") {
  std::string text;
  for (std::size_t i = 0; i < kMaxToldMistakes + 5; ++i) text += "a..b\n";
  const auto feed = feed_of(text);
  CHECK(feed.mistakes.size() == kMaxToldMistakes);
  CHECK(feed.num_refused == kMaxToldMistakes + 5);
}

TEST_CASE("what is more than can be read is refused whole") {
  std::string many;
  for (std::size_t i = 0; i <= kMaxIndicators; ++i) many += "1.2.3.4\n";
  const auto feed = read_feed(many, FeedFormat::automatic, kNow);
  REQUIRE_FALSE(feed);
  CHECK(feed.error().message == "a feed of more than 1000000 indicators");
  CHECK_FALSE(read_feed(std::string(kMaxFeedBytes + 1, '\n'), FeedFormat::automatic, kNow));
}
