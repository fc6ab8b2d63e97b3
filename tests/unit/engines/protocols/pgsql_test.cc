#include <catch2/catch.hpp>

#include "hello_builder.h"
#include "protocol_support.h"
#include "recorder.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;
using Flights = std::vector<std::pair<Direction, std::string>>;

std::string be32(std::size_t value) { return be16(value >> 16) + be16(value & 0xffff); }
std::string zero(const std::string& value) { return value + '\0'; }
std::string startup(std::size_t code, const std::string& body) {
  return be32(body.size() + 8) + be32(code) + body;
}
std::string message(char type, const std::string& body) {
  return type + be32(body.size() + 4) + body;
}
std::string hello() {
  return startup(0x30000, zero("user") + zero("me") + zero("database") + zero("db") + '\0');
}
const std::string kSsl = startup(80877103, "");
const std::string kReady = message('Z', "I");

}  // namespace

TEST_CASE("Each request of PostgreSQL is a record with what was said to it") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 9}));
  const std::string row = be16(2) + be32(3) + "abc" + be32(0xffffffff);
  const Flights flights = {
      {kServer, kSsl},
      {kClient, "N"},
      {kServer, hello()},
      {kClient, message('R', be32(5) + "salt")},
      {kServer, message('p', zero("md5x"))},
      {kClient, message('R', be32(0)) + message('S', zero("DateStyle") + zero("ISO, MDY")) +
                    message('K', be32(61) + be32(7)) + kReady},
      {kServer, message('Q', zero("select 1"))},
      {kClient, message('T', be16(2)) + message('D', row) + message('D', row) +
                    message('C', zero("SELECT 2")) + kReady},
      {kServer, message('Q', zero("nonsense"))},
      {kClient, message('E', "SERROR" + std::string(1, '\0') + "C42601" + std::string(1, '\0') +
                                 "Msyntax" + std::string(2, '\0')) +
                    kReady},
      {kServer, message('X', "")},
  };
  const std::string expected[] = {
      R"({"pgsql":{"tx_id":1,"request":{"message":"SSL Request"},"response":{"ssl_accepted":false}}})",
      R"({"pgsql":{"tx_id":2,"request":{"protocol_version":"3.0","startup_parameters":{"user":"me","optional_parameters":[{"database":"db"}]}},"response":{"authentication_md5_password":"salt"}}})",
      R"({"pgsql":{"tx_id":3,"request":{"password_redacted":true},"response":{"message":"authentication_ok","parameter_status":[{"date_style":"ISO, MDY"}],"process_id":61,"secret_key":7}}})",
      R"({"pgsql":{"tx_id":4,"request":{"simple_query":"select 1"},"response":{"field_count":2,"data_rows":2,"data_size":6,"command_completed":"SELECT 2"}}})",
      R"({"pgsql":{"tx_id":5,"request":{"simple_query":"nonsense"},"response":{"severity_localizable":"ERROR","code":"42601","message":"syntax"}}})",
      R"({"pgsql":{"tx_id":6,"request":{"message":"termination_message"}}})",
  };
  CAPTURE(segment);
  Recorder recorder;
  std::vector<std::string> queries;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    const auto query = text_of(transaction, Field::pgsql_query, direction);
    if (query != "<none>") queries.push_back(query);
  };
  CHECK(play_stream(Protocol::pgsql, flights, segment, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i)
    CHECK(recorder.records[i].json == expected[i]);
  CHECK(queries == std::vector<std::string>{"select 1", "nonsense"});
}

TEST_CASE("PostgreSQL passwords are recorded only when asked for") {
  ParserOptions options;
  options.record_sql_passwords = true;
  const Flights flights = {{kServer, hello()},
                           {kClient, message('R', be32(3))},
                           {kServer, message('p', zero("secret"))}};
  Recorder recorder;
  play_stream(Protocol::pgsql, flights, 0, recorder, options);
  REQUIRE(recorder.records.size() == 2);
  CHECK(recorder.records[1].json == R"({"pgsql":{"tx_id":2,"request":{"password":"secret"}}})");
}

TEST_CASE("PostgreSQL hands over to TLS, cancels, and names what is malformed") {
  struct Case {
    Flights flights;
    ParseStatus status;
    const char* oddity;
    const char* record;
  };
  const Case cases[] = {
      {{{kServer, kSsl}, {kClient, "S"}}, ParseStatus::upgraded, "", R"("ssl_accepted":true)"},
      {{{kServer, startup(80877102, be32(28954) + be32(9))}},
       ParseStatus::ok,
       "",
       R"({"message":"cancel_request","process_id":28954,"secret_key":9})"},
      {{{kServer, startup(0xff00ff, "")}}, ParseStatus::failed, "pgsql.malformed_request", ""},
      {{{kServer, hello() + message('?', "")}}, ParseStatus::failed, "pgsql.malformed_request", ""},
      {{{kServer, hello()}, {kClient, message('?', "")}},
       ParseStatus::failed,
       "pgsql.malformed_response",
       ""},
  };
  for (const auto& [flights, status, oddity, record] : cases) {
    CAPTURE(oddity, record);
    Recorder recorder;
    CHECK(play_stream(Protocol::pgsql, flights, 0, recorder) == status);
    if (*oddity != '\0') CHECK(recorder.has_oddity(oddity));
    if (*record == '\0') continue;
    REQUIRE(recorder.records.size() == 1);
    CHECK(recorder.records[0].json.find(record) != std::string::npos);
  }
}

TEST_CASE("Statements of PostgreSQL's extended protocol are queries for rules") {
  Recorder recorder;
  std::string query;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    const auto value = text_of(transaction, Field::pgsql_query, direction);
    if (value != "<none>") query = value;
  };
  play_stream(Protocol::pgsql,
              {{kServer, hello() + message('P', zero("name") + zero("select $1") + be16(0)) +
                             message('S', "")}},
              4, recorder);
  CHECK(query == "select $1");
  CHECK(recorder.records.size() == 1);
}

TEST_CASE("PostgreSQL is recognised by the code of its first message") {
  const auto of = [](const std::string& bytes, std::uint16_t port) {
    return spec_of(Protocol::pgsql).probe({as_bytes(bytes), kServer, port, 40000});
  };
  CHECK(of(kSsl, 80) == Likeness::yes);
  CHECK(of(hello(), 80) == Likeness::yes);
  CHECK(of(kSsl.substr(0, 5), 80) == Likeness::maybe);
  CHECK(of(startup(0xff00ff, ""), 5432) == Likeness::yes);
  CHECK(of(startup(0xff00ff, ""), 80) == Likeness::no);
  CHECK(of("GET / HTTP/1.1", 5432) == Likeness::no);
}
