#include "dataplane/flow/control_channel.h"

#include <catch2/catch.hpp>
#include <string_view>

#include "dataplane/flow/flow.h"

namespace sekisho::dataplane {
namespace {

/// One direction of a control connection, with everything that is sent inside its window.
struct Lines {
  Flow flow;

  explicit Lines(std::uint32_t first_seq, bool midstream = false) {
    for (TcpEnd& end : flow.tcp) {
      end.first_seq = first_seq;
      end.seq_end = first_seq + 1000;
      end.midstream = midstream;
      end.seen = true;
    }
  }
  bool begins(std::uint32_t seq, std::string_view text, std::uint8_t flags = kTcpAck) {
    PacketInfo packet{};
    packet.tcp_seq = seq;
    packet.tcp_flags = flags;
    return begins_ftp_line(flow, false, packet,
                           {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
};

constexpr std::uint32_t kFirst = 0xfffffffa;  // the numbers begin again in the second line

TEST_CASE("a line begins behind the SYN and behind each segment that ends one") {
  Lines lines(kFirst);
  CHECK(lines.begins(kFirst, "ab\r\n"));
  CHECK(lines.begins(kFirst + 4, "abcdefg\r"));
  CHECK_FALSE(lines.begins(kFirst + 12, "\nab\r\n"));
  CHECK(lines.begins(kFirst + 17, "a\r\nb"));
  CHECK_FALSE(lines.begins(kFirst + 21, "c\n"));
  CHECK_FALSE(lines.begins(kFirst + 23, "\r\n"));
  CHECK(lines.begins(kFirst + 25, "a"));
}

TEST_CASE("only the segment with exactly the next number begins a line") {
  Lines lines(kFirst);
  REQUIRE(lines.begins(kFirst, "abcd\r\n"));
  CHECK_FALSE(lines.begins(kFirst, "abcd\r\n"));       // again
  CHECK_FALSE(lines.begins(kFirst + 2, "cd\r\n"));     // a piece again
  CHECK_FALSE(lines.begins(kFirst + 2, "cd\r\nabc"));  // and more
  CHECK_FALSE(lines.begins(kFirst + 7, "bcd"));        // a hole before it
  CHECK(lines.begins(kFirst + 6, "abcd"));
  CHECK_FALSE(lines.begins(kFirst + 20, "a\r\n"));  // ends a line behind a hole
  CHECK_FALSE(lines.begins(kFirst + 6, "abcd\r\n"));
  CHECK(lines.begins(kFirst + 23, "abcd"));
}

TEST_CASE("segments that belong to no stream move nothing") {
  Lines lines(kFirst);
  CHECK_FALSE(lines.begins(kFirst, "a\r\n", kTcpRst));
  CHECK_FALSE(lines.begins(kFirst - 1, "a\r\n", kTcpSyn));
  CHECK_FALSE(lines.begins(kFirst + 998, "a\r\n"));  // beyond what counted
  CHECK(lines.begins(kFirst, "a\r\n"));
  lines.flow.tcp[1].seen = false;
  CHECK_FALSE(lines.begins(kFirst + 3, "a\r\n"));
}

TEST_CASE("of a connection picked up midstream the first known line is behind a line's end") {
  Lines lines(kFirst, true);
  CHECK_FALSE(lines.begins(kFirst, "abcd"));
  CHECK_FALSE(lines.begins(kFirst + 4, "ab\r\n"));
  CHECK(lines.begins(kFirst + 8, "ab"));
}

TEST_CASE("the two directions of a control connection have their own lines") {
  Lines lines(kFirst);
  REQUIRE(lines.begins(kFirst, "ab\r\n"));
  PacketInfo packet{};
  packet.tcp_seq = kFirst;
  CHECK(begins_ftp_line(lines.flow, true, packet, {}));
}

TEST_CASE("two DNS questions are outstanding at most, and each is answered once") {
  DnsQuestions questions{};
  CHECK_FALSE(questions.answer({0, 0}));
  questions.ask({1, 10});
  questions.ask({2, 20});
  CHECK_FALSE(questions.answer({1, 20}));
  CHECK_FALSE(questions.answer({2, 10}));
  SECTION("in order") {
    CHECK(questions.answer({1, 10}));
    CHECK_FALSE(questions.answer({1, 10}));
    CHECK(questions.answer({2, 20}));
  }
  SECTION("in the other order") {
    CHECK(questions.answer({2, 20}));
    CHECK_FALSE(questions.answer({2, 20}));
    CHECK(questions.answer({1, 10}));
  }
  SECTION("asked again") {
    questions.ask({1, 10});
    questions.ask({2, 20});
    CHECK(questions.answer({1, 10}));
    CHECK(questions.answer({2, 20}));
  }
  SECTION("with a third one") {
    questions.ask({3, 30});
    CHECK_FALSE(questions.answer({1, 10}));
    CHECK(questions.answer({3, 30}));
    CHECK(questions.answer({2, 20}));
  }
  CHECK(questions.count == 0);
}

}  // namespace
}  // namespace sekisho::dataplane
