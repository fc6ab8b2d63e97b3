#include <zlib.h>

#include <catch2/catch.hpp>

#include "http2_frames.h"
#include "protocol_support.h"
#include "recorder.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;
constexpr int kData = 0, kHeaders = 1, kPriority = 2, kReset = 3, kSettings = 4, kPush = 5,
              kGoaway = 7, kWindow = 8, kContinuation = 9;
constexpr int kEndStream = 1, kEndHeaders = 4, kPadded = 8, kHasPriority = 32;

using Flights = std::vector<std::pair<Direction, std::string>>;

const HeaderFields kRequest{{":method", "GET"},        {":path", "/a/b?c=d"},
                            {":scheme", "https"},      {":authority", "Example.COM:8443"},
                            {"user-agent", "agent/1"}, {"cookie", "a=1"},
                            {"cookie", "b=2"},         {"accept", "*/*"}};

/// One request with its answer, whose body is "hello".
Flights exchange(const HeaderFields& answer = {{":status", "200"}, {"server", "s/1"}},
                 const std::string& body = "hello") {
  HeaderPacker client, server;
  return {
      {kServer, kHttp2Preface + frame(kSettings, 0, 0, "") +
                    frame(kHeaders, kEndStream | kEndHeaders, 1, client.pack(kRequest))},
      {kClient, frame(kSettings, 0, 0, "") + frame(kHeaders, kEndHeaders, 1, server.pack(answer)) +
                    frame(kData, kEndStream, 1, body)}};
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("A stream has the fields of a request and its answer, however it is cut") {
  const auto segment = GENERATE(values<std::size_t>({1, 7, 1460}));
  CAPTURE(segment);
  struct Case {
    Field field;
    Direction direction;
    const char* expected;
  };
  const Case cases[] = {
      {Field::http_method, kServer, "GET"},
      {Field::http_uri, kServer, "/a/b?c=d"},
      {Field::http_host, kServer, "example.com"},
      {Field::http_host_raw, kServer, "Example.COM:8443"},
      {Field::http_protocol, kServer, "HTTP/2"},
      {Field::http_user_agent, kServer, "agent/1"},
      {Field::http_cookie, kServer, "a=1; b=2"},
      {Field::http_accept, kServer, "*/*"},
      {Field::http_request_line, kServer, "GET /a/b?c=d HTTP/2\r\n"},
      {Field::http_header, kServer,
       ":method: GET\r\n:path: /a/b?c=d\r\n:scheme: https\r\n:authority: Example.COM:8443\r\n"
       "user-agent: agent/1\r\naccept: */*\r\n"},
      {Field::http_header_names, kClient, "\r\n:status\r\nserver\r\n\r\n"},
      {Field::http_referer, kServer, "<none>"},
      {Field::http_stat_code, kClient, "200"},
      {Field::http_stat_msg, kClient, ""},
      {Field::http_response_line, kClient, "HTTP/2 200\r\n"},
      {Field::http_server, kClient, "s/1"},
  };
  Recorder recorder;
  std::vector<std::string> seen(std::size(cases));
  std::string first_header;
  recorder.on_end = [&](Transaction& tx) {
    if (text_of(tx, Field::http_method, kServer) == "<none>") return;
    for (std::size_t i = 0; i < std::size(cases); ++i)
      seen[i] = text_of(tx, cases[i].field, cases[i].direction);
    first_header = text_of(tx, Field::http_request_header, kServer, 0);
  };
  CHECK(play_stream(Protocol::http2, exchange(), segment, recorder) == ParseStatus::ok);
  for (std::size_t i = 0; i < std::size(cases); ++i) CHECK(seen[i] == cases[i].expected);
  CHECK(first_header == ":method: GET");
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].bytes == "hello");
  CHECK(recorder.files[0].name == "/a/b?c=d");
  CHECK(recorder.files[0].complete);
  CHECK(recorder.oddities.empty());
  CHECK(recorder.contradictions == 0);
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].event_type == "http");
  CHECK(contains(recorder.records[0].json,
                 R"("http":{"version":"2","request_headers":[{"name":":method","value":"GET"})"));
  CHECK(contains(recorder.records[0].json, R"("status":200,"http2":{"stream_id":1)"));
}

