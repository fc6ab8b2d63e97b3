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

/// CRC-16/DNP bit by bit.
std::string crc(const std::string& bytes) {
  unsigned value = 0;
  for (const char c : bytes) {
    value ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) value = (value & 1) != 0 ? value >> 1 ^ 0xa6bcu : value >> 1;
  }
  value = ~value & 0xffff;
  return bytes_of({static_cast<int>(value & 255), static_cast<int>(value >> 8)});
}

/// A link frame with user data; `transport`: FIR, FIN and sequence.
std::string frame(bool from_master, int transport, const std::string& data) {
  std::string head = bytes_of(
      {5, 0x64, static_cast<int>(data.size()) + 6, from_master ? 0xc4 : 0x44, 10, 0, 1, 0});
  std::string all = head + crc(head), user = bytes_of({transport}) + data;
  for (std::size_t at = 0; at < user.size(); at += 16)
    all += user.substr(at, 16) + crc(user.substr(at, 16));
  return all;
}
std::string request(const std::string& application) { return frame(true, 0xc0, application); }
std::string response(const std::string& application) { return frame(false, 0xc0, application); }

const std::string kStart =
    R"({"control":{"dir":true,"pri":true,"fcb":false,"fcv":false,"function_code":4},"src":1,"dst":10,)";

}  // namespace

TEST_CASE("The CRC of DNP3 is that of a captured frame") {
  CHECK(crc(bytes_of({5, 0x64, 0x11, 0xc4, 10, 0, 1, 0})) == bytes_of({6, 0x15}));
}

TEST_CASE("DNP3 requests and responses are records with their objects") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 13}));
  struct Case {
    const char* what;
    Direction direction;
    std::string bytes;
    std::string part;  // of the record
  };
  const Case cases[] = {
      {"all objects of a class", kServer, request(bytes_of({0xc0, 21, 60, 2, 6})),
       R"("application":{"control":{"fir":true,"fin":true,"con":false,"uns":false,"sequence":0},"function_code":21,"objects":[{"group":60,"variation":2,"qualifier":6,"prefix_code":0,"range_code":6,"start":0,"stop":0,"count":0}],"complete":true}})"},
      {"packed bits", kServer, request(bytes_of({0xc1, 2, 80, 1, 0, 7, 7, 0})),
       R"("start":7,"stop":7,"count":1,"points":[{"prefix":0,"index":7,"state":0}])"},
      {"a relay", kServer,
       request(bytes_of({0xc1, 3, 12, 1, 40, 1, 0, 1, 0, 3, 1, 100, 0, 0, 0, 100, 0, 0, 0, 0})),
       R"("points":[{"prefix":1,"index":1,"op_type":3,"qu":0,"cr":0,"tcc":0,"count":1,"ontime":100,"offtime":100,"status_code":0,"reserved":0}])"},
      {"a time", kServer, request(bytes_of({0xc1, 2, 50, 1, 7, 1, 0xff, 0xff, 0, 0, 0, 0})),
       R"("points":[{"prefix":0,"index":0,"timestamp":65535}])"},
      {"an input that restarted", kClient,
       response(bytes_of({0xc1, 129, 0x80, 0, 1, 2, 0, 0, 0, 2})),
       R"("points":[{"prefix":0,"index":0,"online":0,"restart":1,"comm_lost":0,"remote_forced":0,"local_forced":0,"chatter_filter":0,"reserved":0,"state":0}]}],"complete":true},"iin":{"indicators":["device_restart"]}})"},
      {"an analog value", kClient,
       response(bytes_of({0xc1, 129, 0, 0, 30, 1, 0, 3, 3, 1, 0xfe, 0xff, 0xff, 0xff})),
       R"("index":3,"online":1,"restart":0,"comm_lost":0,"remote_forced":0,"local_forced":0,"over_range":0,"reference_err":0,"reserved0":0,"value":-2})"},
      {"unsolicited", kClient, response(bytes_of({0xf0, 130, 0, 0})),
       R"("type":"unsolicited_response")"},
      {"a file's status", kClient,
       response(bytes_of({0xc1, 129, 0, 0, 70, 4, 0x5b, 1, 13, 0}) + std::string(8, '\0') +
                bytes_of({0, 0, 30, 0, 2})),
       R"("points":[{"prefix":13,"index":0,"size":13,"file_handle":0,"file_size":0,"maximum_block_size":0,"request_id":30,"status_code":2,"optional_text":""}])"},
  };
  for (const auto& [what, direction, bytes, part] : cases) {
    CAPTURE(what, segment);
    Recorder recorder;
    CHECK(play_stream(Protocol::dnp3, {{direction, bytes}}, segment, recorder) == ParseStatus::ok);
    REQUIRE(recorder.records.size() == 1);
    CAPTURE(recorder.records[0].json);
    CHECK(recorder.records[0].json.find(part) != std::string::npos);
    CHECK(recorder.oddities.empty());
  }
}

