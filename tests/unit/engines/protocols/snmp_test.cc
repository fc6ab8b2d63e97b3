#include <catch2/catch.hpp>

#include "ber_writer.h"

using namespace sekisho;
using namespace sekisho::engines;
using namespace sekisho::tests;
using rules::Field;

namespace {

constexpr auto kServer = Direction::to_server;

std::string variables(const std::string& oid, const std::string& value) {
  return ber(0x30, ber(0x30, ber(0x06, oid) + value));
}
const std::string kSysName = from_hex("2b06010201010500");
std::string get(unsigned version, unsigned pdu) {
  return ber(0x30, ber_integer(version) + ber_text("public") +
                       ber(0xa0 | pdu, ber_integer(1) + ber_integer(0) + ber_integer(0) +
                                           variables(kSysName, ber(0x05, ""))));
}

}  // namespace

TEST_CASE("A request of SNMP shows version, community, type and variables") {
  Recorder recorder;
  std::vector<std::uint64_t> numbers;
  std::string community;
  recorder.on_end = [&](Transaction& tx) {
    community = text_of(tx, Field::snmp_community, kServer);
    numbers = {tx.number(Field::snmp_version, kServer, 0).value_or(99),
               tx.number(Field::snmp_pdu_type, kServer, 0).value_or(99),
               tx.number(Field::snmp_trap_type, kServer, 0).value_or(99)};
  };
  play(rules::Protocol::snmp, false, {{kServer, get(1, 1)}}, 0, recorder);
  CHECK(community == "public");
  CHECK(numbers == std::vector<std::uint64_t>{2, 1, 99});
  REQUIRE(recorder.records.size() == 1);
  CHECK(json_of(recorder, 0)["snmp"] ==
        nlohmann::json::parse(
            R"({"version":2,"pdu_type":"get_next_request","vars":["1.3.6.1.2.1.1.5.0"],
        "community":"public"})"));
}

TEST_CASE("A PDU's number may be in the long form, as long as it is one that exists") {
  const auto trap = ber(0x06, from_hex("2b0601")) + ber(0x40, from_hex("7f000001")) +
                    ber_integer(6) + ber_integer(1) + ber(0x43, "\x37") + ber(0x30, "");
  const auto length = std::string(1, static_cast<char>(trap.size()));
  for (const auto* tag : {"bf04", "bf12", "bf8104"}) {
    CAPTURE(tag);
    Recorder recorder;
    std::string oid = "<none>";
    recorder.on_end = [&](Transaction& tx) { oid = text_of(tx, Field::snmp_trap_oid, kServer); };
    const auto pdu = from_hex(tag) + length + trap;
    play(rules::Protocol::snmp, false,
         {{kServer, get(1, 1)}, {kServer, ber(0x30, ber_integer(0) + ber_text("public") + pdu)}}, 0,
         recorder);
    CHECK(oid == (tag == std::string("bf04") ? "1.3.6.1" : "<none>"));
  }
}

TEST_CASE("Traps of both versions show their object identifier") {
  const auto enterprise = from_hex("2b06010401040102 15");
  const auto v1 = ber(
      0x30, ber_integer(0) + ber_text("public") +
                ber(0xa4, ber(0x06, enterprise) + ber(0x40, from_hex("7f000001")) + ber_integer(6) +
                              ber_integer(1) + ber(0x43, "\x37") + ber(0x30, "")));
  const auto v2 = ber(
      0x30, ber_integer(1) + ber_text("public") +
                ber(0xa7, ber_integer(1) + ber_integer(0) + ber_integer(0) +
                              variables(from_hex("2b060106030101040100"), ber(0x06, enterprise))));
  for (const auto& trap : {v1, v2}) {
    Recorder recorder;
    std::string oid, address;
    recorder.on_end = [&](Transaction& tx) {
      oid = text_of(tx, Field::snmp_trap_oid, kServer);
      address = text_of(tx, Field::snmp_trap_address, kServer);
    };
    play(rules::Protocol::snmp, false, {{kServer, trap}}, 0, recorder);
    CHECK(oid == "1.3.6.1.4.1.4.1.2.21");
    CHECK(address == (trap == v1 ? "127.0.0.1" : "<none>"));
    CHECK(json_of(recorder, 0)["snmp"]["trap_oid"] == oid);
  }
}

TEST_CASE("Version 3 shows the user, encrypted or not; what is no SNMP is noted") {
  const auto security = ber(0x30, ber_text("engine") + ber_integer(1) + ber_integer(2) +
                                      ber_text("operator") + ber_text("") + ber_text(""));
  const auto v3 = ber(
      0x30, ber_integer(3) +
                ber(0x30, ber_integer(9) + ber_integer(1000) + ber_text("\x03") + ber_integer(3)) +
                ber_text(security) + ber_text("cipher"));
  Recorder recorder;
  play(rules::Protocol::snmp, false, {{kServer, v3}, {kServer, get(0, 0)}, {kServer, "0nonsense"}},
       0, recorder);
  REQUIRE(recorder.records.size() == 2);
  CHECK(json_of(recorder, 0)["snmp"] ==
        nlohmann::json::parse(R"({"version":3,"pdu_type":"encrypted","usm":"operator"})"));
  CHECK(recorder.has_oddity("snmp.version_mismatch"));
  CHECK(recorder.has_oddity("snmp.malformed_data"));
}

TEST_CASE("SNMP on a port of its own choice is a request that fills its datagram") {
  const auto of = [](const std::string& bytes, std::uint16_t port, Direction direction) {
    return spec_of(rules::Protocol::snmp, false)->probe({as_bytes(bytes), direction, port, 40000});
  };
  CHECK(of(get(1, 0), 161, kServer) == Likeness::yes);
  CHECK(of(get(1, 0), 1161, kServer) == Likeness::yes);
  CHECK(of(get(1, 0), 53, kServer) == Likeness::no);  // hides no DNS behind it
  CHECK(of(get(1, 0) + "x", 161, kServer) == Likeness::yes);
  CHECK(of(get(1, 0) + "x", 1161, kServer) == Likeness::no);
  CHECK(of(get(1, 2), 1161, kServer) == Likeness::no);  // a response
  CHECK(of(get(1, 0), 1161, Direction::to_client) == Likeness::no);
  CHECK(of("0nonsense", 1161, kServer) == Likeness::no);
}
