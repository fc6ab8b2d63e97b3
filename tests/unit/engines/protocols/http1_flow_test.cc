#include <catch2/catch.hpp>

#include "protocol_support.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;
using rules::Field;
using tests::Recorder;

std::string get(std::string_view path, std::string_view more = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "\r\n";
}
std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

struct Conversation {
  std::unique_ptr<MemoryPool> pool = *MemoryPool::create(std::size_t{4} << 20);
  Pooled<Parser> parser = tests::spec_of(Protocol::http1).make(*pool, {});
  Recorder recorder;

  ParseStatus client(std::string_view text) {
    return parser->consume(Direction::to_server, tests::as_bytes(text), recorder);
  }
  ParseStatus server(std::string_view text) {
    return parser->consume(Direction::to_client, tests::as_bytes(text), recorder);
  }
};

}  // namespace

TEST_CASE("Pipelined requests meet their answers, in any splitting") {
  Recorder recorder;
  std::vector<std::string> pairs;
  recorder.on_end = [&](Transaction& transaction) {
    pairs.push_back(tests::text_of(transaction, Field::http_uri, Direction::to_server) + " " +
                    tests::text_of(transaction, Field::http_stat_msg, Direction::to_client));
  };
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, get("/1") + get("/2") + get("/3")},
                      {Direction::to_client,
                       "HTTP/1.1 200 one\r\nContent-Length: 1\r\n\r\nx"
                       "HTTP/1.1 404 two\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\n\r\n"
                       "HTTP/1.1 304 three\r\n\r\n"}},
                     GENERATE(as<std::size_t>{}, 0, 1, 5, 64), recorder);
  CHECK(pairs == std::vector<std::string>{"/1 one", "/2 two", "/3 three"});
  CHECK(recorder.contradictions == 0);
}

TEST_CASE("Stages come once each, in their order") {
  Recorder recorder;
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, get("/")}, {Direction::to_client, ok("body")}},
                     GENERATE(as<std::size_t>{}, 0, 1), recorder);
  std::vector<std::pair<int, int>> stages;
  for (const auto& stage : recorder.stages)
    stages.emplace_back(static_cast<int>(stage.direction), stage.stage);
  CHECK(stages == std::vector<std::pair<int, int>>{
                      {0, 1}, {0, 2}, {0, kStageEnd}, {1, 1}, {1, 2}, {1, kStageEnd}});
}

TEST_CASE("The request line is told before the header is there") {
  Conversation talk;
  talk.client("GET /x HTTP/1.1\r\nHo");
  REQUIRE(talk.recorder.stages.size() == 1);
  CHECK(talk.recorder.stages[0].stage == 1);
  CHECK(tests::text_of(*talk.parser->current(Direction::to_server), Field::http_uri,
                       Direction::to_server) == "/x");
}

TEST_CASE("An interim answer is not the answer") {
  Recorder recorder;
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, get("/")},
                      {Direction::to_client, "HTTP/1.1 100 Continue\r\n\r\n" + ok("real")}},
                     GENERATE(as<std::size_t>{}, 0, 1, 25), recorder);
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].json.find("\"status\":200") != std::string::npos);
  CHECK(recorder.body(Field::file_data, Direction::to_client) == "real");
}

TEST_CASE("The answer to HEAD has no body") {
  Conversation talk;
  talk.client("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/2"));
  talk.server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
  CHECK(talk.recorder.ended_transactions.size() == 1);
  talk.server(ok("second"));
  CHECK(talk.recorder.ended_transactions.size() == 2);
  CHECK(talk.recorder.body(Field::file_data, Direction::to_client, 1) == "second");
}

