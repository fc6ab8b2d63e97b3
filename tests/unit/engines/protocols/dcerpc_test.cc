#include <catch2/catch.hpp>

#include "wire.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;
constexpr auto kClient = Direction::to_client;

std::string pdu(int type, int flags, unsigned call, const std::string& body) {
  return le(5, 1) + le(0, 1) + le(static_cast<unsigned>(type), 1) +
         le(static_cast<unsigned>(flags), 1) + from_hex("10000000") + le(16 + body.size(), 2) +
         le(0, 2) + le(call, 4) + body;
}

const std::string kMgmt = from_hex("80bda8af8a7dc911bef408002b102989");
const std::string kSyntax = from_hex("045d888aeb1cc9119fe808002b10486002000000");

std::string bind_context(unsigned context) {
  return le(context, 2) + le(1, 2) + kMgmt + le(1, 2) + le(0, 2) + kSyntax;
}
std::string bind(unsigned call) {
  return pdu(11, 3, call,
             le(4280, 2) + le(4280, 2) + le(0, 4) + le(2, 4) + bind_context(0) + bind_context(1));
}
std::string bind_ack(unsigned call) {
  return pdu(12, 3, call,
             le(4280, 2) + le(4280, 2) + le(7, 4) + le(5, 2) + std::string("4943\0", 5) + le(0, 1) +
                 le(2, 4) + le(2, 2) + le(1, 2) + std::string(20, '\0') + le(0, 2) + le(0, 2) +
                 kSyntax);
}
std::string request(unsigned call, int flags, unsigned context, unsigned operation,
                    const std::string& stub) {
  return pdu(0, flags, call, le(stub.size(), 4) + le(context, 2) + le(operation, 2) + stub);
}
std::string response(unsigned call, int flags, const std::string& stub) {
  return pdu(2, flags, call, le(stub.size(), 4) + le(1, 2) + le(0, 2) + stub);
}

}  // namespace

TEST_CASE("A binding and a call in two fragments are one transaction each, however they are cut") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 7, 1460}));
  CAPTURE(segment);
  Recorder recorder;
  std::vector<std::string> interfaces, stubs;
  std::vector<std::uint64_t> operations;
  recorder.on_end = [&](Transaction& tx) {
    interfaces.push_back(text_of(tx, Field::dcerpc_iface, kServer));
    // with the 8 bytes before a response's parameters, as rules know it
    const auto answer = text_of(tx, Field::dcerpc_stub_data, kClient);
    stubs.push_back(text_of(tx, Field::dcerpc_stub_data, kServer) + "/" +
                    (answer == "<none>" ? answer : answer.substr(8)));
    operations.push_back(tx.number(Field::dcerpc_opnum, kClient, 0).value_or(999));
  };
  const std::vector<Said> said{{kServer, bind(3)},
                               {kClient, bind_ack(3)},
                               {kServer, request(4, 1, 1, 4, "abc") + request(4, 2, 1, 4, "def")},
                               {kClient, response(4, 3, "answer")}};
  REQUIRE(play(rules::Protocol::dcerpc, true, said, segment, recorder) == ParseStatus::ok);
  const auto uuid = from_hex("afa8bd80 7d8a 11c9 bef4 08002b102989 0001 0000");
  CHECK(interfaces == std::vector<std::string>{"<none>", uuid});
  CHECK(stubs == std::vector<std::string>{"<none>/<none>", "abcdef/answer"});
  CHECK(operations == std::vector<std::uint64_t>{999, 4});
  REQUIRE(recorder.records.size() == 2);
  CHECK(json_of(recorder, 0)["dcerpc"] ==
        nlohmann::json::parse(R"({"request":"BIND","response":"BINDACK","call_id":3,
          "rpc_version":"5.0","interfaces":[
          {"uuid":"afa8bd80-7d8a-11c9-bef4-08002b102989","version":"1.0","ack_result":2,
           "service":"mgmt"},
          {"uuid":"afa8bd80-7d8a-11c9-bef4-08002b102989","version":"1.0","ack_result":0,
           "service":"mgmt"}]})"));
  CHECK(json_of(recorder, 1)["dcerpc"] ==
        nlohmann::json::parse(R"({"request":"REQUEST","response":"RESPONSE","call_id":4,
          "rpc_version":"5.0","req":{"opnum":4,"frag_cnt":2,"stub_data_size":6},
          "res":{"frag_cnt":1,"stub_data_size":14},"interfaces":[
          {"uuid":"afa8bd80-7d8a-11c9-bef4-08002b102989","version":"1.0","ack_result":0,
           "service":"mgmt","procedure":"inq_princ_name"}]})"));
}

TEST_CASE("A context that was refused has no interface") {
  Recorder recorder;
  std::string seen;
  recorder.on_end = [&](Transaction& tx) { seen = text_of(tx, Field::dcerpc_iface, kServer); };
  play(rules::Protocol::dcerpc, true,
       {{kServer, bind(1)}, {kClient, bind_ack(1)}, {kServer, request(2, 3, 0, 1, "x")}}, 0,
       recorder);
  CHECK(seen == "<none>");
}

