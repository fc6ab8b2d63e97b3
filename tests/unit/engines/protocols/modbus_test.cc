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

/// An application data unit; `pdu` begins with the function code.
std::string unit(int transaction, const std::string& pdu, int protocol = 0) {
  return be(static_cast<unsigned>(transaction), 2) + be(static_cast<unsigned>(protocol), 2) +
         be(pdu.size() + 1, 2) + "\x0a" + pdu;
}

/// What the only request says to a rule; nothing: it has no value.
std::optional<std::uint64_t> asked(const std::string& pdu, Field field, std::uint32_t i = 0) {
  Recorder recorder;
  std::optional<std::uint64_t> value;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    if (direction == kServer) value = transaction.number(field, direction, i);
    CHECK(!transaction.number(field, kClient, 0));
  };
  CHECK(play(Protocol::modbus, true, {{kServer, unit(1, pdu)}}, 0, recorder) == ParseStatus::ok);
  return value;
}

Likeness probed(const std::string& bytes, Direction direction, std::uint16_t server_port,
                std::uint16_t client_port = 40000) {
  return spec_of(Protocol::modbus, true)
      ->probe({as_bytes(bytes), direction, server_port, client_port});
}

}  // namespace

TEST_CASE("A Modbus request and its response are one record, whole or in pieces") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 7}));
  Recorder recorder;
  CHECK(play(Protocol::modbus, true,
             {{kServer, unit(7, bytes_of({1, 0, 0, 0, 9}))},
              {kClient, unit(7, bytes_of({1, 2, 'A', 1}))}},
             segment, recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 1);
  CHECK(recorder.records[0].event_type == "modbus");
  CHECK(json_of(recorder, 0)["modbus"] == nlohmann::json::parse(R"({"id":1,
    "request":{"transaction_id":7,"protocol_id":0,"unit_id":10,"function_raw":1,
      "function_code":"RdCoils","access_type":"READ | COILS","category":"PUBLIC_ASSIGNED",
      "error_flags":"NONE","read":{"address":0,"quantity":9}},
    "response":{"transaction_id":7,"protocol_id":0,"unit_id":10,"function_raw":1,
      "function_code":"RdCoils","access_type":"READ | COILS","category":"PUBLIC_ASSIGNED",
      "error_flags":"NONE","read":{"data":"A\u0001"}}})"));
  CHECK(recorder.oddities.empty());
}

TEST_CASE("Each kind of Modbus message shows what it carries") {
  struct Case {
    const char* what;
    std::string request, response, part;
  };
  const Case cases[] = {
      {"one coil", bytes_of({5, 0, 2, 0xff, 0}), bytes_of({5, 0, 2, 0xff, 0}),
       R"("access_type":"WRITE | COILS | SINGLE | WRITE_SINGLE","category":"PUBLIC_ASSIGNED","error_flags":"NONE","write":{"address":2,"data":65280}})"},
      {"registers", bytes_of({16, 0, 1, 0, 2, 4, 'a', 'b', 'c', 'd'}), bytes_of({16, 0, 1, 0, 2}),
       R"("write":{"address":1,"quantity":2,"data":"abcd"}})"},
      {"a mask", bytes_of({22, 0, 4, 0, 0xf2, 0, 0x25}), bytes_of({22, 0, 4, 0, 0xf2, 0, 0x25}),
       R"("write":{"address":4,"and_mask":242,"or_mask":37}})"},
      {"read and write", bytes_of({23, 0, 3, 0, 1, 0, 14, 0, 1, 2, 'x', 'y'}),
       bytes_of({23, 2, 0, 1}),
       R"("read":{"address":3,"quantity":1},"write":{"address":14,"quantity":1,"data":"xy"}})"},
      {"a diagnostic", bytes_of({8, 0, 4, 0, 0}), bytes_of({8, 0, 4, 0, 0}),
       R"("diagnostic":{"raw":4,"code":"ForceListenOnlyMode","data":"\u0000\u0000"}})"},
      {"an identification", bytes_of({43, 14, 1, 0}), bytes_of({43, 14, 1, 1, 0, 0, 1, 0, 1, 'x'}),
       R"("mei":{"raw":14,"code":"RdDevId","data":"\u0001\u0000"}})"},
      {"an exception", bytes_of({8, 0, 4, 0, 0}), bytes_of({0x88, 11}),
       R"("function_raw":136,"function_code":"Diagnostic")"},
      {"its code", bytes_of({3, 0, 4, 0, 1}), bytes_of({0x83, 2}),
       R"("exception":{"raw":2,"code":"IllegalDataAddr"}})"},
      {"a user's own", bytes_of({70, 'h', 'i'}), bytes_of({70}),
       R"("function_code":"Unknown","access_type":"NONE","category":"USER_DEFINED","error_flags":"NONE","data":"hi"})"},
  };
  for (const auto& [what, request, response, part] : cases) {
    CAPTURE(what);
    Recorder recorder;
    play(Protocol::modbus, true, {{kServer, unit(1, request)}, {kClient, unit(1, response)}}, 0,
         recorder);
    REQUIRE(recorder.records.size() == 1);
    CAPTURE(recorder.records[0].json);
    CHECK(recorder.records[0].json.find(part) != std::string::npos);
    CHECK(recorder.oddities.empty());
  }
}

