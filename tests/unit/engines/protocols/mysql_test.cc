#include <catch2/catch.hpp>

#include "hello_builder.h"
#include "recorder.h"
#include "wire.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;

std::string packet(unsigned sequence, const std::string& payload) {
  return le(payload.size(), 3) + le(sequence, 1) + payload;
}
std::string text(const std::string& value) { return le(value.size(), 1) + value; }

const std::string kGreeting =
    packet(0,
           "\x0a"
           "8.0.32" +
               std::string(1, '\0') + le(7, 4) + "saltsalt" + std::string(1, '\0') + le(0xffff, 2) +
               std::string(13, '\0') + "moresaltmore" + std::string(1, '\0'));
std::string login(unsigned capabilities) {
  return packet(1, le(capabilities, 4) + le(1 << 24, 4) + std::string(24, '\0') + "me" +
                       std::string(2, '\0'));
}
constexpr unsigned kPlain = 0x0200;
const std::string kOk = bytes_of({0, 0, 0, 2, 0, 0, 0});
const std::string kPlainEnd = bytes_of({0xfe, 0, 0, 2, 0});
const std::string kOkEnd = bytes_of({0xfe, 0, 0, 2, 0, 0, 0});

std::vector<Said> logged_in() {
  return {{kClient, kGreeting}, {kServer, login(kPlain)}, {kClient, packet(2, kOk)}};
}
std::vector<Said> after_login(const std::vector<Said>& more) {
  auto said = logged_in();
  said.insert(said.end(), more.begin(), more.end());
  return said;
}
std::string query(const std::string& sql) { return packet(0, "\x03" + sql); }

Likeness probed(const std::string& bytes, Direction direction, std::uint16_t port) {
  return spec_of(Protocol::mysql, true)->probe({as_bytes(bytes), direction, port, 40000});
}

}  // namespace

TEST_CASE("A query's rows are its record's, with both forms of end marks, whole or in pieces") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 9}));
  const auto deprecated = GENERATE(true, false);
  std::string answer = packet(1, "\x02") + packet(2, text("def")) + packet(3, text("def"));
  unsigned next = 4;
  if (!deprecated) answer += packet(next++, kPlainEnd);
  answer += packet(next, text("a") + "\xfb") + packet(next + 1, text("b") + text("c"));
  answer += packet(next + 2, deprecated ? kOkEnd : kPlainEnd);
  Recorder recorder;
  std::vector<std::string> seen;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    seen.push_back(text_of(transaction, Field::mysql_command, direction));
    if (direction == kClient) seen.push_back(text_of(transaction, Field::mysql_rows, direction, 1));
  };
  CHECK(play(Protocol::mysql, true,
             after_login({{kServer, query("select 1")},
                          {kClient, answer},
                          {kServer, packet(0, "\x0e")},
                          {kClient, packet(1, kOk)},
                          {kServer, packet(0, "\x01")}}),
             segment, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 4);
  CHECK(json_of(recorder, 0)["mysql"] ==
        nlohmann::json::parse(R"({"version":"8.0.32","tls":false})"));
  CHECK(json_of(recorder, 1)["mysql"] ==
        nlohmann::json::parse(
            R"({"version":"8.0.32","tls":false,"command":"select 1","rows":["a,NULL","b,c"]})"));
  CHECK(json_of(recorder, 2)["mysql"]["command"] == "ping");
  CHECK(json_of(recorder, 3)["mysql"]["command"] == "quit");
  CHECK(seen == std::vector<std::string>{"<none>", "<none>", "<none>", "select 1", "<none>", "b,c",
                                         "ping", "<none>", "<none>", "quit", "<none>", "<none>"});
  CHECK(recorder.oddities.empty());
}

TEST_CASE("An answer ends where it does, so that the next belongs to the next command") {
  const std::string more = bytes_of({0xfe, 0, 0, 8, 0});
  const std::string ok_more = bytes_of({0, 0, 0, 8, 0, 0, 0});
  const std::string one_column = packet(1, "\x01") + packet(2, text("def")) + packet(3, kPlainEnd);
  struct Case {
    const char* what;
    std::string command, answer;
  };
  const Case cases[] = {
      {"an error", query("x"), packet(1, "\xff\x28\x04#42000no")},
      {"an error within rows", query("x"), one_column + packet(4, "\xff\x28\x04#42000no")},
      {"no rows", query("x"), packet(1, "\x01") + packet(2, text("def")) + packet(3, kOkEnd)},
      {"two results", query("x"),
       one_column + packet(4, text("r")) + packet(5, more) + packet(6, kOk)},
      {"two effects", query("x"), packet(1, ok_more) + packet(2, kOk)},
      {"a file", query("x"), packet(1, "\xfb/etc/passwd") + packet(3, kOk)},
      {"a statement", packet(0, "\x16select ?"),
       packet(1, bytes_of({0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0})) + packet(2, text("def")) +
           packet(3, kPlainEnd) + packet(4, text("def")) + packet(5, kPlainEnd)},
      {"its rows", packet(0, bytes_of({0x17, 1, 0, 0, 0})),
       one_column + packet(4, bytes_of({0, 0, 5})) + packet(5, kPlainEnd)},
      {"fields", packet(0, "\x04t"), packet(1, text("def")) + packet(2, kPlainEnd)},
      {"statistics", packet(0, "\x09"), packet(1, "Uptime: 5")},
  };
  for (const auto& [what, command, answer] : cases) {
    CAPTURE(what);
    Recorder recorder;
    play(Protocol::mysql, true,
         after_login({{kServer, command},
                      {kClient, answer},
                      {kServer, query("last")},
                      {kClient, packet(1, "\x01") + packet(2, text("def")) + packet(3, kPlainEnd) +
                                    packet(4, text("mine")) + packet(5, kPlainEnd)}}),
         0, recorder);
    REQUIRE(recorder.records.size() == 3);
    CHECK(json_of(recorder, 2)["mysql"]["command"] == "last");
    CHECK(json_of(recorder, 2)["mysql"]["rows"] == nlohmann::json::parse(R"(["mine"])"));
  }
}