TEST_CASE("Headers come in several frames, padded, with priority and table size") {
  HeaderPacker packer;
  const auto block = bytes_of({0x3f, 0xe1, 0x1f}) + packer.pack(kRequest);  // table of 4096
  const auto padded = bytes_of({3}) + bytes_of({0, 0, 0, 0, 15}) + block.substr(0, 10) + "pad";
  const Flights flights{
      {kServer, kHttp2Preface + frame(kHeaders, kEndStream | kPadded | kHasPriority, 1, padded) +
                    frame(kContinuation, 0, 1, block.substr(10, 5)) +
                    frame(kContinuation, kEndHeaders, 1, block.substr(15))}};
  for (const std::size_t segment : {1U, 4U, 4000U}) {
    CAPTURE(segment);
    Recorder recorder;
    std::string uri;
    std::optional<std::uint64_t> priority, size;
    std::vector<std::uint64_t> types;
    recorder.on_end = [&](Transaction& tx) {
      uri = text_of(tx, Field::http_uri, kServer);
      priority = tx.number(Field::http2_priority, kServer, 0);
      size = tx.number(Field::http2_size_update, kServer, 0);
      for (std::uint32_t i = 0; const auto type = tx.number(Field::http2_frametype, kServer, i);
           ++i)
        types.push_back(*type);
    };
    play_stream(Protocol::http2, flights, segment, recorder);
    CHECK(uri == "/a/b?c=d");
    CHECK(priority == 15);
    CHECK(size == 4096);
    CHECK(types == std::vector<std::uint64_t>{kHeaders, kContinuation});
    CHECK(recorder.oddities.empty());
  }
}

TEST_CASE("Bodies are unpacked as their headers say") {
  const std::string text(30000, 'x');
  Recorder recorder;
  play_stream(Protocol::http2,
              exchange({{":status", "200"}, {"content-encoding", "gzip"}}, gzip(text)), 10,
              recorder);
  REQUIRE(recorder.files.size() == 1);
  CHECK(recorder.files[0].bytes == text);
  CHECK(recorder.bodies[0].bytes == text);
}

TEST_CASE("Long bodies are cut") {
  Recorder cut;
  play_stream(Protocol::http2, exchange(), 100, cut, {.body_depth = 3});
  REQUIRE(cut.files.size() == 1);
  CHECK(cut.files[0].bytes == "hel");
  CHECK(cut.files[0].truncated);
}

TEST_CASE("Frames of the connection are transactions of their own") {
  const auto settings = be16(1) + be16(0) + be16(8192) + be16(99) + be16(0) + be16(7);
  const auto goaway = be16(0) + be16(1) + be16(0) + be16(11);
  Recorder recorder;
  std::vector<std::uint64_t> windows;
  std::optional<std::uint64_t> setting;
  recorder.on_end = [&](Transaction& tx) {
    if (const auto window = tx.number(Field::http2_window, kServer, 0)) windows.push_back(*window);
    if (const auto value = tx.number(Field::http2_settings, kServer, 1)) setting = value;
  };
  play_stream(
      Protocol::http2,
      {{kServer, kHttp2Preface + frame(kSettings, 0, 0, settings) +
                     frame(kWindow, 0, 0, be16(0) + be16(34634)) + frame(kGoaway, 0, 0, goaway)}},
      5, recorder);
  REQUIRE(recorder.records.size() == 2);
  CHECK(recorder.records[0].json ==
        R"({"http":{"version":"2","http2":{"stream_id":0,"request":{"settings":[)"
        R"({"settings_id":"SETTINGSHEADERTABLESIZE","settings_value":8192},)"
        R"({"settings_id":99,"settings_value":7}]},"response":{}}}})");
  CHECK(contains(recorder.records[1].json, R"("request":{"error_code":"ENHANCEYOURCALM"})"));
  CHECK(windows == std::vector<std::uint64_t>{34634});
  CHECK(setting == (std::uint64_t{99} << 32 | 7));
}

