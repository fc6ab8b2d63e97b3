// MISP's and STIX's JSON.
#include "feed_text.h"

using namespace sekisho::rules;

namespace {

std::string stix(const std::string& indicator) {
  return R"({"type":"bundle","id":"bundle--1","objects":[{"type":"malware"},{"type":"indicator",)" +
         indicator + "}]}";
}

/// The values of a pattern, or its mistake.
Texts pattern(const std::string& text) {
  const auto feed = feed_of(stix(R"("pattern_type":"stix","pattern":")" + text + '"'));
  return feed.mistakes.empty() ? indicators_of(feed) : mistakes_of(feed);
}

}  // namespace

TEST_CASE("of a MISP event the attributes are taken that are to be detected") {
  const auto feed = feed_of(R"({"Event":{"info":"x","Attribute":[
    {"type":"domain","value":"Bad.example","to_ids":true},
    {"type":"domain","value":"seen.example","to_ids":false},
    {"type":"hostname|port","value":"c2.example|443","to_ids":"1"},
    {"type":"domain|ip","value":"d.example|192.0.2.4","to_ids":1},
    {"type":"comment","value":"hello","to_ids":true},
    {"type":"ip-dst","value":"2001:db8::5","to_ids":true,"deleted":true}],
   "Object":[{"Attribute":[
    {"type":"url","value":"hxxp://e.example/a","to_ids":true},
    {"type":"ja3-fingerprint-md5","value":"0123456789abcdef0123456789abcdef","to_ids":true},
    {"type":"x509-fingerprint-sha1","value":"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33","to_ids":true},
    {"type":"filename|sha256","value":"a.exe|)" +
                            std::string(64, 'c') + R"(","to_ids":true}]}]}})");
  CHECK(indicators_of(feed) ==
        Texts{"/Event/Attribute/0: domain bad.example", "/Event/Attribute/2: domain c2.example",
              "/Event/Attribute/3: domain d.example", "/Event/Attribute/3: address 192.0.2.4",
              "/Event/Object/0/Attribute/0: url http://e.example/a",
              "/Event/Object/0/Attribute/1: ja3 0123456789abcdef0123456789abcdef",
              "/Event/Object/0/Attribute/2: certificate_sha1 "
              "00112233445566778899aabbccddeeff00112233",
              "/Event/Object/0/Attribute/3: file_sha256 " + std::string(64, 'c')});
  CHECK(feed.num_left_out == 3);
  CHECK(feed.num_refused == 0);
}

TEST_CASE("MISP's answers to searches are read like its events") {
  const std::string attribute =
      R"({"Attribute":[{"type":"ip-dst","value":"192.0.2.1","to_ids":true}]})";
  CHECK(indicators_of(feed_of(R"({"response":[{"Event":)" + attribute + "}]}")) ==
        Texts{"/response/0/Event/Attribute/0: address 192.0.2.1"});
  CHECK(indicators_of(feed_of(R"([{"Event":)" + attribute + "}]")) ==
        Texts{"/0/Event/Attribute/0: address 192.0.2.1"});
  CHECK(indicators_of(feed_of(R"({"response":)" + attribute + "}")) ==
        Texts{"/response/Attribute/0: address 192.0.2.1"});
  CHECK(indicators_of(feed_of(attribute)) == Texts{"/Attribute/0: address 192.0.2.1"});
}

TEST_CASE("wrong attributes of MISP are told alone, with their path") {
  const auto feed = feed_of(R"({"Event":{"Attribute":[7,{"type":"url"},
    {"type":"hostname|port","value":"a.example","to_ids":true},
    {"type":"sha256","value":"12","to_ids":true}]}})");
  CHECK(feed.indicators.empty());
  CHECK(mistakes_of(feed) == Texts{"/Event/Attribute/0: an attribute without type and value",
                                   "/Event/Attribute/1: an attribute without type and value",
                                   "/Event/Attribute/2/value: 'a.example' has no '|'",
                                   "/Event/Attribute/3: '12' is no hash of 64 hexadecimal digits"});
}

TEST_CASE("comparisons that are joined by OR are indicators") {
  CHECK(pattern("[domain-name:value = 'a.example']") == Texts{"/objects/1: domain a.example"});
  CHECK(pattern("[url:value='http://a.example/x' OR ipv4-addr:value = '192.0.2.0/24'] OR "
                "[file:hashes.'SHA-256' = '" +
                std::string(64, 'a') + "']") ==
        Texts{"/objects/1: url http://a.example/x", "/objects/1: address 192.0.2.0/24",
              "/objects/1: file_sha256 " + std::string(64, 'a')});
  CHECK(pattern("[network-traffic:dst_ref.value = '2001:db8::1']") ==
        Texts{"/objects/1: address 2001:db8::1"});
  CHECK(pattern(R"([url:value = 'http://a.example/\\'x'])") ==
        Texts{"/objects/1: url http://a.example/'x"});
}

TEST_CASE("a pattern that says more is refused alone, with its column") {
  const std::string only = "; only comparisons with = joined by OR are read";
  const std::string at = "/objects/1/pattern: column ";
  CHECK(pattern("[a:b = 'c' AND domain-name:value = 'a.example']") ==
        Texts{at + "12: ']' or OR expected, not 'AND'" + only});
  CHECK(pattern("[domain-name:value LIKE 'a%']") ==
        Texts{at + "20: '=' expected, not 'LIKE'" + only});
  CHECK(pattern("[domain-name:value != 'a']") == Texts{at + "20: '=' expected, not '!='" + only});
  CHECK(pattern("[domain-name:value = 'a.example'] WITHIN 5 SECONDS") ==
        Texts{at + "35: OR or the end expected, not 'WITHIN'" + only});
  CHECK(pattern("[domain-name:value = 'a") ==
        Texts{at + "22: a text in quotes expected, not ''a'" + only});
  CHECK(pattern("") == Texts{at + "1: '[' expected, not the end" + only});
}

