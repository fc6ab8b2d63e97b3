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

std::string message(int command, const std::string& payload, unsigned session = 0,
                    unsigned status = 0, unsigned context = 1) {
  return le(static_cast<unsigned>(command), 2) + le(payload.size(), 2) + le(session, 4) +
         le(status, 4) + le(context, 8) + le(0, 4) + payload;
}
std::string item(int type, const std::string& data) {
  return le(static_cast<unsigned>(type), 2) + le(data.size(), 2) + data;
}
/// CIP as connected data of SendUnitData.
std::string unit_data(unsigned sequence, const std::string& cip) {
  return message(0x70,
                 le(0, 6) + le(2, 2) + item(0xa1, le(9, 4)) + item(0xb1, le(sequence, 2) + cip), 5,
                 0, 0);
}
/// CIP as unconnected data of SendRRData.
std::string rr_data(const std::string& cip) {
  return message(0x6f, le(0, 6) + le(2, 2) + item(0, "") + item(0xb2, cip), 5);
}
/// Get Attribute List of an identity.
std::string list_attributes() { return bytes_of({3, 2, 0x20, 1, 0x24, 1, 2, 0, 5, 0, 7, 0}); }
/// A Multiple Service Packet, request or response.
std::string multiple(const std::string& head, const std::vector<std::string>& services) {
  std::string offsets = le(services.size(), 2), all;
  const auto begin = 2 + 2 * services.size();
  for (const auto& one : services) {
    offsets += le(begin + all.size(), 2);
    all += one;
  }
  return head + offsets + all;
}

std::vector<std::uint64_t> all_of(const Transaction& transaction, Field field,
                                  Direction direction) {
  std::vector<std::uint64_t> values;
  for (std::uint32_t i = 0; i < 600; ++i) {
    const auto value = transaction.number(field, direction, i);
    if (!value) break;
    values.push_back(*value);
    if (rules::info_of(field).kind == rules::FieldKind::number) break;
  }
  return values;
}
/// What the messages sent in that direction say to rules, one after the other.
std::vector<std::uint64_t> asked(const std::vector<Said>& said, Field field, Direction direction) {
  Recorder recorder;
  std::vector<std::uint64_t> values;
  recorder.on_stage = [&](Transaction& transaction, Direction at) {
    if (at != direction) return;
    for (const auto value : all_of(transaction, field, at)) values.push_back(value);
  };
  CHECK(play(Protocol::enip, true, said, 0, recorder) == ParseStatus::ok);
  return values;
}
using Values = std::vector<std::uint64_t>;

const std::string kIdentity =
    le(1, 2) +
    item(0x0c, le(1, 2) + bytes_of({0, 2, 0xaf, 0x12, 10, 1, 1, 0xa4}) + std::string(8, '\0') +
                   le(1, 2) + le(12, 2) + le(58, 2) + bytes_of({4, 3}) + le(0x30, 2) +
                   le(0x524d8e, 4) + "\x0b" + "1756-ENBT/A" + "\x03");

Likeness probed(const std::string& bytes, Direction direction, std::uint16_t server_port,
                std::uint16_t client_port = 40000, bool tcp = true) {
  return spec_of(Protocol::enip, tcp)
      ->probe({as_bytes(bytes), direction, server_port, client_port});
}

}  // namespace

TEST_CASE("An identity is read whole or in pieces, and over UDP") {
  const auto segment = GENERATE(values<std::size_t>({0, 1, 30}));
  const auto tcp = GENERATE(true, false);
  Recorder recorder;
  std::vector<std::string> names;
  recorder.on_stage = [&](Transaction& transaction, Direction direction) {
    names.push_back(text_of(transaction, Field::enip_product_name, direction));
  };
  CHECK(play(Protocol::enip, tcp,
             {{kServer, message(0x63, "")}, {kClient, message(0x63, kIdentity)}}, tcp ? segment : 0,
             recorder) == ParseStatus::ok);
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["enip"] == nlohmann::json::parse(R"({
    "request":{"command":"list_identity","status":"success"},
    "response":{"command":"list_identity","status":"success","identity":{"protocol_version":1,
      "revision":"4.3","vendor_id":"Rockwell Automation/Allen-Bradley",
      "device_type":"Communications Adapter","product_code":58,"status":48,"serial":5393806,
      "product_name":"1756-ENBT/A","state":3}}})"));
  CHECK(names == std::vector<std::string>{"<none>", "1756-ENBT/A"});
  CHECK(recorder.oddities.empty());
}

