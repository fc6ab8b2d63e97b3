#include "controlplane/agent/http_request.h"

#include <catch2/catch.hpp>

namespace sekisho::controlplane {
namespace {

TEST_CASE("a request is judged as RFC 9112 says, strictly") {
  struct Row {
    std::string request;
    HttpAnswer answer;
  };
  using enum HttpAnswer;
  const auto row = GENERATE(values<Row>({
      {"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", ok},
      {"GET /metrics HTTP/1.0\r\n\r\n", ok},
      {"GET /metrics?x=1 HTTP/1.1\r\nHOST: a\r\nAccept: */*\r\n\r\n", ok},
      {"GET /metrics HTTP/1.1\r\nHost: a\r\nX-Empty:\r\n\r\n", ok},
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", not_found},
      {"GET /metricsx HTTP/1.1\r\nHost: a\r\n\r\n", not_found},
      {"POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n", method_not_allowed},
      {"HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n", method_not_allowed},
      {"GET /metrics HTTP/2.0\r\nHost: a\r\n\r\n", version_not_supported},
      {"GET /metrics HTTP/1.1\r\n\r\n", bad_request},
      {"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", bad_request},
      {"GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n", bad_request},
      {"GET /metrics HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", bad_request},
      {"GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", bad_request},
      {"GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", bad_request},
      {"GET /metrics HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", bad_request},
      {std::string("GET /metrics HTTP/1.1\r\nHost: a\0b\r\n\r\n", 36), bad_request},
      {"GET  /metrics HTTP/1.1\r\nHost: a\r\n\r\n", bad_request},
      {"GET /metrics\r\nHost: a\r\n\r\n", bad_request},
      {"\r\n\r\n", bad_request},
      {" \r\n\r\n", bad_request},
      {"G(T /metrics HTTP/1.1\r\nHost: a\r\n\r\n", bad_request},
      {"GET /metrics HTTP/1.1\r\n: a\r\n\r\n", bad_request},
      {"GET /metrics HTTP/1.1\r\nHost: a\r\n", incomplete},
      {"", incomplete},
  }));
  CAPTURE(row.request);
  CHECK(judge_http_request(row.request) == row.answer);
}

TEST_CASE("every prefix of a request waits for the rest") {
  const std::string whole = "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\n\r\n";
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK(judge_http_request(std::string_view(whole).substr(0, n)) == HttpAnswer::incomplete);
}

TEST_CASE("a request without end is cut off") {
  const std::string flood(kMaxHttpRequestBytes + 1, 'x');
  CHECK(judge_http_request(flood) == HttpAnswer::header_fields_too_large);
  CHECK(judge_http_request(flood + "\r\n\r\n") == HttpAnswer::header_fields_too_large);
}

TEST_CASE("a response says its length and that it is the last") {
  CHECK(http_response(HttpAnswer::ok, "a 1\n") ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        "Content-Length: 4\r\nConnection: close\r\n\r\na 1\n");
  CHECK(http_response(HttpAnswer::method_not_allowed, "").find("Allow: GET\r\n") !=
        std::string::npos);
}

}  // namespace
}  // namespace sekisho::controlplane
