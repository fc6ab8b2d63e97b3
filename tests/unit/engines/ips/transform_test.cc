#include <catch2/catch.hpp>

#include "harness.h"

namespace sekisho::engines::ips::testing {
namespace {

struct Case {
  const char* tests;
  const char* value;
  bool matches;
};

}  // namespace

TEST_CASE("transforms change a value before it is searched") {
  const Case cases[] = {
      {"http.uri; to_lowercase; content:\"abc\";", "/ABC", true},
      {"http.uri; content:\"abc\";", "/ABC", false},
      {"http.uri; to_uppercase; content:\"ABC\";", "/abc", true},
      {"http.uri; strip_whitespace; content:\"abcd\";", "a b\tc d", true},
      {"http.uri; compress_whitespace; content:\"a b\";", "a   b", true},
      {"http.uri; url_decode; content:\"<script\";", "%3Cscript", true},
      {"http.uri; dotprefix; content:\".evil.com\";", "evil.com", true},
      {"http.uri; dotprefix; content:\".evil.com\";", "notevil.com", false},
      {"http.uri; xor:\"01\"; content:\"abc\";", "`cb", true},
      {"http.uri; pcrexform:\"id=(\\w+)\"; content:\"42\"; bsize:2;", "/x?id=42&y", true},
      {"http.uri; to_md5; content:\"|90 01 50 98 3c d2 4f b0|\"; startswith;", "abc", true},
      {"http.uri; from_base64; content:\"secret\";", "c2VjcmV0", true},
      {"http.uri; to_lowercase; strip_whitespace; content:\"abc\";", "A B C", true},
  };
  for (const auto& one : cases) {
    Harness harness(std::string("alert http any any -> any any (") + one.tests + " sid:1;)");
    INFO(one.tests << " on " << one.value);
    if (!harness.rules.refused.empty()) FAIL(harness.rules.refused[0].message);
    harness.use_tcp();
    harness.flow.protocol = Protocol::http1;
    harness.datagram("");
    FakeTransaction transaction;
    transaction.texts[rules::Field::http_uri] = {one.value};
    CHECK((harness.stage(transaction, Direction::to_server, 1) == Signatures{1}) == one.matches);
  }
}

TEST_CASE("http_param is the value of one parameter, as far as the next") {
  const std::pair<const char*, bool> cases[] = {
      {"/x?id=1&user=root&z=2", true},  {"/x?User=root", true},
      {"/x?user=admin&id=root", false}, {"/user=root", false},
      {"/x?superuser=root", false},     {"/x?user", false},
      {"/x?user=&b=root", false},       {"/x?a=b?user=root", false},
  };
  for (const auto& [uri, matches] : cases) {
    CAPTURE(uri);
    Harness harness("alert http (http_param:\"user\",nocase; content:\"root\"; sid:1;)");
    REQUIRE(harness.rules.refused.empty());
    harness.use_tcp();
    harness.flow.protocol = Protocol::http1;
    harness.datagram("");
    FakeTransaction transaction;
    transaction.texts[rules::Field::http_uri] = {uri};
    CHECK((harness.stage(transaction, Direction::to_server, 1) == Signatures{1}) == matches);
  }
}

}  // namespace sekisho::engines::ips::testing
