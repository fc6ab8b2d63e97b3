#include "controlplane/fetch/http_answer.h"

#include <catch2/catch.hpp>

using namespace sekisho::controlplane;
using State = HttpAnswer::State;

namespace {

State play(HttpAnswer& answer, std::string_view bytes, std::size_t piece) {
  auto state = State::more;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    state = answer.take(bytes.substr(at, piece));
  return state;
}

}  // namespace

TEST_CASE("A document is read in whatever pieces it comes") {
  const auto piece = GENERATE(values<std::size_t>({1, 3, 1000}));
  CAPTURE(piece);
  const std::pair<const char*, bool> cases[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true},
      {"HTTP/1.0 200 OK\r\ncontent-length:  5 \r\nContent-Length: 5\r\nX\r\n\r\nhello", true},
      {"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\n\r\nhello", false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nA: "
       "b\r\n\r\n",
       true},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", true},
  };
  for (const auto& [bytes, ends_itself] : cases) {
    CAPTURE(bytes);
    HttpAnswer answer(5);
    CHECK(play(answer, bytes, piece) == (ends_itself ? State::whole : State::more));
    CHECK(answer.close() == State::whole);
    CHECK(answer.body() == "hello");
  }
}

TEST_CASE("What is not the whole document is worth nothing") {
  const auto* const bytes = GENERATE(
      as<const char*>(), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n",
      "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 OK\r\nContent-Len",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
      "HTTP/1.1 200 OK\r\n\r\nhello world", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  CAPTURE(bytes);
  HttpAnswer answer(5);
  play(answer, bytes, 7);
  CHECK(answer.close() == State::failed);
  CHECK_FALSE(answer.problem().empty());
}

TEST_CASE("Heads and lines have an end") {
  HttpAnswer head(5);
  CHECK(play(head, "HTTP/1.1 200 OK\r\n" + std::string(HttpAnswer::kMaxHeadBytes, 'x'), 1000) ==
        State::failed);
  HttpAnswer line(5);
  CHECK(play(line,
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                 std::string(HttpAnswer::kMaxChunkLineBytes + 1, '0'),
             1000) == State::failed);
  HttpAnswer trailers(5);
  std::string many = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  for (int i = 0; i < 2000; ++i) many += "trailer: x\r\n";
  CHECK(play(trailers, many, 1000) == State::failed);
}
