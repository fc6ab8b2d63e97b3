#include <catch2/catch.hpp>

#include "harness.h"
#include "tables.h"

namespace sekisho::engines::ips::testing {
namespace {

std::uint64_t evaluations(const Harness& harness) { return harness.detector->counts().evaluations; }

const PatternForm kForms[] = {PatternForm::literals, PatternForm::near_expressions,
                              PatternForm::far_expressions};

std::size_t groups_of(const Harness& harness, PatternForm form) {
  std::size_t count = 0;
  for (const auto& group : harness.ruleset->tables().groups) count += group.form == form ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a rule with an expression only is looked at where the expression may match") {
  Harness harness("alert udp any any -> any any (pcre:\"/ab[0-9]{2,4}c/\"; sid:1;)\n");
  CHECK(harness.rules.slow.empty());
  CHECK(harness.datagram("nothing of it") == Signatures{});
  CHECK(evaluations(harness) == 0);
  CHECK(harness.datagram("..ab123c..") == Signatures{1});
  CHECK(evaluations(harness) == 1);
}

TEST_CASE("what the search finds too much is decided by the rule") {
  Harness harness("alert udp any any -> any any (pcre:\"/abc(?!d)/\"; sid:1;)\n");
  CHECK(harness.datagram("abcd") == Signatures{});
  CHECK(evaluations(harness) == 1);
  CHECK(harness.datagram("abce") == Signatures{1});
}

TEST_CASE("an expression stands in for a literal too short, never for one long enough") {
  Harness harness(
      "alert udp any any -> any any (content:\"a\"; pcre:\"/xyz/\"; sid:1;)\n"
      "alert udp any any -> any any (content:\"abc\"; pcre:\"/vwxyz/\"; sid:2;)\n");
  CHECK(groups_of(harness, PatternForm::literals) != 0);
  CHECK(groups_of(harness, PatternForm::near_expressions) != 0);
  CHECK(harness.datagram("a only") == Signatures{});
  CHECK(evaluations(harness) == 0);
  CHECK(harness.datagram("a and xyz") == Signatures{1});
  CHECK(harness.datagram("abc and vwxyz") == Signatures{1, 2});
}

TEST_CASE("what cannot be searched for is looked at always, and told") {
  Harness harness(
      "alert udp any any -> any any (pcre:\"/a*/\"; sid:1;)\n"
      "alert udp any any -> any any (pcre:!\"/abc/\"; sid:2;)\n"
      "alert udp any any -> any any (content:\"xy\"; pcre:\"/abc/R\"; sid:3;)\n");
  REQUIRE(harness.rules.slow.size() == 3);
  CHECK(harness.datagram("none") == Signatures{1, 2});
  CHECK(harness.datagram("xy..abc") == Signatures{1, 3});
}

TEST_CASE("an expression is found across the segments of a stream") {
  for (const char* expression : {"/ab.{0,9}cd/", "/ab.{0,90}cd/s", "/ab.*cd/s",
                                 "/(a)b\\1?.*c\\x64/s", "/^ab.*cd$/s", "/\\bab.{0,9}cd\\b/"}) {
    Harness harness(std::string("alert tcp any any -> any any (flow:to_server; pcre:\"") +
                    expression + "\"; sid:1;)\n");
    CHECK(harness.rules.slow.empty());
    harness.use_tcp();
    INFO(expression);
    Signatures all;
    for (const char* fresh : {"a", "b", ".", "...", "c", "d"}) {
      const auto told = harness.stream(fresh);
      all.insert(all.end(), told.begin(), told.end());
    }
    CHECK(all == Signatures{1});
  }
}

TEST_CASE("expressions that reach far are apart from those that do not") {
  Harness harness(
      "alert tcp any any -> any any (pcre:\"/ab.{0,9}cd/\"; sid:1;)\n"
      "alert tcp any any -> any any (pcre:\"/ef.*gh/\"; sid:2;)\n"
      "alert tcp any any -> any any (content:\"ijk\"; sid:3;)\n");
  for (const auto form : kForms) CHECK(groups_of(harness, form) != 0);
  for (const auto& group : harness.ruleset->tables().groups)
    if (group.form == PatternForm::near_expressions) CHECK(group.reach == 14);
}

TEST_CASE("an expression on a body is found in what is new with what was before it") {
  Harness harness(
      "alert http any any -> any any (http.response_body; pcre:\"/ab.{0,9}cd/\"; sid:1;)\n"
      "alert http any any -> any any (file.data; pcre:\"/ef.*gh/s\"; sid:2;)\n"
      "alert http any any -> any any (http.uri; pcre:\"/\\/x[0-9]+y/\"; sid:3;)\n");
  CHECK(harness.rules.slow.empty());
  harness.use_tcp();
  harness.flow.protocol = Protocol::http1;
  harness.datagram("");
  FakeTransaction transaction;
  transaction.texts[rules::Field::http_uri] = {"/x12y"};
  CHECK(harness.stage(transaction, Direction::to_server, 1) == Signatures{3});
  harness.stage(transaction, Direction::to_client, 2);
  std::string window;
  Signatures all;
  for (const std::string fresh : {"..a", "b...c", "d..e", "f...", "..g", "h"}) {
    window += fresh;
    BodyView view;
    view.window = {reinterpret_cast<const std::uint8_t*>(window.data()), window.size()};
    view.fresh = fresh.size();
    const auto told =
        harness.body(transaction, rules::Field::http_response_body, Direction::to_client, view);
    all.insert(all.end(), told.begin(), told.end());
  }
  CHECK(all == Signatures{1});
  harness.detector->ended(harness.flow, transaction);
}

TEST_CASE("expressions of rules for one port are searched for on it only") {
  Harness harness("alert udp any any -> any 9 (pcre:\"/ab[0-9]c/\"; sid:1;)\n");
  CHECK(harness.datagram("ab1c") == Signatures{});
  CHECK(evaluations(harness) == 0);
}

}  // namespace sekisho::engines::ips::testing
