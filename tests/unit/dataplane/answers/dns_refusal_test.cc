#include "dataplane/answers/dns_refusal.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace sekisho::dataplane;

namespace {

using Bytes = std::vector<std::uint8_t>;

const Bytes kQuestion{3,   'w', 'w', 'w', 7,   'E', 'x', 'a', 'm', 'p', 'l',
                      'e', 3,   'c', 'o', 'm', 0,   0,   28,  0,   1};
const Bytes kOpt{0, 0, 41, 0x10, 0x00, 0, 0, 0x80, 0, 0, 8, 0, 10, 0, 4, 1, 2, 3, 4};  // a cookie

Bytes query(std::uint8_t flags_high = 0x01, std::uint8_t flags_low = 0x10, const Bytes& more = {}) {
  Bytes message{0xab, 0xcd, flags_high, flags_low,
                0,    1,    0,          0,
                0,    0,    0,          static_cast<std::uint8_t>(more.empty() ? 0 : 1)};
  message.insert(message.end(), kQuestion.begin(), kQuestion.end());
  message.insert(message.end(), more.begin(), more.end());
  return message;
}

Bytes refusal(const Bytes& message, std::string_view explanation = "why") {
  Bytes out(kMaxDnsRefusalBytes);
  out.resize(write_dns_refusal(message, explanation, out));
  return out;
}

Bytes joined(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("a query without EDNS is refused with its question and nothing else") {
  const auto answer = refusal(query());
  CHECK(answer == joined({0xab, 0xcd, 0x81, 0x95, 0, 1, 0, 0, 0, 0, 0, 0}, kQuestion));
}

TEST_CASE("a query with EDNS is told that it was blocked, and why") {
  const auto answer = refusal(query(0x00, 0x00, kOpt));
  const Bytes opt{0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 9, 0, 15, 0, 5, 0, 15, 'w', 'h', 'y'};
  CHECK(answer == joined(joined({0xab, 0xcd, 0x80, 0x85, 0, 1, 0, 0, 0, 0, 0, 1}, kQuestion), opt));
}

TEST_CASE("only a plain query of one question is answered") {
  const auto changed = [](std::size_t at, std::uint8_t value) {
    auto message = query();
    message[at] = value;
    return message;
  };
  CHECK(refusal(changed(2, 0x81)).empty());  // a response
  CHECK(refusal(changed(2, 0x29)).empty());  // dynamic update
  CHECK(refusal(changed(5, 0)).empty());
  CHECK(refusal(changed(5, 2)).empty());
  CHECK(refusal(changed(7, 1)).empty());
  CHECK(refusal(changed(9, 1)).empty());
  CHECK(refusal(changed(12, 0xc0)).empty());  // a pointer instead of a name
  CHECK(refusal(changed(12, 64)).empty());
}

TEST_CASE("no prefix of a query is read past its end, and a broken OPT counts for none") {
  const auto whole = query(0x01, 0x00, kOpt);
  const auto question_end = 12 + kQuestion.size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto answer = refusal(Bytes(whole.begin(), whole.begin() + static_cast<long>(size)));
    CHECK(answer.size() == (size < question_end ? 0 : question_end));
  }
}

TEST_CASE("a name of more than 255 bytes is none, and an answer that does not fit is not written") {
  const auto named = [](std::size_t last_label) {
    Bytes message{0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    for (const std::size_t label :
         {std::size_t{63}, std::size_t{63}, std::size_t{63}, last_label}) {
      message.push_back(static_cast<std::uint8_t>(label));
      message.insert(message.end(), label, 'x');
    }
    return joined(message, {0, 0, 1, 0, 1});
  };
  CHECK(refusal(named(61)).size() == 12 + 255 + 4);
  CHECK(refusal(named(62)).empty());
  Bytes room(12 + kQuestion.size() - 1);
  CHECK(write_dns_refusal(query(), "", room) == 0);
  CHECK(refusal(query(1, 0, kOpt), std::string(600, 'x')).empty());
}

TEST_CASE("the name asked for is told in lower case") {
  std::array<char, 256> room;
  CHECK(name_of_dns_query(query(), room) == "www.example.com");
  auto odd = query();
  odd[14] = 7;
  CHECK(name_of_dns_query(odd, room).empty());
  CHECK(name_of_dns_query(query(), std::span(room).first(5)).empty());
}