TEST_CASE("After CONNECT and Upgrade another conversation begins") {
  Conversation talk;
  SECTION("CONNECT") {
    talk.client("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const std::string head = "HTTP/1.1 200 Established\r\n\r\n";
    CHECK(talk.server(head + "tunnel") == ParseStatus::upgraded);
    CHECK(talk.parser->consumed() == head.size());
    CHECK(talk.parser->next_protocol() == Protocol::unknown);
  }
  SECTION("CONNECT refused") {
    talk.client("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    CHECK(talk.server("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno") == ParseStatus::ok);
    CHECK(talk.recorder.body(Field::file_data, Direction::to_client) == "no");
  }
  SECTION("WebSocket") {
    talk.client(get("/chat", "Upgrade: websocket\r\nConnection: Upgrade\r\n"));
    CHECK(talk.server("HTTP/1.1 101 Switching\r\nUpgrade: WebSocket\r\n\r\n\x81\x01x") ==
          ParseStatus::upgraded);
    CHECK(talk.parser->next_protocol() == Protocol::websocket);
  }
  SECTION("h2c") {
    talk.client(get("/", "Upgrade: h2c\r\nHTTP2-Settings: x\r\n"));
    CHECK(talk.server("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n") == ParseStatus::upgraded);
    CHECK(talk.parser->next_protocol() == Protocol::http2);
  }
  SECTION("a client that does not wait") {
    talk.client("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n");
    CHECK(talk.client("\x16\x03\x01") == ParseStatus::upgraded);
    CHECK(talk.parser->consumed() == 0);
  }
  SECTION("HTTP/2 without asking") {
    CHECK(talk.client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == ParseStatus::upgraded);
    CHECK(talk.parser->next_protocol() == Protocol::http2);
    return;
  }
  CHECK(talk.recorder.ended_transactions.size() == 1);
  CHECK(talk.recorder.records.size() == 1);
}

TEST_CASE("Either side alone is read") {
  Recorder recorder;
  SECTION("answers") {
    tests::play_stream(Protocol::http1, {{Direction::to_client, ok("World") + ok("People")}},
                       GENERATE(as<std::size_t>{}, 0, 1), recorder);
    CHECK(recorder.has_oddity("http.unable_to_match_response_to_request"));
    CHECK(recorder.body(Field::file_data, Direction::to_client, 1) == "People");
  }
  SECTION("requests") {
    std::string requests;
    for (int i = 0; i < 200; ++i) requests += get("/" + std::to_string(i));
    tests::play_stream(Protocol::http1, {{Direction::to_server, requests}}, 0, recorder);
    CHECK(recorder.ended_transactions.size() == 200);
  }
  CHECK(recorder.records.size() == recorder.ended_transactions.size());
}

TEST_CASE("HTTP/0.9 has neither fields nor status") {
  Recorder recorder;
  tests::play_stream(
      Protocol::http1,
      {{Direction::to_server, "GET /old\r\n"}, {Direction::to_client, "<html>old</html>"}}, 0,
      recorder);
  CHECK(recorder.body(Field::file_data, Direction::to_client) == "<html>old</html>");
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].json == R"({"http":{"url":"/old","http_method":"GET","length":16}})");
}

TEST_CASE("No number of fields hides one that decides about the body") {
  std::string fields;
  for (int i = 0; i < 6000; ++i) fields += "X-Filler-" + std::to_string(i) + ": y\r\n";
  Recorder recorder;
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, get("/")},
                      {Direction::to_client, "HTTP/1.1 200 OK\r\n" + fields +
                                                 "Transfer-Encoding: chunked\r\n\r\n"
                                                 "4\r\nmali\r\n4\r\ncous\r\n0\r\n\r\n"}},
                     GENERATE(as<std::size_t>{}, 0, 1000), recorder);
  CHECK(recorder.body(Field::file_data, Direction::to_client) == "malicous");
  CHECK(recorder.has_oddity("http.response_field_too_long"));
}

TEST_CASE("HTTP is recognised by its first bytes") {
  const auto& spec = tests::spec_of(Protocol::http1);
  const auto likeness = [&](std::string_view text, Direction direction) {
    return spec.probe({tests::as_bytes(text), direction, 8000, 40000});
  };
  const auto up = Direction::to_server, down = Direction::to_client;
  CHECK(likeness("GET / HTTP/1.1\r\n", up) == Likeness::yes);
  CHECK(likeness("\r\nget /\r\n", up) == Likeness::yes);
  CHECK(likeness("PO", up) == Likeness::maybe);
  CHECK(likeness("BREW /pot HTTP/1.0\r\n", up) == Likeness::yes);
  CHECK(likeness("BREW", up) == Likeness::maybe);
  CHECK(likeness("HTTP/1.1 200 OK", down) == Likeness::yes);
  CHECK(likeness("HT", down) == Likeness::maybe);
  CHECK(likeness("PRI * HTTP/2.0\r\n", up) == Likeness::no);
  CHECK(likeness("OPTIONS sip:a@b SIP/2.0\r\n", up) == Likeness::no);
  CHECK(likeness("OPTIONS rtsp://a RTSP/1.0\r\n", up) == Likeness::no);
  CHECK(likeness("EHLO mail\r\n", up) == Likeness::no);
  CHECK(likeness("\x16\x03\x01\x02", up) == Likeness::no);
  CHECK(likeness("220 ready\r\n", down) == Likeness::no);
}

TEST_CASE("A client that does not wait may do so in the middle of the answer's head") {
  Conversation talk;
  talk.client("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n");
  talk.server("HTTP/1.1 200 Establ");
  CHECK(talk.client("\x16\x03\x01") == ParseStatus::upgraded);
  CHECK(talk.recorder.ended_transactions.size() == 1);
  talk.parser->end(Direction::to_client, talk.recorder);
  talk.parser->end(Direction::to_server, talk.recorder);
  CHECK(talk.recorder.ended_transactions.size() == 1);
}
