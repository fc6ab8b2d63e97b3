// Answers in every form that some browser accepts: the content must be seen in all of them.
#include <catch2/catch.hpp>

#include "http_packing.h"
#include "protocol_support.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;
using rules::Field;
using tests::gzip_member;
using tests::packed;
using tests::Recorder;
using tests::Wrapper;

const std::string kContent = "<script>malicious content that a rule looks for</script>";
constexpr std::string_view kNamed = "Content-Disposition: attachment; filename=\"bad.exe\"\r\n";

std::string chunked(std::string_view text, std::string_view size_prefix = "",
                    std::string_view size_suffix = "", std::string_view end = "0\r\n\r\n") {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 10) {
    const auto piece = text.substr(at, 10);
    constexpr std::string_view kDigits = "0123456789a";
    out += size_prefix;
    out += kDigits[piece.size()];
    out += size_suffix;
    out += "\r\n";
    out += piece;
    out += "\r\n";
  }
  out += end;
  return out;
}

std::string answer(std::string_view fields, std::string_view body) {
  return "HTTP/1.1 200 ok\r\n" + std::string(kNamed) + std::string(fields) + "\r\n\r\n" +
         std::string(body);
}

void check_seen(const std::string& response) {
  // all at once; in single bytes; in two parts
  for (const std::size_t segment : {std::size_t{0}, std::size_t{1}, response.size() / 2}) {
    CAPTURE(segment);
    Recorder recorder;
    tests::play_stream(Protocol::http1,
                       {{Direction::to_server, "GET /download HTTP/1.1\r\nHost: a.example\r\n\r\n"},
                        {Direction::to_client, response}},
                       segment, recorder);
    CHECK(recorder.contradictions == 0);
    CHECK(recorder.body(Field::file_data, Direction::to_client).find(kContent) !=
          std::string::npos);
    CHECK(recorder.body(Field::http_response_body, Direction::to_client).find(kContent) !=
          std::string::npos);
    REQUIRE(recorder.files.size() == 1);
    CHECK(recorder.files[0].name == "bad.exe");
    CHECK(recorder.files[0].completions == 1);
    CHECK(recorder.ended_transactions.size() == 1);
  }
}

}  // namespace

TEST_CASE("Chunks are joined however their sizes are written") {
  struct Case {
    std::string_view name, prefix, suffix, end;
  };
  const auto c = GENERATE(values<Case>({
      {"as the standard says", "", "", "0\r\n\r\n"},
      {"leading zeros", "00000000000000000000000000000000000000", "", "0\r\n\r\n"},
      {"leading space", " ", "", "0\r\n\r\n"},
      {"leading tab", "\t", "", "0\r\n\r\n"},
      {"leading CR", "\r", "", "0\r\n\r\n"},
      {"leading line end", "\r\n", "", "0\r\n\r\n"},
      {"leading plus", "+", "", "0\r\n\r\n"},
      {"leading 0x", "0x", "", "0\r\n\r\n"},
      {"trailing space", "", " ", "0\r\n\r\n"},
      {"trailing tab", "", "\t", "0\r\n\r\n"},
      {"trailing CR", "", "\r", "0\r\n\r\n"},
      {"trailing x", "", "x", "0\r\n\r\n"},
      {"trailing comma", "", ",", "0\r\n\r\n"},
      {"trailing form feed", "", "\f", "0\r\n\r\n"},
      {"trailing zero byte", "", std::string_view("\0", 1), "0\r\n\r\n"},
      {"extension", "", "; foobar", "0\r\n\r\n"},
      {"extension like a size", "", "; xxxxx  5", "0\r\n\r\n"},
      {"quoted extension", "", ";a=\"b\"", "0\r\n\r\n"},
      {"last size 00", "", "", "00\r\n\r\n"},
      {"last size 0x", "", "", "0x\r\n\r\n"},
      {"last line ends LF", "", "", "0\n\n"},
      {"last line blank with space", "", "", "0\n \n"},
      {"last line CR CR LF", "", "", "0\n\r\r\n"},
      {"trailer", "", "", "0\r\nX-Sum: 1\r\n\r\n"},
      {"no last chunk", "", "", ""},
  }));
  CAPTURE(c.name);
  check_seen(answer("Transfer-Encoding: chunked", chunked(kContent, c.prefix, c.suffix, c.end)));
}