TEST_CASE("A reset ends a stream and is in its record") {
  HeaderPacker packer;
  Recorder recorder;
  play_stream(Protocol::http2,
              {{kServer, kHttp2Preface + frame(kHeaders, kEndHeaders, 1, packer.pack(kRequest)) +
                             frame(kPriority, 0, 1, be16(0) + be16(0) + bytes_of({9})) +
                             frame(kReset, 0, 1, be16(0) + be16(8))}},
              100, recorder);
  REQUIRE(recorder.records.size() == 1);
  CHECK(contains(recorder.records[0].json, R"("request":{"error_code":"CANCEL","priority":9})"));
}

TEST_CASE("A promised stream has the request that the server made up, and its answer") {
  HeaderPacker server;
  Recorder recorder;
  const auto promise = be16(0) + be16(2) + server.pack({{":method", "GET"}, {":path", "/pushed"}});
  const auto answer = server.pack({{":status", "200"}});
  play_stream(Protocol::http2,
              {{kServer, kHttp2Preface},
               {kClient, frame(kPush, kEndHeaders, 1, promise) +
                             frame(kHeaders, kEndHeaders | kEndStream, 2, answer)}},
              3, recorder);
  REQUIRE(recorder.records.size() >= 1);
  CHECK(contains(recorder.records[0].json, R"("url":"/pushed","status":200)"));
}

TEST_CASE("A conversation that came from HTTP/1 has its first answer in stream 1") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  const auto parser = spec_of(Protocol::http2).make(*pool, {});
  parser->upgraded_from(Protocol::http1, {});
  HeaderPacker server;
  Recorder recorder;
  parser->consume(kServer, as_bytes(kHttp2Preface), recorder);
  const auto answer =
      frame(kHeaders, kEndHeaders | kEndStream, 1, server.pack({{":status", "404"}}));
  parser->consume(kClient, as_bytes(answer), recorder);
  REQUIRE(recorder.records.size() == 1);
  CHECK(contains(recorder.records[0].json, R"("status":404)"));
}

TEST_CASE("The request that asked for HTTP/2 in HTTP/1 is stream 1's") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  const auto parser = spec_of(Protocol::http2).make(*pool, {});
  parser->upgraded_from(
      Protocol::http1,
      {.method = as_bytes("GET"), .uri = as_bytes("/robots.txt"), .host = as_bytes("a.example")});
  HeaderPacker server;
  Recorder recorder;
  std::vector<std::string> seen;
  recorder.on_stage = [&](Transaction& tx, Direction direction) {
    if (direction == kServer && tx.stage(kServer) == 2)
      seen = {text_of(tx, Field::http_uri, kServer), text_of(tx, Field::http_host, kServer)};
  };
  parser->consume(
      kClient,
      as_bytes(frame(kHeaders, kEndHeaders | kEndStream, 1, server.pack({{":status", "200"}}))),
      recorder);
  CHECK(seen == std::vector<std::string>{"/robots.txt", "a.example"});
  REQUIRE(recorder.records.size() == 1);
  CHECK(contains(recorder.records[0].json, R"("url":"/robots.txt","status":200)"));
}

TEST_CASE("A gap that ends a DATA frame leaves the conversation readable") {
  const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
  const auto parser = spec_of(Protocol::http2).make(*pool, {});
  HeaderPacker client, server;
  Recorder recorder;
  parser->consume(
      kServer,
      as_bytes(kHttp2Preface + frame(kHeaders, kEndHeaders | kEndStream, 1, client.pack(kRequest))),
      recorder);
  const auto data = frame(kData, kEndStream, 1, "0123456789");
  parser->consume(kClient,
                  as_bytes(frame(kHeaders, kEndHeaders, 1, server.pack({{":status", "200"}})) +
                           data.substr(0, data.size() - 4)),
                  recorder);
  CHECK(parser->gap(kClient, 4, recorder));
  CHECK(recorder.records.size() == 1);
}

