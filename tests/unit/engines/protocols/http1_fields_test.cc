#include <catch2/catch.hpp>

#include <map>

#include "protocol_support.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;
using rules::Field;
using tests::Recorder;

constexpr std::string_view kPlainAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Every http field of the only transaction, when it ends.
std::map<std::string, std::string> fields_of(const std::string& request,
                                             const std::string& response, Recorder& recorder,
                                             std::size_t segment = 0) {
  std::map<std::string, std::string> seen;
  recorder.on_end = [&](Transaction& transaction) {
    for (std::size_t i = 0; i < rules::num_fields(); ++i) {
      const auto field = static_cast<Field>(i);
      for (const auto direction : {Direction::to_server, Direction::to_client}) {
        const auto value = tests::text_of(transaction, field, direction);
        if (value == "<none>") continue;
        const auto& info = rules::info_of(field);
        const bool either = info.direction == rules::FieldDirection::either;
        seen[std::string(info.name) +
             (either ? direction == Direction::to_server ? " q" : " a" : "")] = value;
      }
    }
  };
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, request}, {Direction::to_client, response}}, segment,
                     recorder);
  return seen;
}

std::string uri_of(const std::string& target, Field field = Field::http_uri) {
  Recorder recorder;
  std::string value;
  recorder.on_end = [&](Transaction& t) { value = tests::text_of(t, field, Direction::to_server); };
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n"},
                      {Direction::to_client, std::string(kPlainAnswer)}},
                     0, recorder);
  return value;
}

}  // namespace

TEST_CASE("Every http field has the value that its keyword promises") {
  const std::string request =
      "POST /a/../b%20c?x=%41&y=1+2 HTTP/1.1\r\nHost: WWW.Example.COM:8080\r\n"
      "User-Agent:  curl/8 \r\nReferer: http://r.example/\r\nCookie: a=1; b=2\r\n"
      "Accept: */*\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\nConnection: close\r\n"
      "X-Two: one\r\nx-two: two\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody";
  const std::string response =
      "HTTP/1.1 302 Moved Away\r\nServer: nginx\r\nSet-Cookie: s=1\r\nLocation: /c\r\n"
      "X-Folded: a\r\n\tb\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nok";
  const auto segment = GENERATE(as<std::size_t>{}, 0, 1, 17);
  Recorder recorder;
  const auto seen = fields_of(request, response, recorder, segment);
  const std::map<std::string, std::string> expected = {
      {"http.method", "POST"},
      {"http.uri", "/b c?x=A&y=1+2"},
      {"http.uri.raw", "/a/../b%20c?x=%41&y=1+2"},
      {"http.protocol q", "HTTP/1.1"},
      {"http.protocol a", "HTTP/1.1"},
      {"http.request_line", "POST /a/../b%20c?x=%41&y=1+2 HTTP/1.1"},
      {"http.header q",
       "Host: WWW.Example.COM:8080\r\nUser-Agent: curl/8\r\nReferer: http://r.example/\r\n"
       "Accept: */*\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\nConnection: close\r\n"
       "X-Two: one, two\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"},
      {"http.header a",
       "Server: nginx\r\nLocation: /c\r\nX-Folded: a b\r\n"
       "Content-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n"},
      {"http.header.raw q",
       request.substr(request.find("Host"), request.size() - 4 - request.find("Host"))},
      {"http.header.raw a",
       response.substr(response.find("Server"), response.size() - 2 - response.find("Server"))},
      {"http.header_names q",
       "\r\nHost\r\nUser-Agent\r\nReferer\r\nCookie\r\nAccept\r\nAccept-Encoding\r\n"
       "Accept-Language\r\nConnection\r\nX-Two\r\nContent-Type\r\nContent-Length\r\n\r\n"},
      {"http.header_names a",
       "\r\nServer\r\nSet-Cookie\r\nLocation\r\nX-Folded\r\nContent-Type\r\nContent-"
       "Length\r\n\r\n"},
      {"http.request_header", "Host: WWW.Example.COM:8080"},
      {"http.response_header", "Server: nginx"},
      {"http.host", "www.example.com"},
      {"http.host.raw", "WWW.Example.COM:8080"},
      {"http.user_agent", "curl/8"},
      {"http.referer", "http://r.example/"},
      {"http.cookie q", "a=1; b=2"},
      {"http.cookie a", "s=1"},
      {"http.accept", "*/*"},
      {"http.accept_enc", "gzip"},
      {"http.accept_lang", "en"},
      {"http.connection q", "close"},
      {"http.content_type q", "text/plain"},
      {"http.content_type a", "text/html; charset=utf-8"},
      {"http.content_len q", "4"},
      {"http.content_len a", "2"},
      {"http.location", "/c"},
      {"http.server", "nginx"},
      {"http.response_line", "HTTP/1.1 302 Moved Away"},
      {"http.stat_code", "302"},
      {"http.stat_msg", "Moved Away"},
      {"file.name q", "/b c"},
      {"file.name a", "/b c"},
  };
  auto rest = seen;
  CHECK(rest["http.start a"].substr(0, 41) == "HTTP/1.1 302 Moved Away\r\nServer: nginx\r\nS");
  CHECK(rest["http.start q"].substr(rest["http.start q"].size() - 23) ==
        "\r\nContent-Length: 4\r\n\r\n");
  rest.erase("http.start q");
  rest.erase("http.start a");
  CHECK(rest == expected);
  CHECK(recorder.body(Field::http_request_body, Direction::to_server) == "body");
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].event_type == "http");
  CHECK(recorder.records[0].json ==
        R"({"http":{"hostname":"www.example.com","http_port":8080,"url":"/a/../b%20c?x=%41&y=1+2",)"
        R"("http_user_agent":"curl/8","http_content_type":"text/html",)"
        R"("http_refer":"http://r.example/","http_method":"POST","protocol":"HTTP/1.1",)"
        R"("status":302,"redirect":"/c","length":2}})");
}