TEST_CASE("Whether a body is chunked is seen in it when the head is in doubt") {
  const auto head = GENERATE(
      as<std::string>{}, "Transfer-Encoding: chunked", "Transfer-Encoding: xchunked",
      "Transfer-Encoding: x chunked", "Transfer-Encoding: chunked;", "Transfer-Encoding: ,chunked",
      "Transfer-Encoding: chunked\r\n x", "Transfer-Encoding:\r\n chunked",
      "Transfer-Encoding: \rchunked", "Transfer-Encoding: \r chunked",
      "Transfer-Encoding : chunked", "Transfer-Encoding\r: chunked", "Transfer-Encoding:: chunked",
      "Transfer-Encoding\x0b: chunked", "Transfer-Encoding\n : chunked",
      "X: y\rTransfer-Encoding: chunked", "X: y\nTransfer-Encoding: chunked",
      "X: y\r\n\tTransfer-Encoding: chunked",
      "Transfer-Encoding: lalala\r\nTransfer-Encoding: chunked",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: lalala",
      "Transfer-Encoding: chunked\r\nContent-Length: 20",
      "Content-Length: 200\r\nTransfer-Encoding: chunked", "\r\r\r\nTransfer-Encoding: chunked",
      "\x7f\r\nTransfer-Encoding: chunked", "\r \rTransfer-Encoding: chunked",
      "Transfer-Encoding: chunked\r\n ", "Transfer-Encoding: chunked\r\n\x0b",
      "Transfer-Encoding: \xc2\x84"
      "chunked",
      "junk without a colon\r\nTransfer-Encoding: chunked",
      ": no name\r\nTransfer-Encoding: chunked");
  CAPTURE(head);
  SECTION("it is") { check_seen(answer(head, chunked(kContent))); }
  SECTION("it is not") {
    check_seen(answer(head.substr(0, head.find("\r\nContent-Length: 20")), kContent));
  }
}

TEST_CASE("Zero bytes in names and values hide nothing") {
  const auto with_zero =
      GENERATE(values<std::string>({std::string("Transfer\0-encoding: chunked", 27),
                                    std::string("Transfer-Encoding\0: chunked", 27),
                                    std::string("Transfer-Encoding: chun\0ked", 27),
                                    std::string("\0Transfer-Encoding: chunked", 27),
                                    std::string("Transfer-Encoding:\n\0chunked", 27)}));
  check_seen(answer(with_zero, chunked(kContent)));
}

TEST_CASE("The end of the head is found as the most lenient browser finds it") {
  const auto response = GENERATE(values<std::string>({
      "HTTP/1.1 200 ok\n" + std::string(kNamed) + "Transfer-Encoding: chunked\n\n" +
          chunked(kContent),
      "HTTP/1.1 200 ok\n\r" + std::string(kNamed) + "Transfer-Encoding: chunked\n\r\n" +
          chunked(kContent),
      "HTTP/1.1 200 ok\r\n\r\n" + std::string(kNamed) + "Transfer-Encoding: chunked\r\n\r\n" +
          chunked(kContent),
      "HTTP/1.1 200 ok\r\n \r\n\r\n" + std::string(kNamed) + "Transfer-Encoding: chunked\r\n\r\n" +
          chunked(kContent),
      "HTTP/1.1 200 ok\r\r\n" + std::string(kNamed) + "Transfer-Encoding: chunked\r\n\r\n" +
          chunked(kContent),
      "HTTP/1.1 200 ok\r\n" + std::string(kNamed) + "Transfer-Encoding: chunked\n \n\n" +
          chunked(kContent),
      "HTTP/1.1 200 ok\r\n" + std::string(kNamed) +
          "Content-Encoding: gzip\r\nContent-Length: 500\n \n" + packed(kContent, Wrapper::gzip),
      "HTTP/1.1 200 ok\r\n" + std::string(kNamed) + "Content-Encoding: gzip\n\r\r\n\r\n" +
          packed(kContent, Wrapper::gzip),
      "HTTP/1.1 200 ok\rContent-Disposition: attachment; filename=bad.exe\rX: y\r\n\n" + kContent,
  }));
  CAPTURE(response);
  check_seen(response);
}