TEST_CASE("Calls without an answer and answers without a call are recorded as such") {
  Recorder recorder;
  play(rules::Protocol::dcerpc, true,
       {{kClient, response(9, 3, "late")}, {kServer, request(10, 3, 0, 1, "x")}}, 0, recorder);
  REQUIRE(recorder.records.size() == 2);
  CHECK(json_of(recorder, 0)["dcerpc"]["request"] == "REQUEST_LOST");
  CHECK(json_of(recorder, 1)["dcerpc"]["response"] == "UNREPLIED");
}

TEST_CASE("A call is lost when the client's bytes go on behind it") {
  Recorder recorder;
  const auto pool = MemoryPool::create(1 << 22);
  REQUIRE(pool);
  const auto* const spec = spec_of(rules::Protocol::dcerpc, true);
  REQUIRE(spec != nullptr);
  const auto parser = spec->make(**pool, {});
  const auto answer = response(9, 3, "late"), next = request(10, 3, 0, 1, "x");
  const auto bytes = [](const std::string& text) {
    return std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  };
  CHECK(parser->consume(kClient, bytes(answer), recorder) == ParseStatus::ok);
  CHECK(recorder.records.empty());
  if (GENERATE(true, false))
    CHECK(parser->gap(kServer, 40, recorder));
  else
    CHECK(parser->consume(kServer, bytes(next), recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["dcerpc"]["request"] == "REQUEST_LOST");
}

TEST_CASE("What is no PDU ends the parser, and a PDU after a gap is read") {
  Recorder recorder;
  CHECK(play(rules::Protocol::dcerpc, true, {{kServer, bind(1) + "GET / HTTP/1.1\r\n"}}, 0,
             recorder) == ParseStatus::failed);
  CHECK(recorder.records.size() == 1);

  const auto pool = *MemoryPool::create(1 << 20);
  Recorder after;
  const auto parser = spec_of(rules::Protocol::dcerpc, true)->make(*pool, {});
  const auto first = request(1, 3, 0, 5, "cut off").substr(0, 20);
  CHECK(parser->consume(kServer, as_bytes(first), after) == ParseStatus::ok);
  CHECK(parser->gap(kServer, 100, after));
  CHECK(parser->consume(kServer, as_bytes("rest of something"), after) == ParseStatus::ok);
  CHECK(parser->consume(kServer, as_bytes(request(2, 3, 0, 6, "y")), after) == ParseStatus::ok);
  CHECK(parser->consume(kClient, as_bytes(response(2, 3, "y")), after) == ParseStatus::ok);
  REQUIRE(after.records.size() == 1);
  CHECK(json_of(after, 0)["dcerpc"]["req"]["opnum"] == 6);
}

TEST_CASE("Calls over UDP carry their interface themselves") {
  const auto datagram = [](int type, const std::string& stub) {
    return le(4, 1) + le(static_cast<unsigned>(type), 1) + le(0, 2) + from_hex("10000000") +
           std::string(16, '\0') + kMgmt + std::string(16, 'a') + le(0, 4) + le(1, 4) + le(7, 4) +
           le(2, 2) + le(0xffff, 2) + le(0xffff, 2) + le(stub.size(), 2) + le(0, 2) + le(0, 2) +
           stub;
  };
  Recorder recorder;
  std::string seen;
  recorder.on_end = [&](Transaction& tx) { seen = text_of(tx, Field::dcerpc_iface, kServer); };
  play(rules::Protocol::dcerpc, false,
       {{kServer, datagram(0, "in")}, {kClient, datagram(2, "out")}}, 0, recorder);
  CHECK(seen == from_hex("afa8bd80 7d8a 11c9 bef4 08002b102989 0001 0000"));
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["dcerpc"] ==
        nlohmann::json::parse(R"({"request":"REQUEST","response":"RESPONSE","seqnum":7,
          "activityuuid":"61616161-6161-6161-6161-616161616161","rpc_version":"4.0",
          "req":{"opnum":2,"frag_cnt":1,"stub_data_size":2},
          "res":{"frag_cnt":1,"stub_data_size":3}})"));
}

TEST_CASE("DCERPC is recognised by its header, and by an answer that comes first") {
  const auto probe = spec_of(rules::Protocol::dcerpc, true)->probe;
  const auto likeness = [&](const std::string& bytes, Direction direction) {
    return probe({as_bytes(bytes), direction, 135, 40000});
  };
  CHECK(likeness(bind(1), kServer) == Likeness::yes);
  CHECK(likeness(bind(1).substr(0, 12), kServer) == Likeness::maybe);
  CHECK(likeness(response(1, 3, "x"), kServer) == Likeness::reversed);
  CHECK(likeness("\x05\x02", kServer) == Likeness::no);
  CHECK(likeness("GET / HTTP/1.1", kServer) == Likeness::no);
}