TEST_CASE("A login that asks for TLS hands over, one that compresses is enough") {
  Recorder recorder;
  const auto pool = *MemoryPool::create(std::size_t{8} << 20);
  {
    const auto parser = spec_of(Protocol::mysql, true)->make(*pool, {});
    CHECK(parser->consume(kClient, as_bytes(kGreeting), recorder) == ParseStatus::ok);
    const auto ask = packet(1, le(0x0a00, 4) + std::string(28, '\0'));
    const auto both = ask + "\x16\x03\x01hello";
    CHECK(parser->consume(kServer, as_bytes(both), recorder) == ParseStatus::upgraded);
    CHECK(parser->consumed() == ask.size());
    CHECK(parser->next_protocol() == Protocol::tls);
    REQUIRE(recorder.records.size() == 1);
    CHECK(json_of(recorder, 0)["mysql"]["tls"] == true);
  }
  CHECK(pool->used_bytes() == 0);
  Recorder packed;
  CHECK(play(Protocol::mysql, true,
             {{kClient, kGreeting}, {kServer, login(0x0220)}, {kClient, packet(4, kOk)}}, 0,
             packed) == ParseStatus::enough);
  Recorder refused;
  CHECK(play(Protocol::mysql, true,
             {{kClient, kGreeting},
              {kServer, login(kPlain)},
              {kClient, packet(2, "\xff\x15\x04#28000no")}},
             0, refused) == ParseStatus::enough);
  CHECK(refused.records.size() == 1);
}

TEST_CASE("A conversation begun before is read from its next command") {
  Recorder recorder;
  CHECK(play(Protocol::mysql, true,
             {{kClient, packet(3, text("rest"))},
              {kServer, query("select 2")},
              {kClient, packet(1, kOk)}},
             0, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["mysql"] ==
        nlohmann::json::parse(R"({"tls":false,"command":"select 2"})"));
}

TEST_CASE("What is odd about MySQL is named, and long values are cut") {
  Recorder bad;
  CHECK(play(Protocol::mysql, true, after_login({{kServer, packet(0, "\x77")}}), 0, bad) ==
        ParseStatus::failed);
  CHECK(bad.has_oddity("mysql.malformed_request"));
  Recorder many;
  std::vector<Said> said = logged_in();
  for (int i = 0; i < 33; ++i) said.push_back({kServer, query("x")});
  play(Protocol::mysql, true, said, 0, many);
  CHECK(many.has_oddity("mysql.too_many_transactions"));
  Recorder large;
  std::size_t kept = 0;
  large.on_stage = [&](Transaction& transaction, Direction direction) {
    const auto command = text_of(transaction, Field::mysql_command, direction);
    kept = std::max(kept, command.size());
  };
  const std::string sql(200'000, 'x');
  std::string rows = packet(1, "\x01") + packet(2, text("def")) + packet(3, kPlainEnd);
  for (unsigned i = 0; i < 1000; ++i) rows += packet(4 + i, text(std::string(100, 'r')));
  play(Protocol::mysql, true,
       after_login({{kServer, query(sql)},
                    {kClient, rows + packet(9, kPlainEnd)},
                    {kServer, query("select 3")},
                    {kClient, packet(1, kOk)}}),
       5000, large);
  CHECK(kept == 64 * 1024 - 5);
  REQUIRE(large.records.size() == 3);
  CHECK(large.records[2].json.find("select 3") != std::string::npos);
}

TEST_CASE("MySQL is recognised by the server's greeting, and by its port") {
  CHECK(probed(kGreeting, kClient, 5000) == Likeness::yes);
  CHECK(probed(kGreeting, kServer, 5000) == Likeness::reversed);
  CHECK(probed(kGreeting.substr(0, 3), kClient, 3306) == Likeness::maybe);
  CHECK(probed(query("select 1"), kServer, 3306) == Likeness::yes);
  CHECK(probed(login(kPlain), kServer, 3306) == Likeness::yes);
  CHECK(probed(query("select 1"), kServer, 5000) == Likeness::no);
  CHECK(probed(query("select 1") + "x", kServer, 3306) == Likeness::no);
  CHECK(probed("SSH-2.0-x\r\n", kClient, 3306) == Likeness::no);
}