TEST_CASE("A DNP3 fragment is put together from segments; fields are those of the whole") {
  Recorder recorder;
  std::vector<std::uint64_t> numbers;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    for (const auto field : {Field::dnp3_func, Field::dnp3_ind, Field::dnp3_obj})
      for (std::uint32_t i = 0; i < (field == Field::dnp3_obj ? 3u : 1u); ++i)
        numbers.push_back(transaction.number(field, direction, i).value_or(9999));
    CHECK(text_of(transaction, Field::dnp3_data, direction).size() == 16);
    CHECK(Recorder::json_of(transaction, 0).find(R"("dnp3":{"response":{"type":)") !=
          std::string::npos);
  };
  play_stream(Protocol::dnp3,
              {{kClient, frame(false, 0x40, bytes_of({0xc1, 129, 0x10, 1, 1, 2, 0, 0, 0})) +
                             frame(false, 0x81, bytes_of({1, 80, 1, 0, 7, 7, 0}))}},
              5, recorder);
  CHECK(numbers == std::vector<std::uint64_t>{129, 0x1001, 0x102, 0x5001, 9999});
}

TEST_CASE("What is odd about DNP3 is named") {
  std::string bad_head = request(bytes_of({0xc0, 1}));
  bad_head[8] ^= 1;
  std::string bad_block = request(bytes_of({0xc0, 1}));
  bad_block.back() = static_cast<char>(bad_block.back() ^ 1);
  const std::string short_head = bytes_of({5, 0x64, 3, 0xc4, 10, 0, 1, 0});
  std::string many;
  for (int i = 0; i < 33; ++i) many += request(bytes_of({0xc0, 1}));
  struct Case {
    std::string bytes;
    const char* oddity;
  };
  const Case cases[] = {
      {bad_head, "dnp3.bad_link_crc"},
      {bad_block, "dnp3.bad_transport_crc"},
      {short_head + crc(short_head), "dnp3.len_too_small"},
      {request(bytes_of({0xc0, 2, 99, 1, 0, 0, 0, 1})), "dnp3.unknown_object"},
      {request(bytes_of({0xc0, 2, 1, 2, 0, 0, 9, 1})), "dnp3.malformed"},
      {request(bytes_of({0xc0, 1, 1, 2, 1, 0, 0, 0xff, 0xff})), "dnp3.too_many_points"},
      {many, "dnp3.flooded"},
  };
  for (const auto& [bytes, oddity] : cases) {
    CAPTURE(oddity);
    Recorder recorder;
    play_stream(Protocol::dnp3, {{kServer, bytes}}, 0, recorder);
    CHECK(recorder.has_oddity(oddity));
  }
}

TEST_CASE("DNP3's floating point values are in records") {
  Recorder recorder;
  // an analog input, single precision: 1.5; then double precision: -2
  const auto single = bytes_of({0xc0, 129, 0, 0, 30, 5, 0, 0, 0, 1, 0, 0, 0xc0, 0x3f});
  const auto twice = bytes_of({0xc0, 129, 0, 0, 30, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xc0});
  play_stream(Protocol::dnp3,
              {{kServer, request(bytes_of({0xc0, 1}))},
               {kClient, response(single)},
               {kClient, response(twice)}},
              0, recorder);
  REQUIRE(recorder.records.size() == 3);
  CHECK(recorder.records[1].json.find("\"value\":1.5}") != std::string::npos);
  CHECK(recorder.records[2].json.find("\"value\":-2.0}") != std::string::npos);
}

TEST_CASE("DNP3 is recognised by its start bytes, and who is the master by the direction bit") {
  const auto of = [](const std::string& bytes, Direction direction) {
    return spec_of(Protocol::dnp3).probe({as_bytes(bytes), direction, 20000, 40000});
  };
  CHECK(of(request("xy"), kServer) == Likeness::yes);
  CHECK(of(response("xy"), kClient) == Likeness::yes);
  CHECK(of(response("xy"), kServer) == Likeness::reversed);
  CHECK(of("\x05", kServer) == Likeness::maybe);
  CHECK(of("\x05\x65", kServer) == Likeness::no);
}
