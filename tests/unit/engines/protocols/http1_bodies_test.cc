#include <catch2/catch.hpp>

#include "http_packing.h"
#include "protocol_support.h"

namespace {

using namespace sekisho;
using namespace sekisho::engines;
using rules::Field;
using tests::Recorder;

const std::string kGet = "GET /dir/file.bin HTTP/1.1\r\nHost: h\r\n\r\n";

std::string text_of_size(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * i / 7) % 26);
  return text;
}

std::string answer_of(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace

TEST_CASE("A body arrives whole, once, and in windows that overlap") {
  const auto body = text_of_size(200000);
  const auto segment = GENERATE(as<std::size_t>{}, 1460, 16384, 65536, 0);
  class WindowRecorder : public Recorder {
   public:
    void body_grew(Transaction& transaction, Field field, Direction direction) noexcept override {
      const auto view = transaction.body(field, direction);
      REQUIRE(view.has_value());
      CHECK(view->window.size() <= 16384);
      const auto shown = as_text(view->window);
      CHECK(shown == std::string_view(whole).substr(view->window_offset, shown.size()));
      // what was there before the fresh bytes lets patterns cross the border
      if (view->window_offset != 0) CHECK(view->window.size() - view->fresh >= 8192);
      Recorder::body_grew(transaction, field, direction);
    }
    std::string whole;
  } recorder;
  recorder.whole = body;
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, kGet}, {Direction::to_client, answer_of(body)}},
                     segment, recorder);
  CHECK(recorder.body(Field::http_response_body, Direction::to_client) == body);
  CHECK(recorder.body_of(0, Field::http_response_body, Direction::to_client).complete);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].bytes == body);
  CHECK(recorder.files[0].name == "/dir/file.bin");
  CHECK(recorder.files[0].size == body.size());
  CHECK(recorder.files[0].complete);
  CHECK_FALSE(recorder.files[0].truncated);
  CHECK(recorder.contradictions == 0);
}

TEST_CASE("A body is looked at to the depth, the next message is found behind it") {
  Recorder recorder;
  ParserOptions options;
  options.body_depth = 3000;
  const auto body = text_of_size(50000);
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, kGet + kGet},
                      {Direction::to_client, answer_of(body) + answer_of("second")}},
                     GENERATE(as<std::size_t>{}, 0, 700), recorder, options);
  CHECK(recorder.body(Field::http_response_body, Direction::to_client) == body.substr(0, 3000));
  CHECK(recorder.body(Field::http_response_body, Direction::to_client, 1) == "second");
  REQUIRE(recorder.files.size() == 2);
  CHECK(recorder.files[0].truncated);
  CHECK(recorder.files[0].size == 3000);
  CHECK_FALSE(recorder.files[1].truncated);
}

TEST_CASE("A body of packed bytes is looked at unpacked, to the depth") {
  Recorder recorder;
  ParserOptions options;
  options.body_depth = 100000;
  const auto body = text_of_size(300000);
  const auto packed = tests::packed(body, tests::Wrapper::gzip);
  tests::play_stream(
      Protocol::http1,
      {{Direction::to_server, kGet},
       {Direction::to_client, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                                  std::to_string(packed.size()) + "\r\n\r\n" + packed}},
      1460, recorder, options);
  CHECK(recorder.body(Field::file_data, Direction::to_client) == body.substr(0, 100000));
}