TEST_CASE("What is odd about frames and headers is named") {
  HeaderPacker ok, user, again;
  auto with_user = kRequest;
  with_user[3].second = "user@example.com";
  with_user.emplace_back("host", "other.example");
  const auto user_block = user.pack(with_user);
  const auto again_block = again.pack(kRequest);
  struct Case {
    const char* what;
    std::string bytes;
    const char* oddity;
  };
  const Case cases[] = {
      {"user", frame(kHeaders, kEndHeaders | kEndStream, 1, user_block), "http2.userinfo_in_uri"},
      {"two hosts", frame(kHeaders, kEndHeaders | kEndStream, 1, user_block),
       "http2.authority_host_mismatch"},
      {"bad header", frame(kHeaders, kEndHeaders, 1, bytes_of({0xff, 0xff, 0xff, 0xff, 0x7f})),
       "http2.invalid_header"},
      {"cut header", frame(kHeaders, kEndHeaders, 1, bytes_of({0x40, 5, 'a'})),
       "http2.invalid_header"},
      {"data of nothing", frame(kData, 0, 0, "x"), "http2.data_stream_zero"},
      {"long data", frame(kData, 0, 1, std::string(16385, 'x')), "http2.long_frame_data"},
      {"half a setting", frame(kSettings, 0, 0, "abcd"), "http2.invalid_frame_length"},
      {"padding beyond", frame(kData, kPadded, 1, bytes_of({9, 1})), "http2.invalid_frame_data"},
      {"continuation of nothing", frame(kContinuation, 0, 1, "x"), "http2.invalid_frame_data"},
      {"priority missing", frame(kHeaders, kHasPriority, 1, "abc"), "http2.invalid_frame_data"},
      {"stream again",
       frame(kHeaders, kEndHeaders, 3, again_block) + frame(kReset, 0, 3, be16(0) + be16(8)) +
           frame(kHeaders, kEndHeaders, 3, again.pack(kRequest)),
       "http2.stream_id_reuse"},
  };
  for (const auto& [what, bytes, oddity] : cases) {
    CAPTURE(what);
    Recorder recorder;
    play_stream(Protocol::http2, {{kServer, kHttp2Preface + bytes}}, 6, recorder);
    CHECK(recorder.has_oddity(oddity));
    CHECK(recorder.contradictions == 0);
  }
  Recorder recorder;
  CHECK(play_stream(Protocol::http2, {{kServer, "PRI * HTTP/3.0"}}, 100, recorder) ==
        ParseStatus::failed);
  CHECK(recorder.has_oddity("http2.invalid_client_magic"));
}

TEST_CASE("Streams that never end and headers that swell stay within bounds") {
  HeaderPacker packer;
  std::string many = kHttp2Preface;
  for (std::uint32_t i = 0; i < 300; ++i)
    many += frame(kHeaders, kEndHeaders, 1 + 2 * i, packer.pack({{":path", "/"}}));
  Recorder recorder;
  play_stream(Protocol::http2, {{kServer, many}}, 1000, recorder);
  CHECK(recorder.has_oddity("http2.too_many_streams"));
  CHECK(recorder.records.size() == 300);
  // One field of 3 KiB in the table, then named by a byte each.
  HeaderPacker bomb;
  const auto block = bomb.pack({{"x", std::string(3000, 'b')}}) + std::string(15000, '\xbe');
  Recorder swollen;
  play_stream(Protocol::http2,
              {{kServer, kHttp2Preface + frame(kHeaders, kEndHeaders | kEndStream, 1, block)}},
              5000, swollen);
  CHECK(swollen.has_oddity("http2.reassembly_limit_reached"));
}

