#include "config/inquiry/messages.h"

#include <catch2/catch.hpp>

#include "config/base/text_bytes.h"

using namespace sekisho;
using namespace sekisho::inquiry;

TEST_CASE("An inquiry and a finding are read as they were written, and no other way") {
  const Inquiry asked{.id = 70'000, .host = "www.example.com", .chain = {"own", "", "issuer"}};
  const auto question = encode(asked);
  auto read = parse_inquiry(bytes_of(question));
  REQUIRE(read);
  CHECK(read->id == asked.id);
  CHECK(read->host == asked.host);
  CHECK(read->chain == asked.chain);

  const Finding found{
      .id = 7, .state = State::revoked, .until = 9'000'000'000, .issuers = {"between"}};
  const auto answer = encode(found);
  auto heard = parse_finding(bytes_of(answer));
  REQUIRE(heard);
  CHECK(heard->id == found.id);
  CHECK(heard->state == found.state);
  CHECK(heard->until == found.until);
  CHECK(heard->issuers == found.issuers);

  for (std::size_t cut = 0; cut < question.size(); ++cut)
    CHECK_FALSE(parse_inquiry(bytes_of(std::string_view(question).substr(0, cut))));
  for (std::size_t cut = 0; cut < answer.size(); ++cut)
    CHECK_FALSE(parse_finding(bytes_of(std::string_view(answer).substr(0, cut))));
  CHECK_FALSE(parse_inquiry(bytes_of(question + "x")));
  CHECK_FALSE(parse_finding(bytes_of(answer + "x")));
  CHECK_FALSE(parse_finding(bytes_of(question)));
  CHECK_FALSE(parse_inquiry(bytes_of(answer)));
}

TEST_CASE("What has no meaning is refused") {
  auto finding = encode(Finding{});
  finding[5] = 3;  // no state
  CHECK_FALSE(parse_finding(bytes_of(finding)));
  CHECK_FALSE(parse_inquiry(bytes_of(encode(Inquiry{.host = "nobody", .chain = {}}))));
}

TEST_CASE("What is too much is not written") {
  const Inquiry good{.host = std::string(kMaxHostBytes, 'a'), .chain = {"x"}};
  CHECK_FALSE(encode(good).empty());
  auto bad = good;
  bad.host += 'a';
  CHECK(encode(bad).empty());
  bad = good;
  bad.chain.resize(kMaxCertificates + 1);
  CHECK(encode(bad).empty());
  bad = good;
  bad.chain[0].assign(kMaxMessageBytes, 'x');
  CHECK(encode(bad).empty());
}

TEST_CASE("A frame says its size before itself") {
  const auto frame = framed(std::string(300, 'x'));
  CHECK(frame.size() == 304);
  CHECK(size_of_frame(frame) == 300);
  CHECK(size_of_frame(std::string_view(frame).substr(0, 3)) == kIncomplete);
  CHECK(size_of_frame("\xff\xff\xff\xff") == 0xffffffff);
}