TEST_CASE("Rules count Modbus addresses from 1 and see each written value") {
  const auto read = bytes_of({3, 0, 5, 0, 3});
  CHECK(asked(read, Field::modbus_unit) == 10);
  CHECK(asked(read, Field::modbus_function) == 3);
  CHECK(asked(read, Field::modbus_access) == (1 | 32));
  CHECK(asked(read, Field::modbus_category) == 1);
  CHECK(asked(read, Field::modbus_read_first) == 6);
  CHECK(asked(read, Field::modbus_read_last) == 8);
  CHECK(!asked(read, Field::modbus_write_first));
  CHECK(!asked(read, Field::modbus_subfunction));
  CHECK(asked(bytes_of({8, 0, 4, 0, 0}), Field::modbus_subfunction) == 4);

  const auto registers = bytes_of({16, 0, 1, 0, 2, 4, 1, 2, 3, 4});
  CHECK(asked(registers, Field::modbus_write_first) == 2);
  CHECK(asked(registers, Field::modbus_write_last) == 3);
  CHECK(asked(registers, Field::modbus_value, 1) == (3u << 16 | 0x0304));
  CHECK(!asked(registers, Field::modbus_value, 2));
  const auto coils = bytes_of({15, 0, 0, 0, 10, 2, 0, 2});
  CHECK(asked(coils, Field::modbus_value, 9) == (10u << 16 | 1));
  CHECK(asked(coils, Field::modbus_value, 8) == (9u << 16));
  CHECK(asked(bytes_of({6, 0xff, 0xff, 1, 0}), Field::modbus_value) == (65536ull << 16 | 256));
}

TEST_CASE("What is odd about Modbus is named") {
  struct Case {
    std::vector<Said> said;
    const char* oddity;
  };
  const auto read = bytes_of({3, 0, 0, 0, 1});
  const Case cases[] = {
      {{{kServer, unit(1, read, 16)}}, "modbus.invalid_protocol_id"},
      {{{kServer, unit(1, bytes_of({3, 0, 0, 0, 0}))}}, "modbus.invalid_value"},
      {{{kServer, unit(1, bytes_of({1, 0, 0, 0xff, 0}))}}, "modbus.invalid_value"},
      {{{kServer, unit(1, bytes_of({5, 0, 0, 1, 0}))}}, "modbus.invalid_value"},
      {{{kServer, unit(1, bytes_of({8, 0, 1, 5, 5}))}}, "modbus.invalid_value"},
      {{{kServer, unit(1, bytes_of({3, 0, 0}))}}, "modbus.invalid_length"},
      {{{kServer, unit(1, read + "more")}}, "modbus.invalid_length"},
      {{{kServer, unit(1, std::string(300, 'x'))}}, "modbus.invalid_length"},
      {{{kServer, std::string(8, '\0')}}, "modbus.invalid_length"},
      {{{kServer, unit(1, bytes_of({0x83, 0, 0, 0, 1}))}}, "modbus.invalid_function_code"},
      {{{kServer, unit(1, read)}, {kClient, unit(1, bytes_of({0x83, 77}))}},
       "modbus.invalid_exception_code"},
      {{{kServer, unit(1, read)}, {kClient, unit(1, bytes_of({3, 4, 0, 0, 0, 0}))}},
       "modbus.value_mismatch"},
      {{{kServer, unit(1, read)}, {kClient, unit(2, bytes_of({3, 2, 0, 0}))}},
       "modbus.unsolicited_response"},
      {std::vector<Said>(65, {kServer, unit(1, read)}), "modbus.flooded"},
  };
  for (const auto& [said, oddity] : cases) {
    CAPTURE(oddity);
    Recorder recorder;
    play(Protocol::modbus, true, said, 0, recorder);
    CHECK(recorder.has_oddity(oddity));
  }
}

TEST_CASE("Responses belong to the oldest request when all transaction identifiers are one") {
  Recorder recorder;
  play(Protocol::modbus, true,
       {{kServer, unit(0, bytes_of({3, 0, 1, 0, 1})) + unit(0, bytes_of({3, 0, 2, 0, 2}))},
        {kClient, unit(0, bytes_of({3, 2, 0, 0}))},
        {kClient, unit(0, bytes_of({3, 4, 0, 0, 0, 0}))}},
       0, recorder);
  REQUIRE(recorder.records.size() == 2);
  CHECK(recorder.oddities.empty());
  CHECK(json_of(recorder, 1)["modbus"]["id"] == 2);
  CHECK(json_of(recorder, 1)["modbus"]["request"]["read"]["address"] == 2);
}

TEST_CASE("Modbus is recognised by its port, elsewhere by lengths that fit the function") {
  const auto request = unit(1, bytes_of({3, 0, 1, 0, 1}));
  const auto response = unit(1, bytes_of({3, 4, 0, 0, 0, 0}));
  CHECK(probed(request, kServer, 502) == Likeness::yes);
  CHECK(probed(unit(1, bytes_of({99})), kServer, 502) == Likeness::yes);
  CHECK(probed(request, kServer, 40001, 502) == Likeness::reversed);
  CHECK(probed(request, kServer, 5020) == Likeness::yes);
  CHECK(probed(response, kClient, 5020) == Likeness::yes);
  CHECK(probed(response, kServer, 5020) == Likeness::reversed);
  CHECK(probed(request, kClient, 5020) == Likeness::reversed);
  CHECK(probed(request.substr(0, 5), kServer, 502) == Likeness::maybe);
  CHECK(probed(request.substr(0, 5), kServer, 5020) == Likeness::no);
  CHECK(probed(unit(1, bytes_of({99})), kServer, 5020) == Likeness::no);
  CHECK(probed(request + "x and y", kServer, 5020) == Likeness::no);
  CHECK(probed("GET / HTTP/1.1\r\n", kServer, 502) == Likeness::no);
  CHECK(probed(from_hex("000100008804 05 0708091000"), kServer, 502) == Likeness::no);
}