TEST_CASE("indicators that are none for a gateway are left out or told") {
  CHECK(feed_of(stix(R"("revoked":true,"pattern":"[domain-name:value = 'a.example']")"))
            .num_left_out == 1);
  CHECK(feed_of(stix(R"("pattern":"[mutex:name = 'a' OR domain-name:value = 'a.example']")"))
            .num_left_out == 1);
  CHECK(mistakes_of(feed_of(stix(R"("pattern_type":"yara","pattern":"rule x {}")"))) ==
        Texts{"/objects/1/pattern_type: 'yara': only stix is read"});
  CHECK(mistakes_of(feed_of(stix(R"("pattern":7)"))) ==
        Texts{"/objects/1: an indicator without a pattern"});
  CHECK(mistakes_of(feed_of(R"({"objects":[1]})")) == Texts{"/objects/0: not an object"});
}

TEST_CASE("an indicator of STIX holds from its valid_from until its valid_until") {
  const auto [times, holds] = GENERATE(table<std::string, bool>({
      {R"("valid_from":"2027-01-15T08:00:00Z",)", true},
      {R"("valid_from":"2027-01-15T08:00:01Z",)", false},
      {R"("valid_from":"2027-01-15T08:00:00.999Z",)", true},
      {R"("valid_until":"2027-01-15T08:00:00Z",)", false},
      {R"("valid_until":"2027-01-15T08:00:01.000Z",)", true},
      {R"("valid_until":"2027-01-15T17:00:00+09:00",)", false},
      {R"("valid_until":"2027-01-15T03:00:01-05:00",)", true},
      {R"("valid_from":"2016-02-29T23:59:60Z","valid_until":"2016-03-01T00:00:00Z",)", false},
      {R"("valid_from":"2016-02-29T00:00:00Z","valid_until":null,)", true},
  }));
  CAPTURE(times);
  const auto feed = feed_of(stix(times + R"("pattern":"[domain-name:value = 'a.example']")"));
  CHECK(feed.indicators.size() == (holds ? 1 : 0));
  CHECK(feed.num_expired == (holds ? 0 : 1));
  CHECK(feed.num_left_out == feed.num_expired);
  CHECK(feed.num_refused == 0);
}

TEST_CASE("a time that is none refuses its indicator alone") {
  const auto time =
      GENERATE(as<std::string>{}, R"("2027-02-29T00:00:00Z")", R"("2027-01-15")",
               R"("2027-01-15T24:00:00Z")", R"("2027-01-15T08:60:00Z")", R"("2027-01-15T08:00:00")",
               R"("2027-01-15T08:00:00.Z")", R"("2027-01-15T08:00:00+09")",
               R"("2027-01-15T08:00:00Zx")", R"("soon")", R"("")", "7");
  CAPTURE(time);
  const auto feed = feed_of(
      stix("\"valid_until\":" + time + R"(,"pattern":"[domain-name:value = 'a.example']")"));
  CHECK(feed.indicators.empty());
  CHECK(feed.num_expired == 0);
  REQUIRE(feed.mistakes.size() == 1);
  CHECK(feed.mistakes.front().place == "/objects/1/valid_until");
  CHECK(feed.mistakes.front().message.ends_with("is no time like 2026-01-31T12:00:00Z"));
}

TEST_CASE("an attribute of MISP that every decaying model lets go has expired") {
  const auto [scores, holds] = GENERATE(table<std::string, bool>({
      {R"([{"score":0,"decayed":true}])", false},
      {R"([{"score":0,"decayed":true},{"score":0,"decayed":"1"}])", false},
      {R"([{"score":0,"decayed":true},{"score":40,"decayed":false}])", true},
      {R"([7])", true},
      {"[]", true},
      {"{}", true},
  }));
  CAPTURE(scores);
  const auto feed = feed_of(
      R"({"Event":{"Attribute":[{"type":"domain","value":"a.example","to_ids":true,"decay_score":)" +
      scores + "}]}}");
  CHECK(feed.indicators.size() == (holds ? 1 : 0));
  CHECK(feed.num_expired == (holds ? 0 : 1));
}

TEST_CASE("JSON that cannot be read is refused whole") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {"{\n \"Event\": x}", "line 2, column 11: no JSON from here on"},
      {"{}", "JSON that is neither a MISP event or feed nor a STIX bundle or TAXII envelope"},
      {R"({"a":)" + std::string(40, '[') + std::string(40, ']') + "}",
       "JSON of more than 32 levels"},
      {R"({"a":1e999})", "the JSON has a number that is out of range"},
  }));
  const auto feed = read_feed(text, FeedFormat::automatic, kNow);
  REQUIRE_FALSE(feed);
  CHECK(feed.error().message == message);
  const auto other = read_feed(R"({"Event":{}})", FeedFormat::stix, kNow);
  REQUIRE_FALSE(other);
  CHECK(other.error().message == "the JSON is of the format misp, not stix");
}