TEST_CASE("A URI is normalised as a server would read it") {
  const auto [raw, expected] = GENERATE(table<std::string, std::string>({
      {"/", "/"},
      {"/../a/b/../c/./d.html", "/a/c/d.html"},
      {"/a/..", "/"},
      {"/a/.", "/a/"},
      {"/%2e%2e/%2E/etc", "/etc"},
      {"/a//b///c", "/a/b/c"},
      {"/a\\b", "/a/b"},
      {"/a%5Cb%2fc", "/a/b/c"},
      {"/%u0041%uff41%u2603", "/Aa?"},
      {"/%zz%4", "/%zz%4"},
      {"/%2541", "/%41"},
      {"/x?a=//b/../c%2f", "/x?a=//b/../c/"},
      {"/x?a=b+c", "/x?a=b+c"},
      {"/x#f%20g", "/x#f g"},
      {"http://Host.example:81/p//q?r", "/p/q?r"},
      {"/a.b/..c/d..", "/a.b/..c/d.."},
      {"*", "*"},
  }));
  CAPTURE(raw);
  CHECK(uri_of(raw) == expected);
  CHECK(uri_of(raw, Field::http_uri_raw) == raw);
}

TEST_CASE("The host is the target's before the header's") {
  CHECK(uri_of("http://User@Other.Example.:81/", Field::http_host) == "other.example");
  CHECK(uri_of("/x", Field::http_host) == "h");
}

TEST_CASE("A record has every header field when that is wanted") {
  Recorder recorder;
  ParserOptions options;
  options.record_headers = true;
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, "GET / HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\n"},
                      {Direction::to_client, std::string(kPlainAnswer)}},
                     0, recorder, options);
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].json.find(
            R"("request_headers":[{"name":"Host","value":"h"},{"name":"X","value":"1"}],)"
            R"("response_headers":[{"name":"Content-Length","value":"0"}])") != std::string::npos);
}

TEST_CASE("What is odd in a request is named as Suricata names it") {
  const auto [request, oddity] = GENERATE(table<std::string, std::string>({
      {"GET / HTTP/1.1\r\n\r\n", "http.missing_host_header"},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "http.header_host_invalid"},
      {"GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", "http.host_header_ambiguous"},
      {"GET / HTTP/1.1\r\nHost: b\r\nnocolon\r\n\r\n", "http.request_field_missing_colon"},
      {"GET / HTTP/1.1\r\nHost : b\r\n\r\n", "http.request_header_invalid"},
      {"GET /%2541 HTTP/1.1\r\nHost: b\r\n\r\n", "http.double_encoded_uri"},
      {"GET  / HTTP/1.1\r\nHost: b\r\n\r\n", "http.method_delim_non_compliant"},
      {"GET /\n \n \n", "http.request_line_missing_protocol"},
      {"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 1x\r\n\r\n1",
       "http.invalid_content_length_field_in_request"},
      {"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1",
       "http.duplicate_content_length_field_in_request"},
      {"POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: xyz\r\n\r\n",
       "http.invalid_transfer_encoding_value_in_request"},
      {"POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       "http.invalid_request_chunk_len"},
      {"POST / HTTP/1.1\r\nHost: b\r\n\r\na=b&c=d", "http.request_body_unexpected"},
      {"GET / HTTP/1.1\r\nHost: b\r\nAuthorization: x\r\n\r\n", "http.request_auth_unrecognized"},
  }));
  CAPTURE(request);
  Recorder recorder;
  fields_of(request, std::string(kPlainAnswer), recorder);
  CHECK(recorder.has_oddity(oddity));
}

TEST_CASE("What is odd in an answer is named as Suricata names it") {
  const auto [response, oddity] = GENERATE(table<std::string, std::string>({
      {"HTTP/1.3 200 OK\r\nContent-Length: 0\r\n\r\n", "http.response_invalid_protocol"},
      {"HTTP/1.1 2XX OK\r\nContent-Length: 0\r\n\r\n", "http.response_invalid_status"},
      {"HTTP/1.1 200 OK\r\nnocolon\r\n\r\n", "http.response_field_missing_colon"},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
       "http.invalid_content_length_field_in_response"},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "http.response_chunked_old_proto"},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: abc\r\n\r\n", "http.abnormal_ce_header"},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip, gzip, gzip\r\n\r\nx",
       "http.too_many_encoding_layers"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       "http.invalid_response_chunk_len"},
  }));
  CAPTURE(response);
  Recorder recorder;
  fields_of("GET / HTTP/1.1\r\nHost: b\r\n\r\n", response, recorder);
  CHECK(recorder.has_oddity(oddity));
}