TEST_CASE("Numbers of an identity are those that rules ask for") {
  const std::vector<Said> said{{kServer, message(0x63, "")}, {kClient, message(0x63, kIdentity)}};
  const std::pair<Field, std::uint64_t> expected[] = {
      {Field::enip_command, 0x63},    {Field::enip_status, 0},
      {Field::enip_revision, 0x403},  {Field::enip_identity_status, 0x30},
      {Field::enip_state, 3},         {Field::enip_serial, 0x524d8e},
      {Field::enip_product_code, 58}, {Field::enip_device_type, 12},
      {Field::enip_vendor_id, 1},     {Field::enip_protocol_version, 1},
  };
  for (const auto& [field, value] : expected) {
    CAPTURE(rules::info_of(field).name);
    CHECK(asked(said, field, kClient) == Values{value});
  }
  CHECK(asked(said, Field::enip_vendor_id, kServer).empty());
}

TEST_CASE("Sessions and services are read") {
  const std::vector<Said> said{
      {kServer, message(0x65, le(1, 2) + le(0, 2))},
      {kClient, message(0x65, le(1, 2) + le(0, 2), 77)},
      {kServer, message(4, "")},
      {kClient, message(4, le(1, 2) + item(0x100, le(1, 2) + le(0x120, 2) + "Communications" +
                                                      std::string(2, '\0')))},
      {kServer, message(0x66, "", 77)}};
  Recorder recorder;
  play(Protocol::enip, true, said, 0, recorder);
  REQUIRE(recorder.records.size() == 3);
  CHECK(json_of(recorder, 0)["enip"]["response"]["register_session"]["protocol_version"] == 1);
  CHECK(json_of(recorder, 1)["enip"]["response"]["list_services"] ==
        nlohmann::json::parse(
            R"({"protocol_version":1,"capabilities":288,"service_name":"Communications"})"));
  CHECK(json_of(recorder, 2)["enip"]["request"]["command"] == "unregister_session");
  CHECK(asked(said, Field::enip_capabilities, kClient) == Values{288});
}

TEST_CASE("Services, classes and attributes of CIP are those of every inner service too") {
  const auto inner = list_attributes();
  const auto single = bytes_of({0x0e, 3, 0x20, 0xf5, 0x24, 1, 0x30, 6});
  const std::vector<Said> said{
      {kServer, unit_data(3, multiple(bytes_of({0x0a, 2, 0x20, 2, 0x24, 1}), {inner, single}))},
      {kClient,
       unit_data(3, multiple(bytes_of({0x8a, 0, 0x1e, 0}),
                             {bytes_of({0x83, 0, 0, 0}), bytes_of({0x8e, 0, 1, 2, 0, 1, 3, 1})}))}};
  CHECK(asked(said, Field::enip_cip_service, kServer) == Values{0x0a, 3, 0x0e});
  CHECK(asked(said, Field::enip_cip_service, kClient) == Values{0x0a, 3, 0x0e});
  CHECK(asked(said, Field::enip_cip_class, kServer) == Values{2, 1, 0xf5});
  CHECK(asked(said, Field::enip_cip_instance, kServer) == Values{1, 1, 1});
  CHECK(asked(said, Field::enip_cip_attribute, kServer) == Values{5, 7, 6});
  CHECK(asked(said, Field::enip_cip_service_attribute, kServer) ==
        Values{3ull << 32 | 1 << 16 | 5, 3ull << 32 | 1 << 16 | 7, 0x0eull << 32 | 0xf5 << 16 | 6});
  CHECK(asked(said, Field::enip_cip_status, kClient) == Values{0x1e, 0, 1});
  CHECK(asked(said, Field::enip_cip_extendedstatus, kClient) == Values{0x100, 0x103});

  Recorder recorder;
  play(Protocol::enip, true, said, 0, recorder);
  REQUIRE(recorder.records.size() == 1);
  const auto json = json_of(recorder, 0)["enip"];
  CHECK(json["request"]["cip"]["service"] == "Multiple Service Packet");
  CHECK(json["request"]["cip"]["multiple"][1] == nlohmann::json::parse(R"({
    "service":"Get Attribute Single","path":[{"segment_type":"class","value":245},
      {"segment_type":"instance","value":1},{"segment_type":"attribute","value":6}],
    "class_name":"TCP/IP Interface"})"));
  CHECK(json["response"]["cip"]["status"] == "Embedded service error");
  CHECK(json["response"]["cip"]["multiple"][1]["status_extended"] == "00010301");
  CHECK(json["response"]["cip"]["multiple"][1]["status_extended_meaning"] ==
        "Connection in use or duplicate Forward Open");
}