TEST_CASE("Bodies of requests are files as Suricata sees them") {
  const auto file_of = [](const std::string& request) {
    Recorder recorder;
    tests::play_stream(Protocol::http1,
                       {{Direction::to_server, request},
                        {Direction::to_client, "HTTP/1.1 204 No Content\r\n\r\n"}},
                       GENERATE(as<std::size_t>{}, 0, 1, 33), recorder);
    CHECK(recorder.contradictions == 0);
    return recorder.files;
  };
  SECTION("PUT") {
    const auto files =
        file_of("PUT /up/a.txt HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
    REQUIRE(files.size() == 1);
    CHECK(files[0].name == "/up/a.txt");
    CHECK(files[0].bytes == "body");
    CHECK(files[0].direction == Direction::to_server);
  }
  SECTION("POST of a form") {
    const std::string body =
        "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"one.exe\"\r\n"
        "Content-Type: x/y\r\n\r\nfirst\r\n--X not the end\r\r\n\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"g\"; filename=two.bin\r\n\r\n" +
        text_of_size(40000) + "\r\n--XX--\r\nepilogue";
    const auto files = file_of(
        "POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=\"XX\"\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    REQUIRE(files.size() == 2);
    CHECK(files[0].name == "one.exe");
    CHECK(files[0].bytes == "first\r\n--X not the end\r\r\n");
    CHECK(files[1].name == "two.bin");
    CHECK(files[1].bytes == text_of_size(40000));
    CHECK(files[0].completions == 1);
    CHECK(files[1].completions == 1);
  }
  SECTION("GET with a body") {
    CHECK(file_of("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody").empty());
  }
}

TEST_CASE("Names of downloads come from the answer, else from the path") {
  const auto [disposition, name] = GENERATE(table<std::string, std::string>({
      {"attachment; filename=\"a b.exe\"", "a b.exe"},
      {"attachment; filename=plain.exe", "plain.exe"},
      {"attachment; filename = 'q.exe' ; x=1", "q.exe"},
      {"attachment; xfilename=no; filename=yes", "yes"},
      {"inline", "/dir/file.bin"},
  }));
  CAPTURE(disposition);
  Recorder recorder;
  tests::play_stream(Protocol::http1,
                     {{Direction::to_server, kGet},
                      {Direction::to_client, "HTTP/1.1 200 OK\r\nContent-Disposition: " +
                                                 disposition + "\r\nContent-Length: 1\r\n\r\nx"}},
                     0, recorder);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].name == name);
}

TEST_CASE("Gaps inside bodies are survived") {
  const auto pool = *MemoryPool::create(std::size_t{4} << 20);
  Recorder recorder;
  {
    const auto parser = tests::spec_of(Protocol::http1).make(*pool, {});
    const auto give = [&](Direction direction, std::string_view text) {
      CHECK(parser->consume(direction, tests::as_bytes(text), recorder) == ParseStatus::ok);
    };
    give(Direction::to_server, kGet + kGet + kGet);
    SECTION("by length") {
      give(Direction::to_client, "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\nAAAA");
      CHECK(parser->gap(Direction::to_client, 60, recorder));
      give(Direction::to_client, "BBBBBB" + answer_of("second"));
      CHECK(recorder.files[0].size == 70);
      CHECK(recorder.files[0].gaps);
      CHECK(recorder.files[0].truncated);
      CHECK(recorder.files[0].bytes == "AAAABBBBBB");
      CHECK(recorder.files[1].bytes == "second");
    }
    SECTION("in a chunk") {
      give(Direction::to_client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nAAAA");
      CHECK(parser->gap(Direction::to_client, 8, recorder));
      give(Direction::to_client, "BBBB\r\n0\r\n\r\n" + answer_of("second"));
      CHECK(recorder.files[0].bytes == "AAAABBBB");
      CHECK(recorder.files[1].bytes == "second");
    }
    SECTION("of a few bytes in a head, which is read on") {
      give(Direction::to_client, "HTTP/1.1 200 OK\r\nContent-Le");
      CHECK(parser->gap(Direction::to_client, 2, recorder));
      give(Direction::to_client, "th: 3\r\nContent-Length: 4\r\n\r\nbody" + answer_of("second"));
      CHECK(recorder.files[0].bytes == "body");
      CHECK(recorder.files[1].bytes == "second");
    }
    SECTION("beyond the body: the next message that begins is read") {
      give(Direction::to_client, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
      CHECK(parser->gap(Direction::to_client, 127, recorder));
      give(Direction::to_client, "rest of something\r\n" + answer_of("second"));
      CHECK(recorder.files[0].size == 12);
      CHECK(recorder.files[0].truncated);
      CHECK(recorder.files[1].bytes == "second");
    }
    SECTION("in a head: the next message that begins is read") {
      give(Direction::to_client, "HTTP/1.1 200 OK\r\nContent-Le");
      CHECK(parser->gap(Direction::to_client, 500, recorder));
      give(Direction::to_client, answer_of("second"));
      CHECK(recorder.files.back().bytes == "second");
    }
    parser->end(Direction::to_server, recorder);
    parser->end(Direction::to_client, recorder);
    CHECK(recorder.ended_transactions.size() == 3);
  }
  CHECK(pool->used_bytes() == 0);
}