TEST_CASE("A status line may be broken in many ways") {
  const auto line = GENERATE(values<std::string>(
      {"HTTP/1.1 200", "http/1.1 200 ok", "HTTP/1.10 200 ok", "HTTP/2.0 200 ok", "HTTP/1.2 200 ok",
       "HTTP/1.1\t 200 ok", "HTTP/1.1\n 200 ok", "HTTP/1.1 2xx ok", "HTTP/1.1 900 ok",
       "HTTP/1.1 2 ok", "HTTP/1.1 0200 ok", std::string("HTTP/1\0.1 200 ok", 16),
       std::string("HTTP/1.1 2\0"
                   "00 ok",
                   16),
       "HTTP/1.1", "junk\r\nHTTP/1.1 200 ok", " foobar\r\nHTTP/1.1 200 ok", "\r\nHTTP/1.1 200 ok",
       "HTTP/1.0 200 ok"}));
  CAPTURE(line);
  check_seen(line + "\r\n" + std::string(kNamed) + "Transfer-Encoding: chunked\r\n\r\n" +
             chunked(kContent));
}

TEST_CASE("A status that has no body hides none") {
  const auto status = GENERATE(as<std::string>{}, "102", "204", "205", "304", "0204", "100");
  CAPTURE(status);
  const auto head = "HTTP/1.1 " + status + " ok\r\n" + std::string(kNamed);
  SECTION("by length") {
    check_seen(head + "Content-Length: " + std::to_string(kContent.size()) + "\r\n\r\n" + kContent);
  }
  SECTION("in chunks") {
    check_seen(head + "Transfer-Encoding: chunked\r\n\r\n" + chunked(kContent));
  }
}

TEST_CASE("A length that is not one does not cut the content") {
  const auto length = GENERATE(as<std::string>{}, "10( 56)", "(10) 56", "56 10", "56A", ",56",
                               "56,", "5.6", "1e2", "", "x", "10\r\nContent-Length: 56", "500");
  CAPTURE(length);
  check_seen(answer("Content-Length: " + length, kContent));
}

TEST_CASE("Content is unpacked whatever is said about its packing") {
  const auto fields = GENERATE(
      as<std::string>{}, "Content-Encoding: gzip", "Content-Encoding: x-gzip",
      "Content-Encoding: GZip", "Content-Encoding: gzip x", "Content-Encoding:\r\n \r\n gzip",
      "Content-Encoding: gzip\r\n ,", "Content-Encoding: ,gzip", "Content-Encoding: gzip,",
      "Content-Encoding: gzip;", "Content-Encoding: \xa0gzip", "Content-Encoding: gzip\x0b",
      "Content-Encoding : gzip", "Content-Encoding\x0b: gzip", "Content-Encoding\r\n : gzip",
      "Content-Encoding: identity, gzip", "Content-Encoding: gzip, identity",
      "Content-Encoding: identity\r\nContent-Encoding: gzip", "Content-Encoding: deflate, gzip",
      "Content-Encoding: deflate", "Content-Encoding: br", "Content-Encoding: unheard-of",
      "Transfer-Encoding: gzip", "X: y\rContent-Encoding: gzip");
  const auto body = GENERATE_COPY(
      values<std::string>({packed(kContent, Wrapper::gzip), kContent,
                           gzip_member(kContent, 0x02, "xx"), gzip_member(kContent, 0, {}, {})}));
  CAPTURE(fields);
  check_seen(answer(fields, body));
}
