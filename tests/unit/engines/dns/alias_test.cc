#include <array>
#include <catch2/catch.hpp>

#include "dns_bytes.h"
#include "engines/dns/message.h"
#include "engines/dns/safe_search.h"

namespace sekisho::tests::dns {
namespace {

using namespace std::string_literals;
using namespace engines::dns;

constexpr std::string_view kTarget = "forcesafesearch.google.com";
const std::string kAddress = "\xd8\xef\x26\x78", kAddress6(16, '\x20');

template <class Write>
std::string written(Write write, std::size_t room = 1200) {
  std::string out(room, '\0');
  const auto size = write(std::span(reinterpret_cast<std::uint8_t*>(out.data()), out.size()));
  return out.substr(0, size);
}

std::string renamed(const std::string& query, std::string_view target = kTarget) {
  return written([&](auto out) { return write_renamed_query(bytes(query), target, out); });
}

std::string alias(const std::string& response, const std::string& name, std::size_t room = 1200) {
  return written(
      [&](auto out) { return write_alias_response(bytes(response), bytes(name), kTarget, out); },
      room);
}

TEST_CASE("A query is sent on for another name, all else of it as it was") {
  const auto query = header(7, 0x0100, {1, 0, 0, 1}) + question("wWw.google.co.jp", 1) + opt();
  CHECK(renamed(query) ==
        header(7, 0x0100, {1, 0, 0, 1}) + question("forcesafesearch.google.com", 1) + opt());
}

TEST_CASE("What is no plain query is not renamed") {
  const auto ask = question("www.google.com", 1);
  CHECK(renamed(header(7, 0x8180, {1, 0, 0, 0}) + ask).empty());
  CHECK(renamed(header(7, 0x2800, {1, 0, 0, 0}) + ask).empty());
  CHECK(renamed(header(7, 0x0100, {2, 0, 0, 0}) + ask + ask).empty());
  const auto whole = header(7, 0x0100, {1, 0, 0, 0}) + ask;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(renamed(whole.substr(0, size)).empty());
  }
  CHECK(written([&](auto out) { return write_renamed_query(bytes(whole), kTarget, out); }, 40)
            .empty());
}

TEST_CASE("The response to the other name answers for the first as its alias") {
  const auto name = wire_name("wWw.gOOgle.com");
  const auto type = GENERATE(1U, 28U);
  const auto& address = type == 1 ? kAddress : kAddress6;
  const auto response = header(7, 0x81a0, {1, 2, 1, 1}) + question(kTarget, type) +
                        record(kToQuestion, type, address, 300) +
                        record(kToQuestion, 46, "signature") +
                        record(wire_name("google.com"), 2, "ns") + opt();
  const auto alias_at = 12 + name.size() + 4 + 12;
  CHECK(alias(response, name) == header(7, 0x8180, {1, 2, 0, 1}) + name + be16(type) + be16(1) +
                                     record(kToQuestion, 5, wire_name(kTarget), 300) +
                                     record(be16(0xc000 | alias_at), type, address, 300) + opt());
}

TEST_CASE("Addresses behind a further alias are told as the name's own") {
  const auto response = header(7, 0x8180, {1, 2, 0, 0}) + question(kTarget, 1) +
                        record(kToQuestion, 5, wire_name("cdn.example")) +
                        record(wire_name("cdn.example"), 1, kAddress, 20);
  const auto answer = alias(response, wire_name("www.google.com"));
  CHECK(answer.substr(6, 2) == be16(2));
  CHECK(answer.ends_with(kAddress));
}

TEST_CASE("A record that is no address is left out: the alias alone is the answer") {
  const auto response =
      header(7, 0x8180, {1, 1, 0, 0}) + question(kTarget, 65) + record(kToQuestion, 65, "\0\1\0"s);
  const auto answer = alias(response, wire_name("www.google.com"));
  CHECK(answer.substr(6, 2) == be16(1));
  CHECK(answer.ends_with(wire_name(kTarget)));
}

TEST_CASE("Errors and truncation are told on without records") {
  const auto flags = GENERATE(0x8182U, 0x8183U, 0x8380U);
  const auto response = header(7, flags, {1, 0, 0, 0}) + question(kTarget, 1);
  const auto name = wire_name("www.google.com");
  CHECK(alias(response, name) == header(7, flags, {1, 0, 0, 0}) + name + be16(1) + be16(1));
}

TEST_CASE("What answers another question, or nothing, becomes no alias") {
  const auto name = wire_name("www.google.com");
  CHECK(alias(header(7, 0x8180, {1, 0, 0, 0}) + question("other.example", 1), name).empty());
  CHECK(alias(header(7, 0x0100, {1, 0, 0, 0}) + question(kTarget, 1), name).empty());
  const auto whole = header(7, 0x8180, {1, 1, 0, 1}) + question(kTarget, 1) +
                     record(kToQuestion, 1, kAddress) + opt();
  REQUIRE_FALSE(alias(whole, name).empty());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(alias(whole.substr(0, size), name).empty());
  }
  for (std::size_t room = 0; room < alias(whole, name).size(); ++room) {
    CAPTURE(room);
    CHECK(alias(whole, name, room).empty());
  }
}

TEST_CASE("Searches have the names that their operators document") {
  const auto google = safe_search_called("google");
  const auto youtube = safe_search_called("youtube");
  const auto strict = safe_search_called("youtube_strict");
  CHECK(safe_search_target("www.google.com", google) == kTarget);
  CHECK(safe_search_target("www.google.co.jp", google) == kTarget);
  CHECK(safe_search_target("www.google.com.br", google) == kTarget);
  CHECK(safe_search_target("www.google.cat", google) == kTarget);
  CHECK(safe_search_target("www.google.evil", google).empty());
  CHECK(safe_search_target("www.google.co", google) == kTarget);
  CHECK(safe_search_target("www.google.x.jp", google).empty());
  CHECK(safe_search_target("mail.google.com", google).empty());
  CHECK(safe_search_target("www.google.com", youtube).empty());
  CHECK(safe_search_target("www.youtube.com", youtube) == "restrictmoderate.youtube.com");
  CHECK(safe_search_target("www.youtube.com", static_cast<SafeSearches>(youtube | strict)) ==
        "restrict.youtube.com");
  CHECK(safe_search_target("duckduckgo.com", safe_search_called("duckduckgo")) ==
        "safe.duckduckgo.com");
  CHECK(safe_search_target("www.bing.com", 0).empty());
  CHECK(safe_search_called("altavista") == 0);
}

}  // namespace
}  // namespace sekisho::tests::dns