TEST_CASE("A service that an Unconnected Send forwards is seen") {
  const auto inner = list_attributes();
  const auto send = bytes_of({0x52, 2, 0x20, 6, 0x24, 1, 7, 0xe9}) + le(inner.size(), 2) + inner +
                    bytes_of({1, 0, 1, 0});
  const std::vector<Said> said{{kServer, rr_data(send)}};
  CHECK(asked(said, Field::enip_cip_service, kServer) == Values{0x52, 3});
  CHECK(asked(said, Field::enip_cip_attribute, kServer) == Values{5, 7});
}

TEST_CASE("Paths with wide values, keys, ports and symbols are passed through") {
  const auto path = bytes_of({0x34, 4, 1, 0, 2, 0, 3, 0, 1, 1}) + bytes_of({1, 0}) +
                    bytes_of({0x91, 3, 'a', 'b', 'c', 0}) + bytes_of({0x21, 0, 0x64, 0x03}) +
                    bytes_of({0x26, 0, 1, 0, 2, 0});
  const auto request = bytes_of({0x0e, static_cast<int>(path.size() / 2)}) + path;
  const std::vector<Said> said{{kServer, rr_data(request)}};
  CHECK(asked(said, Field::enip_cip_class, kServer) == Values{0x364});
  CHECK(asked(said, Field::enip_cip_instance, kServer) == Values{0x20001});
}

TEST_CASE("Responses find their requests by context, and by sequence when connected") {
  Recorder recorder;
  const auto request = list_attributes();
  const auto response = bytes_of({0x83, 0, 0, 0});
  play(Protocol::enip, true,
       {{kServer, unit_data(1, request) + unit_data(2, request)},
        {kClient, unit_data(2, response)},
        {kClient, unit_data(9, response)}},
       0, recorder);
  REQUIRE(recorder.records.size() == 3);
  CHECK(json_of(recorder, 0)["enip"].contains("response"));
  CHECK(recorder.records[0].transaction == 1);
  CHECK(!json_of(recorder, 1)["enip"].contains("request"));
  CHECK(!json_of(recorder, 2)["enip"].contains("response"));
}

TEST_CASE("What is odd about EtherNet/IP is named") {
  struct Case {
    std::vector<Said> said;
    bool tcp;
    const char* oddity;
  };
  const auto cut = message(0x63, le(2, 2) + item(0x0c, "short"));
  const Case cases[] = {
      {{{kServer, message(0x65, "")}}, true, "enip.invalid_pdu"},
      {{{kServer, message(0x77, "")}}, true, "enip.invalid_pdu"},
      {{{kServer, message(0x77, "")}}, false, "enip.invalid_pdu"},
      {{{kServer, message(0x63, "").substr(0, 20)}}, false, "enip.invalid_pdu"},
      {{{kClient, cut}}, true, "enip.invalid_pdu"},
      {std::vector<Said>(65, {kServer, message(0x63, "")}), true, "enip.too_many_transactions"},
  };
  for (const auto& [said, tcp, oddity] : cases) {
    Recorder recorder;
    play(Protocol::enip, tcp, said, 0, recorder);
    CHECK(recorder.has_oddity(oddity));
  }
}

TEST_CASE("EtherNet/IP is recognised by its port, elsewhere by what follows the header") {
  CHECK(probed(message(0x63, ""), kServer, 44818) == Likeness::yes);
  CHECK(probed(message(0x63, kIdentity), kServer, 50000, 44818, false) == Likeness::reversed);
  CHECK(probed(message(0x63, ""), kServer, 1000) == Likeness::yes);
  CHECK(probed(message(0x63, kIdentity), kServer, 1000) == Likeness::reversed);
  CHECK(probed(message(0x63, kIdentity), kClient, 1000) == Likeness::yes);
  CHECK(probed(rr_data(list_attributes()), kServer, 1000) == Likeness::yes);
  CHECK(probed(rr_data(list_attributes()), kClient, 1000) == Likeness::reversed);
  CHECK(probed(message(0x6f, "1234"), kServer, 1000) == Likeness::no);
  CHECK(probed(message(0x63, "", 0, 7), kServer, 44818) == Likeness::no);
  CHECK(probed(message(0x63, "").substr(0, 9), kServer, 44818) == Likeness::maybe);
  // class 1 data of port 2222 has no header
  CHECK(probed(from_hex("02000280080003064b00db943f00b1000600a587e80f0300"), kServer, 2222, 2222,
               false) == Likeness::no);
}