TEST_CASE("Of a flood the oddity is named, and nothing more is read") {
  constexpr int kPing = 6;
  HeaderPacker packer;
  std::string block = frame(kHeaders, 0, 1, packer.pack(kRequest));
  for (int i = 0; i < 40; ++i)
    block += frame(kContinuation, 0, 1, packer.pack({{"x-pad", std::string(16000, 'a')}}));
  const auto times = [](int count, const std::string& bytes) {
    std::string out;
    for (int i = 0; i < count; ++i) out += bytes;
    return out;
  };
  const std::pair<std::string, std::string> cases[] = {
      {"http2.header_block_flood", block},
      {"http2.control_flood", times(513, frame(kPing, 0, 0, "pingpong"))},
      {"http2.empty_frame_flood", times(129, frame(kData, 0, 1, ""))},
      {"http2.reset_flood", times(1001, frame(kReset, 0, 1, std::string(4, 8)))},
      {"http2.priority_flood", times(129, frame(kPriority, 0, 1, std::string(5, 0)))},
  };
  for (const auto& [oddity, bytes] : cases) {
    CAPTURE(oddity);
    Recorder recorder;
    CHECK(play_stream(Protocol::http2, {{kServer, kHttp2Preface + bytes}}, 1460, recorder) ==
          ParseStatus::failed);
    CHECK(recorder.has_oddity(oddity));
    CHECK(recorder.contradictions == 0);
  }
}

TEST_CASE(
    "DNS messages in bodies and paths are DNS transactions of a conversation that became DoH") {
  const auto question = bytes_of({0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3}) + "www" + bytes_of({7}) +
                        "example" + bytes_of({3}) + "com" + bytes_of({0, 0, 1, 0, 1});
  const std::string encoded = "AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB";  // the same
  struct Case {
    const char* what;
    HeaderFields request;
    std::string body;
  };
  const Case cases[] = {
      {"body",
       {{":method", "POST"}, {":path", "/q"}, {"content-type", "application/dns-message"}},
       question},
      {"path",
       {{":method", "GET"},
        {":path", "/q?a=b&dns=" + encoded},
        {"accept", "application/dns-message"}},
       ""},
  };
  for (const auto& [what, request, body] : cases) {
    CAPTURE(what);
    const auto pool = *MemoryPool::create(MemoryPool::kLargestBlock);
    const auto parser = spec_of(Protocol::http2).make(*pool, {});
    Recorder recorder;
    std::string name;
    recorder.on_end = [&](Transaction& tx) {
      if (const auto asked = text_of(tx, Field::dns_query, kServer); asked != "<none>")
        name = asked;
    };
    HeaderPacker packer;
    const auto bytes = kHttp2Preface + frame(kHeaders, kEndHeaders, 1, packer.pack(request)) +
                       frame(kData, kEndStream, 1, body);
    CHECK(parser->became() == Protocol::unknown);
    parser->consume(kServer, as_bytes(bytes), recorder);
    CHECK(name == "www.example.com");
    REQUIRE_FALSE(recorder.records.empty());
    CHECK(recorder.records[0].event_type == "dns");
    CHECK(contains(recorder.records[0].json, R"("rrname":"www.example.com")"));
    CHECK(parser->became() == Protocol::doh2);
  }
}

TEST_CASE("HTTP/2 is recognised by the client's preface and the server's settings") {
  struct Case {
    const char* what;
    std::string bytes;
    Direction direction;
    Likeness expected;
  };
  const Case cases[] = {
      {"preface", kHttp2Preface, kServer, Likeness::yes},
      {"begin of it", "PRI *", kServer, Likeness::maybe},
      {"request", "GET / HTTP/1.1\r\n", kServer, Likeness::no},
      {"settings", frame(kSettings, 0, 0, std::string(12, 's')), kClient, Likeness::yes},
      {"half a header", frame(kSettings, 0, 0, "").substr(0, 5), kClient, Likeness::maybe},
      {"other frame", frame(kHeaders, 0, 1, ""), kClient, Likeness::no},
  };
  for (const auto& [what, bytes, direction, expected] : cases) {
    CAPTURE(what);
    CHECK(spec_of(Protocol::http2).probe({as_bytes(bytes), direction, 80, 40000}) == expected);
  }
}
